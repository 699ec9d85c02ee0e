package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visavis/enrolment/store"
	"visavis/sites"
)

const (
	// maxAhead is how far a test site's clock may be ahead in all.
	maxAhead = 366 * 24 * time.Hour
	// movedAtOnce bounds the verifications and deliveries that one move looks at; the newest first.
	movedAtOnce = 1000
)

// Sweeper does with one enrolment what is due at a time; *retention.Retention is one.
type Sweeper interface {
	SweepOne(ctx context.Context, enrolment string, now time.Time) error
}

// at is the time by a site's clock, which a test site may have moved.
func (r *Registry) at(s sites.Site) time.Time { return r.now().Add(s.Ahead) }

// Clock returns the time by a site's clock.
func (r *Registry) Clock(s sites.Site) time.Time { return r.at(s) }

// MoveClock moves a test site's clock forward, and does what is due then: planned outcomes, reminders, expiries, and
// the next attempts of deliveries. ErrLive; *sites.InvalidError.
func (r *Registry) MoveClock(
	ctx context.Context, site string, by time.Duration, sweeper Sweeper,
) (s sites.Site, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if s, err = tx.LockSite(ctx, site); err != nil {
			return err
		}
		switch {
		case s.Live:
			return ErrLive
		case by < 0 || s.Ahead+by > maxAhead:
			return &sites.InvalidError{
				Field: "forward", Have: fmt.Sprintf("%.0f s",
					by.Seconds()), Want: fmt.Sprintf("0 to %.0f seconds: a clock goes a year ahead in all",
					(maxAhead - s.Ahead).Seconds()),
			}
		}
		s.Ahead += by
		return tx.SaveSite(ctx, s)
	})
	if err != nil {
		return s, err
	}
	defer r.wake(site)
	return s, errors.Join(r.moved(ctx, s, sweeper), r.expireOf(ctx, s), r.retryOf(ctx, s))
}

// moved does what is due of a site's open verifications by its clock.
func (r *Registry) moved(ctx context.Context, s sites.Site, sweeper Sweeper) error {
	open, err := r.List(ctx, s.ID, store.VerificationFilter{Limit: movedAtOnce})
	errs := []error{err}
	for _, v := range open {
		if v.Status.Final() {
			continue
		}
		if _, err := r.AdvanceDue(ctx, v.ID); err != nil {
			errs = append(errs, err)
		}
		if err := sweeper.SweepOne(ctx, v.Enrolment, r.at(s).Add(-v.Ahead)); err != nil && !errors.Is(err,
			store.ErrNotFound) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// expireOf ends a site's verifications whose time is over by its clock.
func (r *Registry) expireOf(ctx context.Context, s sites.Site) error {
	var due []sites.Verification
	err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.VerificationsDue(ctx, s.ID, r.at(s), sweepAtOnce)
		return err
	})
	errs := []error{err}
	for _, v := range due {
		errs = append(errs, r.end(ctx, v, sites.Expired, sites.Abandoned))
		r.wake(s.ID)
	}
	return errors.Join(errs...)
}

// retryOf has each waiting delivery of a site looked at now: its time may have come by the site's clock.
func (r *Registry) retryOf(ctx context.Context, s sites.Site) error {
	if r.cfg.Queue == nil {
		return nil
	}
	return r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		all, err := tx.Endpoints(ctx, s.ID)
		if err != nil {
			return err
		}
		for _, e := range all {
			waiting, err := tx.Deliveries(ctx, e.ID, sites.Pending, "", time.Time{}, movedAtOnce)
			if err != nil {
				return err
			}
			for _, d := range waiting {
				if d.NextAt.After(r.at(s)) {
					continue
				}
				if err := r.cfg.Queue.EnqueueDelivery(ctx, tx, d.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
