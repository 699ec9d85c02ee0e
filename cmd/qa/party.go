package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"visavis/client"
	"visavis/protocol"
)

// printer writes what happens, each line with the time since the start. Safe for
// concurrent use.
type printer struct {
	mu    sync.Mutex
	out   io.Writer
	start time.Time
}

func (p *printer) line(at time.Time, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%8.3f  %s\n", at.Sub(p.start).Seconds(), fmt.Sprintf(format, args...))
}

// party is a desktop or a phone with everything it has seen. A goroutine of its own
// collects the events; the player reads them.
type party struct {
	name    string
	desktop *client.Desktop // or
	phone   *client.Phone
	line    *network
	link    string // what the phone followed
	from    string // the desktop whose code it followed

	// Owned by the player.
	cursor  int // expectations look from here on
	handled int // send steps have answered the events before this one
	seq     uint32
	still   uint32 // seq of the newest still
	side    int    // long side of the next preview, as the server asked
	pending *pendingStill
	asked   *asking   // the standing challenge; nil: none
	resumed time.Time // when the phone last came back
	joined  int       // events the desktop had seen when the phone followed its link

	mu     sync.Mutex
	events []client.Event
	fresh  chan struct{}

	stop context.CancelFunc
	done sync.WaitGroup
}

// asking is a challenge and when it was first asked for.
type asking struct {
	protocol.Challenge
	since time.Time
}

// pendingStill is a still whose answer has not come.
type pendingStill struct {
	step     string
	seq      uint32
	data     []byte
	partSize int
}

// newParty begins to collect. onEvent is called for each event in order.
func newParty(ctx context.Context, name string, next func(context.Context) (client.Event, error),
	onEvent func(*party, client.Event)) *party {
	ctx, cancel := context.WithCancel(ctx)
	p := &party{name: name, fresh: make(chan struct{}), stop: cancel, side: 640}
	p.done.Go(func() {
		for {
			e, err := next(ctx)
			if err != nil {
				return
			}
			onEvent(p, e)
			p.mu.Lock()
			p.events = append(p.events, e)
			close(p.fresh)
			p.fresh = make(chan struct{})
			p.mu.Unlock()
		}
	})
	return p
}

// since returns the events from index i on, and a channel that is closed when
// there are more.
func (p *party) since(i int) ([]client.Event, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.events[min(i, len(p.events)):], p.fresh
}

func (p *party) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.events)
}

// find waits for an event from index i on, and returns it with its index.
func (p *party) find(ctx context.Context, i int, ok func(client.Event) bool) (client.Event, int, error) {
	for {
		events, fresh := p.since(i)
		for _, e := range events {
			if ok(e) {
				return e, i, nil
			}
			i++
		}
		select {
		case <-fresh:
		case <-ctx.Done():
			return client.Event{}, i, context.Cause(ctx)
		}
	}
}

func (p *party) drop() {
	if p.desktop != nil {
		p.desktop.Drop()
		return
	}
	p.phone.Drop()
}

func (p *party) resume(ctx context.Context) error {
	if p.desktop != nil {
		return p.desktop.Resume(ctx)
	}
	p.phone.Drop()
	p.resumed = time.Now() // after the end of the connection before
	return p.phone.Resume(ctx)
}

// reload loads the page again: a desktop keeps its cookie, a phone its device secret.
func (p *party) reload(ctx context.Context) error {
	if p.desktop != nil {
		return p.desktop.Refresh(ctx)
	}
	p.phone.Drop()
	p.resumed, p.pending = time.Now(), nil
	return p.phone.Reload(ctx)
}

func (p *party) raw(ctx context.Context, binary bool, data []byte) error {
	if p.desktop != nil {
		return p.desktop.SendRaw(ctx, binary, data)
	}
	return p.phone.SendRaw(ctx, binary, data)
}

// leave ends the connection in good order.
func (p *party) leave() {
	if p.desktop != nil {
		p.desktop.Close()
		return
	}
	p.phone.Close()
}

func (p *party) close() {
	p.leave()
	p.stop()
	p.done.Wait()
}
