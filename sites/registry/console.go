package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/sites"
	"visavis/sites/webhook"
)

// Fetcher reads a page of a site; *webhook.Sender is one.
type Fetcher interface {
	Fetch(ctx context.Context, page string) webhook.Page
}

// Counts returns the number of verifications of each site by their status.
func (r *Registry) Counts(ctx context.Context) (map[string]map[sites.Status]int64, error) {
	out := map[string]map[sites.Status]int64{}
	err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err := tx.CountVerifications(ctx)
		for _, c := range list {
			if out[c.Site] == nil {
				out[c.Site] = map[sites.Status]int64{}
			}
			out[c.Site][c.Status] = c.N
		}
		return err
	})
	return out, err
}

const (
	// page is what one transaction reads, so that others are not kept waiting.
	page = 2000
	// funnelMost bounds the verifications of one funnel.
	funnelMost = 50_000
)

// Funnel counts a site's verifications since a time, the newest funnelMost at most.
func (r *Registry) Funnel(ctx context.Context, site string, since time.Time) (sites.Funnel, error) {
	list, events, err := r.newest(ctx, site, since, funnelMost)
	if err != nil {
		return sites.Funnel{}, err
	}
	return sites.FunnelOf(list, events), nil
}

// newest returns a site's verifications since a time, the newest most of them, and the events since the oldest of
// these began.
func (r *Registry) newest(
	ctx context.Context, site string, since time.Time, most int,
) (list []sites.Verification, events []sites.Event, err error) {
	f := store.VerificationFilter{From: since, Limit: min(page, most)}
	for len(list) < most {
		some, err := r.List(ctx, site, f)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, some...)
		if len(some) < f.Limit {
			break
		}
		last := some[len(some)-1]
		f.After, f.AfterAt = last.ID, last.CreatedAt
	}
	if len(list) == 0 {
		return nil, nil, nil
	}
	events, err = r.eventsFrom(ctx, site, list[len(list)-1].ID)
	return list, events, err
}

// eventsFrom returns a site's events from the first one of a verification on. Their order is by number: the times of a
// test site's verifications are by its own clock.
func (r *Registry) eventsFrom(ctx context.Context, site, verification string) ([]sites.Event, error) {
	events, err := r.Events(ctx, site, verification, 0, 1, 0)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	for {
		some, err := r.Events(ctx, site, "", events[len(events)-1].Seq, page, 0)
		if err != nil {
			return nil, err
		}
		events = append(events, some...)
		if len(some) < page {
			return events, nil
		}
	}
}

// Story is what happened to a verification.
type Story struct {
	Events []sites.Event
	// Transitions are those of its enrolments that exist, the oldest first.
	Transitions []enrolment.Transition
	Deliveries  []sites.Delivery
}

// storyMost bounds the events of a story.
const storyMost = 1000

// Story returns a site's verification and what happened to it. store.ErrNotFound.
func (r *Registry) Story(ctx context.Context, site, id string) (v sites.Verification, s Story, err error) {
	if v, err = r.Get(ctx, site, id); err != nil {
		return v, s, err
	}
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if s.Events, err = tx.SiteEvents(ctx, site, id, 0, storyMost); err != nil {
			return err
		}
		for _, e := range append(append([]string{}, v.Before...), v.Enrolment) {
			some, err := tx.Transitions(ctx, e)
			if err != nil {
				return err
			}
			s.Transitions = append(s.Transitions, some...)
		}
		s.Deliveries, err = tx.DeliveriesOf(ctx, id)
		return err
	})
	return v, s, err
}

// Joined notes the browser of the phone that joined a capture, if a site asked for it.
func (r *Registry) Joined(ctx context.Context, owner, browser string) error {
	id, _, ok := sites.OfSubject(owner)
	if !ok {
		return nil
	}
	return r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err := tx.LockVerification(ctx, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && v.Status == sites.Redacted {
			return nil
		}
		if err != nil {
			return err
		}
		v.Phone.Browser = browser
		if v.Phone.JoinedAt.IsZero() {
			v.Phone.JoinedAt = r.now()
		}
		return tx.SaveVerification(ctx, v)
	})
}

// UnreachableError is a page that could not be read; its text says why.
type UnreachableError struct{ Problem string }

// Error implements error.
func (e *UnreachableError) Error() string { return "the page cannot be read: " + e.Problem }

// CheckHost reads a page of a site and tells what its headers lack for embedding. server
// is this server's origin. *sites.InvalidError, *UnreachableError, ErrRunning while another
// page of the site is read.
func (r *Registry) CheckHost(ctx context.Context, s sites.Site, server, address string) ([]sites.Finding, error) {
	if err := s.MayCheck(address); err != nil {
		return nil, err
	}
	if r.cfg.Fetcher == nil {
		return nil, &UnreachableError{"this server reads no pages"}
	}
	done, err := r.run("check " + s.ID)
	if err != nil {
		return nil, fmt.Errorf("check a page: %w", err)
	}
	defer done()
	p := r.cfg.Fetcher.Fetch(ctx, address)
	if p.Problem != "" {
		return nil, &UnreachableError{p.Problem}
	}
	return sites.CheckHost(s, server, address, p.Status, p.Header, p.Body), nil
}
