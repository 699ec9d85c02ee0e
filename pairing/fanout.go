package pairing

import (
	"context"
	"slices"
	"sync"
)

// queue is the capacity of a subscriber's event queue.
const queue = 16

// fanout delivers events to the subscribers in this process. The zero value is ready. It
// starts no goroutine.
type fanout struct {
	mu   sync.Mutex
	subs map[string]map[*subscriber]struct{}
}

// subscriber is one receiver of the events of one session.
type subscriber struct {
	events chan Event

	mu     sync.Mutex // held over push and close, never while waiting
	closed bool
	rev    int64    // of the newest record pushed
	newest *Session // that record
}

// add registers a subscriber of the session.
func (f *fanout) add(id string) *subscriber {
	s := &subscriber{events: make(chan Event, queue)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subs == nil {
		f.subs = make(map[string]map[*subscriber]struct{})
	}
	if f.subs[id] == nil {
		f.subs[id] = make(map[*subscriber]struct{})
	}
	f.subs[id][s] = struct{}{}
	return s
}

// remove ends a subscription and tells whether it was the last one of the session.
func (f *fanout) remove(id string, s *subscriber) (last bool) {
	f.mu.Lock()
	if _, ok := f.subs[id][s]; ok {
		delete(f.subs[id], s)
		if last = len(f.subs[id]) == 0; last {
			delete(f.subs, id)
		}
	}
	f.mu.Unlock()
	s.close()
	return last
}

// of returns the subscribers of a session.
func (f *fanout) of(id string) []*subscriber {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]*subscriber, 0, len(f.subs[id]))
	for s := range f.subs[id] {
		out = append(out, s)
	}
	return out
}

// newest returns the newest record that a subscriber of the session was sent, or nil. It is
// shared: nobody changes it.
func (f *fanout) newest(id string) (found *Session) {
	for _, s := range f.of(id) {
		s.mu.Lock()
		if s.newest != nil && (found == nil || s.newest.Rev > found.Rev) {
			found = s.newest
		}
		s.mu.Unlock()
	}
	return found
}

// lacks reports whether a subscriber of the session was not sent this rev or a newer one.
func (f *fanout) lacks(id string, rev int64) bool {
	return slices.ContainsFunc(f.of(id), func(s *subscriber) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.rev < rev
	})
}

// publish sends the event to every subscriber of the session without blocking.
func (f *fanout) publish(id string, e Event) {
	for _, s := range f.of(id) {
		s.push(e)
	}
}

// closeAll ends every subscription.
func (f *fanout) closeAll() {
	f.mu.Lock()
	subs := f.subs
	f.subs = nil
	f.mu.Unlock()
	for _, of := range subs {
		for s := range of {
			s.close()
		}
	}
}

// push appends e. A full queue drops its oldest events, never the newest record. Revs
// only grow.
func (s *subscriber) push(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if e.Session != nil {
		if e.Session.Rev <= s.rev {
			return
		}
		s.rev, s.newest = e.Session.Rev, e.Session
	}
	for {
		select {
		case s.events <- e:
			return
		default:
		}
		select {
		case old := <-s.events:
			if old.Session != nil && old.Session == s.newest && e.Session == nil {
				e.Session = old.Session
			}
			e.Gone = e.Gone || old.Gone
		default: // the receiver made room meanwhile
		}
	}
}

func (s *subscriber) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.events)
	}
}

// until cancels when ctx ends. The caller cancels with the returned function.
func until(ctx context.Context, cancel func()) func() {
	once := sync.OnceFunc(cancel)
	stop := context.AfterFunc(ctx, once)
	return func() {
		stop()
		once()
	}
}
