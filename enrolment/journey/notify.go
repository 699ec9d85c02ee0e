package journey

import (
	"context"
	"sync"
	"time"

	"visavis/enrolment/store"
)

// hub notifies the subscribers on this instance.
type hub struct {
	mu   sync.Mutex // guards open
	open map[string]map[chan struct{}]struct{}
}

func (h *hub) tell(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.open[id] {
		select {
		case c <- struct{}{}:
		default: // a signal is pending: the subscriber will read the newest state
		}
	}
}

func (h *hub) tellAll() {
	h.mu.Lock()
	ids := make([]string, 0, len(h.open))
	for id := range h.open {
		ids = append(ids, id)
	}
	h.mu.Unlock()
	for _, id := range ids {
		h.tell(id)
	}
}

// Subscribe returns a channel that receives when the enrolment may have changed, until
// the returned function is called. Load the record after subscribing.
func (s *Service) Subscribe(id string) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	h := &s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[id] == nil {
		h.open[id] = map[chan struct{}]struct{}{}
	}
	h.open[id][c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.open[id], c)
		if len(h.open[id]) == 0 {
			delete(h.open, id)
		}
	}
}

// channel is the name of PostgreSQL's notification channel.
const channel = "visavis_enrolments"

// notify tells every instance when the transaction commits. On SQLite, which has a single
// connection, subscribers are told at once: their read waits for this transaction.
func (s *Service) notify(ctx context.Context, tx *store.Tx, id string) error {
	if tx.Postgres == nil {
		s.hub.tell(id)
		return nil
	}
	return tx.Notify(ctx, channel, id)
}

// listenAgain is the delay after a lost connection.
const listenAgain = 2 * time.Second

// Listen receives other instances' notifications until ctx ends. On SQLite there are
// none, and it returns at once.
func (s *Service) Listen(ctx context.Context) {
	pool := s.cfg.Keeper.Store.Postgres()
	for pool != nil && ctx.Err() == nil {
		err := s.hear(ctx)
		if ctx.Err() != nil {
			return
		}
		s.log.WarnContext(ctx, "news of other instances interrupted", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

func (s *Service) hear(ctx context.Context) error {
	conn, err := s.cfg.Keeper.Store.Postgres().Acquire(ctx)
	if err != nil {
		return err
	}
	defer func() { // a listening connection does not return to the pool
		_ = conn.Hijack().Close(context.WithoutCancel(ctx))
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	s.hub.tellAll() // what was missed
	for {
		n, err := conn.Conn().WaitForNotification(ctx)
		if err != nil {
			return err
		}
		s.hub.tell(n.Payload)
	}
}
