package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"

	"visavis/pairing"
	"visavis/protocol"
	"visavis/testkit/rediscluster"
)

// eventRounds are the turns of each way, after one to warm up: what else the machine does meanwhile
// meets all of them.
const eventRounds = 10

// otherSessions are what each instance holds that has nothing to do with the session.
const otherSessions = 4

// loadProgress measures the way of an event from the phone's socket to the desktop's: on
// one instance, across two on one Redis, and the same bytes through bare sockets and a
// bare publish and subscribe. With one instance and with four on the same Redis, and on a
// Cluster of three masters, it tells what instances cost that have nothing to do with a
// session: time, messages, and bytes that Redis sends.
func loadProgress(ctx context.Context, l *loadFlags, figures map[string]float64) error {
	addr, stop, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer stop()
	masters, stop, err := startCluster(ctx)
	if err != nil {
		return err
	}
	defer stop()
	one := []string{addr}
	ways := []*way{
		{name: "progress", instances: 1},
		{name: "progress_redis_1", nodes: one, instances: 1},
		{name: "progress_cluster_1", nodes: masters, instances: 1},
		{name: "progress_redis", nodes: one, instances: 2},
		{name: "progress_cluster_2", nodes: masters, instances: 2},
		{name: "progress_redis_4", nodes: one, instances: 4},
		{name: "progress_cluster_4", nodes: masters, instances: 4},
	}
	for _, w := range ways {
		defer w.close()
		if err := w.open(ctx); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	for round := range 1 + eventRounds {
		for _, w := range ways {
			if round == 1 { // the first warmed up
				if err := w.begin(ctx); err != nil {
					return fmt.Errorf("%s: %w", w.name, err)
				}
			}
			if err := w.turn(ctx, l.events/eventRounds); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	size := ways[0].size
	for _, w := range ways {
		if err := w.report(ctx, figures); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		w.close() // before the relays are measured
	}
	took, err := relayed(ctx, addr, size, l.events)
	if err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	figures["bare_redis_p50_ms"], figures["bare_redis_p99_ms"] = quantile(took, 0.5), quantile(took, 0.99)
	figures["progress_bytes"] = float64(size)
	figures["redis_ratio"] = figures["progress_redis_p50_ms"] / figures["bare_redis_p50_ms"]
	for n, redis := range map[int]string{1: "progress_redis_1", 2: "progress_redis", 4: "progress_redis_4"} {
		figures[fmt.Sprintf("cluster_ratio_%d", n)] = figures[fmt.Sprintf("progress_cluster_%d_p50_ms", n)] /
			figures[redis+"_p50_ms"]
	}
	return nil
}

// startCluster starts a Cluster of three masters that keep nothing.
func startCluster(ctx context.Context) (masters []string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, nil, err
	}
	stops := []func(){func() { _ = os.RemoveAll(dir) }}
	stop = func() {
		for _, s := range slices.Backward(stops) {
			s()
		}
	}
	for n := range 3 {
		bus, err := freeAddress(ctx)
		if err != nil {
			stop()
			return nil, nil, err
		}
		_, port, err := net.SplitHostPort(bus)
		if err != nil {
			stop()
			return nil, nil, err
		}
		addr, end, err := startRedis(ctx, append(rediscluster.Settings(port),
			"--dir", dir, "--cluster-config-file", fmt.Sprintf("nodes-%d.conf", n))...)
		if err != nil {
			stop()
			return nil, nil, err
		}
		masters, stops = append(masters, addr), append(stops, end)
	}
	if err := rediscluster.Join(ctx, masters, 0); err != nil {
		stop()
		return nil, nil, err
	}
	return masters, stop, nil
}

// startRedis starts a Redis that keeps nothing, on a free port, with more settings.
func startRedis(ctx context.Context, more ...string) (addr string, stop func(), err error) {
	if addr, err = freeAddress(ctx); err != nil {
		return "", nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, "redis-server", append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "no"}, more...)...)
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("redis-server: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = client.Close() }()
	for until := time.Now().Add(10 * time.Second); ; {
		if err = client.Ping(ctx).Err(); err == nil {
			return addr, stop, nil
		}
		if time.Now().After(until) || sleep(ctx, 20*time.Millisecond) != nil {
			stop()
			return "", nil, fmt.Errorf("redis-server: %w", err)
		}
	}
}

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

// outputs are the bytes that the nodes have sent to their clients, without the answers to outputs itself.
func (w *way) outputs(ctx context.Context) (sum int64, err error) {
	var answers int64
	for _, node := range w.admins {
		stats := node.Info(ctx, "stats")
		n, err := counter(stats, "total_net_output_bytes")
		if err != nil {
			return 0, err
		}
		sum += n
		answers += int64(len(stats.Val())) // sent after it was counted
	}
	sum -= w.asked
	w.asked += answers
	return sum, nil
}

// onBus are the published messages that the nodes of a Cluster have sent to each other.
func (w *way) onBus(ctx context.Context) (sum int64, err error) {
	if len(w.admins) < 2 {
		return 0, nil
	}
	for _, node := range w.admins {
		info := node.ClusterInfo(ctx)
		for _, kind := range []string{"publish", "publishshard"} { // a node that sent none has no such line
			n, err := counter(info, "cluster_stats_messages_"+kind+"_sent")
			if err != nil && !errors.Is(err, errNoCounter) {
				return 0, err
			}
			sum += n
		}
	}
	return sum, nil
}

// errNoCounter says that a section of Redis' figures has no such counter.
var errNoCounter = errors.New("no such counter")

// counter is one of a section of Redis' figures.
func counter(section *redis.StringCmd, name string) (int64, error) {
	text, err := section.Result()
	if err != nil {
		return 0, fmt.Errorf("redis: %w", err)
	}
	for line := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return strconv.ParseInt(n, 10, 64)
		}
	}
	return 0, fmt.Errorf("redis: %w: %s", errNoCounter, name)
}

// relayed sends messages of this size through two relays and returns their times.
func relayed(ctx context.Context, addr string, size, n int) (took []time.Duration, err error) {
	var urls []string
	for range 2 {
		c, err := startChild(ctx, childFlags{kind: "relay", redis: addr})
		if err != nil {
			return nil, err
		}
		defer c.stop()
		urls = append(urls, c.url)
	}
	out, err := dial(ctx, urls[1], "/out", "")
	if err != nil {
		return nil, err
	}
	defer out.conn.CloseNow()
	in, err := dial(ctx, urls[0], "/in", "")
	if err != nil {
		return nil, err
	}
	defer in.conn.CloseNow()
	message := make([]byte, size)
	for i := range message {
		message[i] = 'a'
	}
	for i := range n + n/10 {
		sent := time.Now()
		if err := in.conn.Write(ctx, websocket.MessageText, message); err != nil {
			return nil, err
		}
		if _, _, err := out.conn.Read(ctx); err != nil {
			return nil, err
		}
		if i >= n/10 {
			took = append(took, time.Since(sent))
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return took, nil
}
