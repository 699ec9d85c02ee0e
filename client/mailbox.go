package client

import (
	"context"
	"sync"

	"visavis/protocol"
)

// mailbox keeps received events in order until they are read.
type mailbox struct {
	mu     sync.Mutex
	events []Event
	fresh  chan struct{} // closed and replaced when something arrives
	// seen is called with each message on arrival, before next can return it.
	seen func(protocol.Message)
}

func newMailbox(seen func(protocol.Message)) *mailbox {
	return &mailbox{fresh: make(chan struct{}), seen: seen}
}

func (b *mailbox) put(e Event) {
	if e.Message != nil {
		b.seen(e.Message)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
	close(b.fresh)
	b.fresh = make(chan struct{})
}

// next waits for an event.
func (b *mailbox) next(ctx context.Context) (Event, error) {
	for {
		b.mu.Lock()
		fresh := b.fresh
		if len(b.events) > 0 {
			e := b.events[0]
			b.events = b.events[1:]
			b.mu.Unlock()
			return e, nil
		}
		b.mu.Unlock()
		select {
		case <-fresh:
		case <-ctx.Done():
			return Event{}, context.Cause(ctx)
		}
	}
}
