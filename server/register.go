package server

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"visavis/protocol"
	"visavis/server/live"
)

// register knows every open connection, since http.Server.Shutdown ignores hijacked ones.
// Safe for concurrent use.
type register struct {
	handlers sync.WaitGroup

	mu       sync.Mutex // guards what follows, never held over I/O
	open     map[*live.Outbox]struct{}
	draining bool
}

func newRegister() *register { return &register{open: map[*live.Outbox]struct{}{}} }

// add registers a connection; false if the server is draining. Each true result requires
// one remove.
func (r *register) add(o *live.Outbox) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining {
		return false
	}
	r.open[o] = struct{}{}
	r.handlers.Add(1)
	return true
}

func (r *register) remove(o *live.Outbox) {
	r.mu.Lock()
	delete(r.open, o)
	r.mu.Unlock()
	r.handlers.Done()
}

// drain refuses new connections.
func (r *register) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draining = true
}

func (r *register) isDraining() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.draining
}

// len returns the number of open connections.
func (r *register) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open)
}

// goodbye tells every connection to reconnect to another instance and waits until all
// handlers have returned or ctx ends. It spreads the closes over five seconds, so that
// the next instance does not get all clients at once.
func (r *register) goodbye(ctx context.Context) error {
	r.mu.Lock()
	r.draining = true
	open := make([]*live.Outbox, 0, len(r.open))
	for o := range r.open {
		open = append(open, o)
	}
	r.mu.Unlock()
	for _, o := range open {
		o.Put(protocol.Notice{Code: protocol.NoticeGoingDown})
		o.Close(&live.Ending{Code: protocol.CloseGoingDown,
			Reason: fmt.Sprintf("going down, come back in %d ms", rand.N(5000))})
	}
	gone := make(chan struct{})
	go func() { // ends with the last handler, at the latest when the base context is cancelled
		defer close(gone)
		r.handlers.Wait()
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("goodbye: %w", ctx.Err())
	}
}
