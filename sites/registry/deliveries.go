package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"visavis/enrolment/store"
	"visavis/sites"
	"visavis/sites/webhook"
)

const (
	// deliveriesKept is how long deliveries are shown.
	deliveriesKept = 30 * 24 * time.Hour
	// resentAtOnce bounds what one call sends again.
	resentAtOnce = 1000
)

// Queue has things done later, asked for in a transaction.
type Queue interface {
	// EnqueueDelivery has Deliver called for a delivery now. One call waits for each delivery, however often it is
	// asked for.
	EnqueueDelivery(ctx context.Context, tx *store.Tx, id string) error
	// EnqueueLetter has a letter sent, of a name of this package and the id of what it is about.
	EnqueueLetter(ctx context.Context, tx *store.Tx, name, id string) error
	// EnqueueAdvance has AdvanceDue called for a verification now. One call waits for each, as above.
	EnqueueAdvance(ctx context.Context, tx *store.Tx, verification string) error
}

// Sender makes one attempt; *webhook.Sender is one.
type Sender interface {
	Send(ctx context.Context, m webhook.Message) webhook.Answer
}

// fanOut has an event delivered to each endpoint of its site that wants it.
func (r *Registry) fanOut(ctx context.Context, tx *store.Tx, s sites.Site, e sites.Event) error {
	if r.cfg.Queue == nil {
		return nil
	}
	all, err := tx.Endpoints(ctx, e.Site)
	if err != nil {
		return err
	}
	for _, endpoint := range all {
		if endpoint.Wants(e.Type) {
			if _, err := r.deliver(ctx, tx, s, endpoint, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// deliver stores a delivery and has it made.
func (r *Registry) deliver(ctx context.Context, tx *store.Tx, s sites.Site, to sites.Endpoint,
	e sites.Event) (sites.Delivery, error) {
	body, err := json.Marshal(sites.MessageOf(e, s.Live))
	if err != nil {
		return sites.Delivery{}, err
	}
	d := sites.Delivery{
		ID: sites.NewID("del"), Endpoint: to.ID, Event: e.ID, Type: e.Type, Verification: e.Verification,
		State: sites.Pending, CreatedAt: r.now(),
		NextAt: r.at(s), Body: string(body), Attempts: []sites.TryOut{},
	}
	if err := tx.AddDelivery(ctx, d); err != nil {
		return d, err
	}
	return d, r.cfg.Queue.EnqueueDelivery(ctx, tx, d.ID)
}

// TestEndpoint sends an endpoint an event of no verification.
func (r *Registry) TestEndpoint(ctx context.Context, s sites.Site, id string) (d sites.Delivery, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		to, err := tx.Endpoint(ctx, s.ID, id)
		if err != nil {
			return err
		}
		e, s, err := tx.AddSiteEvent(ctx, sites.Event{
			ID: sites.NewID("evt"), Type: sites.EndpointTest, Site: s.ID, At: r.now(),
		})
		if err != nil {
			return err
		}
		d, err = r.deliver(ctx, tx, s, to, e)
		return err
	})
	r.wake(s.ID)
	return d, err
}

// Deliveries returns an endpoint's deliveries, the newest first. store.ErrNotFound.
func (r *Registry) Deliveries(ctx context.Context, site, endpoint string, state sites.DeliveryState, after string,
	afterAt time.Time, limit int) (list []sites.Delivery, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Endpoint(ctx, site, endpoint); err != nil {
			return err
		}
		list, err = tx.Deliveries(ctx, endpoint, state, after, afterAt, limit)
		return err
	})
	return list, err
}

// Delivery returns one of an endpoint's deliveries. store.ErrNotFound.
func (r *Registry) Delivery(ctx context.Context, site, endpoint, id string) (d sites.Delivery, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Endpoint(ctx, site, endpoint); err != nil {
			return err
		}
		if d, err = tx.Delivery(ctx, id); err == nil && d.Endpoint != endpoint {
			err = store.ErrNotFound
		}
		return err
	})
	return d, err
}

// Resend sends the events of a range of numbers to an endpoint again, which it may
// know already by their ids; it returns how many. *sites.InvalidError, store.ErrNotFound.
func (r *Registry) Resend(ctx context.Context, s sites.Site, endpoint string, from, to int64) (n int, err error) {
	if to < from {
		return 0, &sites.InvalidError{Field: "to", Have: strconv.FormatInt(to, 10),
			Want: fmt.Sprintf("%d, the first one, or more", from)}
	}
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		e, err := tx.Endpoint(ctx, s.ID, endpoint)
		if err != nil {
			return err
		}
		found, err := tx.SiteEvents(ctx, s.ID, "", from-1, resentAtOnce)
		for _, event := range found {
			if event.Seq > to {
				break
			}
			event.Site = s.ID
			if _, err := r.deliver(ctx, tx, s, e, event); err != nil {
				return err
			}
			n++
		}
		return err
	})
	return n, err
}

// ResendDelivery sends what a delivery held again, in a delivery of its own.
func (r *Registry) ResendDelivery(ctx context.Context, s sites.Site, endpoint,
	id string) (d sites.Delivery, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		to, err := tx.Endpoint(ctx, s.ID, endpoint)
		if err != nil {
			return err
		}
		known, err := tx.Delivery(ctx, id)
		if err == nil && known.Endpoint != endpoint {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		e, err := tx.SiteEvent(ctx, s.ID, known.Event)
		if err != nil {
			return err
		}
		d, err = r.deliver(ctx, tx, s, to, e)
		return err
	})
	return d, err
}

