package registry

import (
	"context"
	"time"

	"visavis/enrolment/store"
	"visavis/sites"
)

// lookEvery is how often who waits for events looks, for those of other instances.
const lookEvery = time.Second

// Events returns a site's events after a number, in their order, at most limit; of
// one verification where that is not empty. Where there are none it waits for some.
func (r *Registry) Events(ctx context.Context, site, verification string, after int64, limit int,
	wait time.Duration) ([]sites.Event, error) {
	news, stop := r.wait(site)
	defer stop()
	until := time.Now().Add(wait)
	for {
		var list []sites.Event
		err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.SiteEvents(ctx, site, verification, after, limit)
			return err
		})
		left := time.Until(until)
		if err != nil || len(list) > 0 || left <= 0 {
			return list, err
		}
		timer := time.NewTimer(min(left, lookEvery))
		select {
		case <-news:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return []sites.Event{}, nil // who asked is gone, or the server goes
		}
		timer.Stop()
	}
}

// wait returns a channel that gets a value when a site may have events.
func (r *Registry) wait(site string) (news <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting[site] == nil {
		r.waiting[site] = map[chan struct{}]struct{}{}
	}
	r.waiting[site][c] = struct{}{}
	return c, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.waiting[site], c)
		if len(r.waiting[site]) == 0 {
			delete(r.waiting, site)
		}
	}
}

// wake tells those who wait on this instance; others look within lookEvery.
func (r *Registry) wake(site string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.waiting[site] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
