package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"visavis/pairing"
	"visavis/protocol"
)

// otherSessions are what each instance holds that has nothing to do with the session.
const otherSessions = 4

// way is one way of an event: instances over what holds their sessions, a phone on the first and
// its desktop on the last.
type way struct {
	name      string   // its figures begin with it
	nodes     []string // addresses of its Redis, or of the masters of its Cluster; none: in memory
	instances int

	children []*child
	admins   []*redis.Client // of the nodes
	parties  []*party
	phone    *party
	desktop  <-chan told // of the desktop

	sent  int              // events
	size  int              // bytes of what the desktop gets for one
	took  []time.Duration  // for the events since begin
	bytes int64            // that nodes sent to their clients during these
	asked int64            // bytes of all answers to outputs
	bus   int64            // published messages that nodes had sent to each other by begin
	heard []map[string]int // published messages that each instance had got by begin, by channel
}

// told is what a desktop was told of its session.
type told struct {
	protocol.Progress
	size int       // bytes
	at   time.Time // when it was read
}

// others are the instances that have nothing to do with the session.
func (w *way) others() []*child { return w.children[1:max(1, len(w.children)-1)] }

// open starts the instances, and pairs the phone and the desktop. The other instances hold sessions of their own.
func (w *way) open(ctx context.Context) error {
	for range w.instances {
		c, err := startChild(ctx, childFlags{kind: "server", redis: strings.Join(w.nodes, ",")})
		if err != nil {
			return err
		}
		w.children = append(w.children, c)
	}
	for _, addr := range w.nodes {
		w.admins = append(w.admins, redis.NewClient(&redis.Options{Addr: addr}))
	}
	for _, c := range w.others() {
		for range otherSessions {
			desktop, phone, err := pair(ctx, c.url)
			if err != nil {
				return err
			}
			desktop.keepReading(ctx, func() {})
			phone.keepReading(ctx, func() {})
			w.parties = append(w.parties, desktop, phone)
		}
	}
	desktop, phone, err := pairAcross(ctx, w.children[len(w.children)-1].url, w.children[0].url)
	if err != nil {
		return err
	}
	w.parties = append(w.parties, desktop, phone)
	phone.keepReading(ctx, func() {})
	w.phone, w.desktop = phone, desktop.progress(ctx)
	return nil
}

// progress reads until the socket closes: a server that is not answered for long closes it. Nobody is waited for: what
// nobody takes is thrown away.
func (p *party) progress(ctx context.Context) <-chan told {
	out := make(chan told, 256)
	go func() { // ends with the socket
		defer close(out)
		for {
			_, b, err := p.conn.Read(ctx)
			if err != nil {
				return
			}
			at := time.Now()
			m, err := protocol.Decode(b)
			if err != nil {
				return
			}
			if m, ok := m.(protocol.Progress); ok {
				select {
				case out <- told{m, len(b), at}:
				default:
				}
			}
		}
	}()
	return out
}

// close ends what open began.
func (w *way) close() {
	for _, p := range w.parties {
		p.conn.CloseNow()
	}
	for _, c := range w.children {
		_ = c.in.Close() // all of them end at the same time
	}
	for _, c := range w.children {
		c.stop()
	}
	for _, a := range w.admins {
		_ = a.Close()
	}
	w.parties, w.children, w.admins = nil, nil, nil
}

// begin forgets the events so far.
func (w *way) begin(ctx context.Context) (err error) {
	w.took, w.bytes = nil, 0
	if w.heard, err = w.hear(ctx); err != nil {
		return err
	}
	w.bus, err = w.onBus(ctx)
	return err
}

// turn lets the phone fall asleep and wake up n times in all, and notes how long it took until the desktop was
// told, and the bytes that nodes sent meanwhile.
func (w *way) turn(ctx context.Context, n int) error {
	before, err := w.outputs(ctx)
	if err != nil {
		return err
	}
	states := []struct{ said, told string }{{"asleep", string(pairing.Asleep)}, {"awake", string(pairing.Present)}}
	for range n {
		state := states[w.sent%2]
		w.sent++
		sent := time.Now()
		if err := w.phone.send(ctx, protocol.Presence{State: state.said}); err != nil {
			return err
		}
		got, err := w.shows(ctx, state.told)
		if err != nil {
			return err
		}
		w.size, w.took = got.size, append(w.took, got.at.Sub(sent))
		if err := sleep(ctx, 2*time.Millisecond); err != nil { // one at a time: the way is measured, not a queue
			return err
		}
	}
	after, err := w.outputs(ctx)
	w.bytes += after - before
	return err
}

// shows waits until the desktop is told that the phone is in this state.
func (w *way) shows(ctx context.Context, state string) (told, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		select {
		case got, open := <-w.desktop:
			if !open {
				return got, errors.New("the desktop's socket closed")
			}
			if got.Phone != nil && got.Phone.State == state {
				return got, nil
			}
		case <-ctx.Done():
			return told{}, fmt.Errorf("the desktop was not told that the phone is %s: %w", state, ctx.Err())
		}
	}
}

// report adds the figures of the events since begin.
func (w *way) report(ctx context.Context, figures map[string]float64) error {
	figures[w.name+"_p50_ms"], figures[w.name+"_p99_ms"] = quantile(w.took, 0.5), quantile(w.took, 0.99)
	if len(w.nodes) == 0 {
		return nil
	}
	events := float64(len(w.took))
	figures[w.name+"_redis_bytes"] = float64(w.bytes) / events
	heard, err := w.hear(ctx)
	if err != nil {
		return err
	}
	all, other := ofBusiest(w.heard, heard)
	figures[w.name+"_messages"] = float64(all) / events
	if n := len(w.others()); n > 0 {
		figures[w.name+"_other_messages"] = float64(other) / events / float64(n)
	}
	if len(w.nodes) == 1 {
		return nil
	}
	bus, err := w.onBus(ctx)
	figures[w.name+"_bus_messages"] = float64(bus-w.bus) / events
	return err
}

// ofBusiest is how many messages all instances got between two counts on the channel that told the first one most,
// which is that of the measured session; other are those of the instances between the first and the last.
func ofBusiest(before, after []map[string]int) (all, other int) {
	var busiest string
	most := 0
	for channel, n := range after[0] {
		if got := n - before[0][channel]; got > most {
			busiest, most = channel, got
		}
	}
	for i := range after {
		got := after[i][busiest] - before[i][busiest]
		all += got
		if i > 0 && i < len(after)-1 {
			other += got
		}
	}
	return all, other
}

// hear asks each instance for the published messages that it got.
func (w *way) hear(ctx context.Context) (heard []map[string]int, err error) {
	for _, c := range w.children {
		got, err := c.messages(ctx)
		if err != nil {
			return nil, err
		}
		heard = append(heard, got)
	}
	return heard, nil
}