// Deliver makes one attempt of a delivery; again above zero: it is to be called again
// after that time.
func (r *Registry) Deliver(ctx context.Context, id string) (again time.Duration, err error) {
	d, e, s, err := r.toDeliver(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && d.State != sites.Pending {
		return 0, nil // the endpoint is gone, or it was done before
	}
	if err != nil {
		return 0, err
	}
	if !e.Enabled {
		return 0, r.tried(ctx, d, e, s, nil, "the endpoint is disabled")
	}
	if wait := d.NextAt.Sub(r.at(s)); wait > 0 {
		return wait, nil
	}
	r.wakeIfMoved(e.ID, s.Ahead)
	if again, ok := r.enter(ctx, e.ID); !ok {
		return again, nil
	}
	now := r.now() // receivers compare it with their own clock
	m := webhook.Message{URL: e.URL, ID: d.Event, At: now, Body: []byte(d.Body),
		Signature: r.cfg.Secrets.Sign(e, d.Event, now, []byte(d.Body))}
	answer := r.send(ctx, e.ID, len(d.Attempts)+1, m)
	r.leave(e.ID, answer.Problem == "", answer.Took)
	if ctx.Err() != nil {
		return 0, ctx.Err() // the server stops: it was no fault of the endpoint
	}
	try := &sites.TryOut{
		At: now, Timestamp: strconv.FormatInt(now.Unix(), 10), Signature: m.Signature, Status: answer.Status,
		Answer: answer.Text, Problem: answer.Problem, Millis: answer.Took.Milliseconds(),
	}
	failed := len(d.Attempts) + 1
	pause, more := sites.NextTry(failed, answer.After, rand.Float64())
	switch {
	case answer.Problem == "":
		d.State, d.NextAt = sites.Delivered, time.Time{}
		return 0, r.tried(ctx, d, e, s, try, "")
	case answer.Gone:
		return 0, r.tried(ctx, d, e, s, try, answer.Problem)
	case !more:
		d.State, d.NextAt = sites.Failed, time.Time{}
		return 0, r.tried(ctx, d, e, s, try, "")
	}
	d.NextAt = r.at(s).Add(pause).Truncate(time.Millisecond) // as every other time is
	return pause, r.tried(ctx, d, e, s, try, "")
}

func (r *Registry) toDeliver(
	ctx context.Context, id string,
) (d sites.Delivery, e sites.Endpoint, s sites.Site, err error) {
	err = r.cfg.Store.Look(ctx, func(tx *store.Tx) error {
		d, e, s, err = tx.ToDeliver(ctx, id)
		return err
	})
	return d, e, s, err
}

// tried stores an attempt, nil: none was made, and what follows for the endpoint. off
// disables it, and says why.
func (r *Registry) tried(ctx context.Context, d sites.Delivery, e sites.Endpoint, s sites.Site, try *sites.TryOut,
	off string) error {
	if off != "" {
		d.State, d.NextAt = sites.Failed, time.Time{}
	}
	err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		now, status, err := tx.LockDelivery(ctx, d.ID, d.Verification)
		if err != nil {
			return err
		}
		now.State, now.NextAt = d.State, d.NextAt
		if try != nil {
			made := *try
			if status == sites.Redacted { // meanwhile
				made.Answer = ""
			}
			now.Attempts = append(now.Attempts, made)
		}
		if err := tx.SaveDelivery(ctx, now); err != nil {
			return err
		}
		if d.State == sites.Delivered && e.FailingSince.IsZero() && e.ToldAt.IsZero() {
			return nil // as it was when it was read
		}
		of, err := tx.LockEndpoint(ctx, "", e.ID)
		if err != nil {
			return err
		}
		before := of
		switch {
		case off != "" && of.Enabled:
			of.Enabled, of.WhyNot = false, off
			r.log.WarnContext(ctx, "an endpoint is disabled", "endpoint", e.ID, "site", e.Site, "why", off)
		case d.State == sites.Delivered:
			of.FailingSince, of.ToldAt = time.Time{}, time.Time{}
		case try != nil && of.FailingSince.IsZero():
			of.FailingSince = r.at(s)
		}
		if err := r.tellFailing(ctx, tx, &of, s); err != nil {
			return err
		}
		if of.Enabled == before.Enabled && of.FailingSince.Equal(before.FailingSince) &&
			of.ToldAt.Equal(before.ToldAt) {
			return nil
		}
		return tx.SaveEndpoint(ctx, of)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// forgetDeliveries takes out of a verification's deliveries what was sent and answered.
func (r *Registry) forgetDeliveries(ctx context.Context, tx *store.Tx, verification string) error {
	found, err := tx.DeliveriesOf(ctx, verification)
	if err != nil {
		return err
	}
	for _, d := range found {
		for i := range d.Attempts {
			d.Attempts[i].Answer = ""
		}
		if d.State != sites.Pending {
			d.Body = ""
		}
		if err := tx.SaveDelivery(ctx, d); err != nil {
			return err
		}
	}
	return nil
}
