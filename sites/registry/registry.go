package registry

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/sites"
)

// Config is what a Registry needs. Store and Secrets are required.
type Config struct {
	Store   *store.Store
	Secrets sites.Secrets
	// Queue and Sender deliver events to endpoints; nil: sites ask for them themselves.
	Queue  Queue
	Sender Sender
	// Fetcher reads pages of sites, for a check of their headers; nil: none is checked.
	Fetcher Fetcher
	// Keep is how long a verification is kept after its end; 0: without an end.
	Keep time.Duration
	// Now is the clock; nil: the machine's.
	Now    func() time.Time
	Logger *slog.Logger
}

// Registry keeps what other sites are here. Any number of goroutines and instances
// may use it.
type Registry struct {
	cfg     Config
	journey *journey.Service // nil until Use
	log     *slog.Logger

	mu      sync.Mutex          // guards what follows
	running map[string]struct{} // requests under an Idempotency-Key, on this instance
	waiting map[string]map[chan struct{}]struct{}
	rests   map[string]*rest // endpoints that are being called, or failed
}

// New makes a Registry. What concerns enrolments works after Use.
func New(c Config) (*Registry, error) {
	if c.Store == nil {
		return nil, errors.New("registry: Store is required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Registry{cfg: c, log: c.Logger, running: map[string]struct{}{},
		waiting: map[string]map[chan struct{}]struct{}{}, rests: map[string]*rest{}}, nil
}

// Use gives the registry who changes enrolments; the journey needs the registry
// before.
func (r *Registry) Use(j *journey.Service) { r.journey = j }

// now is the time as records keep it.
func (r *Registry) now() time.Time { return r.cfg.Now().UTC().Truncate(time.Millisecond) }

// AddSite registers a site. *sites.InvalidError.
func (r *Registry) AddSite(ctx context.Context, s sites.Site) (sites.Site, error) {
	s.ID, s.CreatedAt = sites.NewID("site"), r.now()
	if err := s.Check(); err != nil {
		return s, err
	}
	return s, r.cfg.Store.InTx(ctx, func(tx *store.Tx) error { return tx.AddSite(ctx, s) })
}

// ChangeSite replaces what is known of a site, except whether it is live, its clock and its logo.
// *sites.InvalidError, store.ErrNotFound.
func (r *Registry) ChangeSite(ctx context.Context, s sites.Site) (sites.Site, error) {
	err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		known, err := tx.LockSite(ctx, s.ID)
		if err != nil {
			return err
		}
		s.Live, s.CreatedAt, s.Ahead, s.Logo = known.Live, known.CreatedAt, known.Ahead, known.Logo
		if err := s.Check(); err != nil {
			return err
		}
		return tx.SaveSite(ctx, s)
	})
	return s, err
}

// SetLogo replaces what is shown beside a site's name; a Logo without a hash removes it. store.ErrNotFound.
func (r *Registry) SetLogo(ctx context.Context, site string, l sites.Logo) (s sites.Site, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if s, err = tx.LockSite(ctx, site); err != nil {
			return err
		}
		if err := tx.SaveLogo(ctx, site, l); err != nil {
			return err
		}
		s.Logo = l.Hash
		return tx.SaveSite(ctx, s)
	})
	return s, err
}

// Logo returns the logo of a hash. store.ErrNotFound.
func (r *Registry) Logo(ctx context.Context, hash string) (l sites.Logo, err error) {
	err = r.cfg.Store.Look(ctx, func(tx *store.Tx) error {
		l, err = tx.Logo(ctx, hash)
		return err
	})
	return l, err
}

// Site returns a site. store.ErrNotFound.
func (r *Registry) Site(ctx context.Context, id string) (s sites.Site, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		s, err = tx.Site(ctx, id)
		return err
	})
	return s, err
}

// Sites returns all sites, the oldest first.
func (r *Registry) Sites(ctx context.Context) (list []sites.Site, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.Sites(ctx)
		return err
	})
	return list, err
}

// Changed keeps a verification in step with its enrolment; it is journey.Config's.
// A login that came by a link begins nothing but its verification's next attempt.
func (r *Registry) Changed(ctx context.Context, tx *store.Tx, e enrolment.Record) error {
	id, _, ok := sites.OfSubject(e.Owner)
	if !ok {
		return nil
	}
	if v, ok := ctx.Value(begun{}).(*sites.Verification); ok && v.ID == id {
		v.Enrolment, v.Code = e.ID, e.Reference
		return r.follow(ctx, tx, v, e)
	}
	v, err := tx.LockVerification(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return enrolment.ErrNotOwner
	}
	if err != nil {
		return err
	}
	if v.Enrolment != e.ID {
		switch {
		case e.Rev > 1:
			return nil // e is an earlier attempt
		case v.Enrolment == "":
		case v.Status == sites.RequiresInput:
			v.Before = append(v.Before, v.Enrolment)
		default:
			return &enrolment.StateError{State: e.State, Action: enrolment.ActionDeclare, Role: enrolment.Applicant}
		}
		v.Enrolment, v.Code = e.ID, e.Reference
	}
	if !v.Live {
		s, err := tx.Site(ctx, v.Site)
		if err != nil {
			return err
		}
		v.Ahead = s.Ahead
	}
	return r.follow(ctx, tx, &v, e)
}

// begun is the context's key of the *sites.Verification that Create begins with its enrolment. Nobody else knows it
// before the transaction ends, and nothing of it is stored yet.
type begun struct{}

// follow gives a verification the status of its enrolment.
func (r *Registry) follow(ctx context.Context, tx *store.Tx, v *sites.Verification, e enrolment.Record) error {
	status, reason := sites.StatusOf(e, v.Purpose)
	return r.put(ctx, tx, v, status, reason)
}

// put saves a verification with its status and tells of it where that is new. What is
// final stays, but for a redaction, and a refusal that its person contests.
func (r *Registry) put(ctx context.Context, tx *store.Tx, v *sites.Verification, status sites.Status,
	reason sites.Reason) error {
	contested := v.Status == sites.Refused && reason == sites.Contested
	if v.Status.Final() && status != sites.Redacted && !contested {
		status, reason = v.Status, v.Reason
	}
	save := tx.SaveVerification
	if v.Rev == 0 {
		save = tx.AddVerification
	}
	fresh := v.Rev == 0 || v.Status != status || v.Reason != reason
	if fresh {
		v.Status, v.Reason, v.ChangedAt = status, reason, r.now()
		v.Rev++
	}
	if err := save(ctx, *v); err != nil || !fresh {
		return err
	}
	return r.tell(ctx, tx, *v, sites.EventOf(status))
}

// tell adds an event to a verification's.
func (r *Registry) tell(ctx context.Context, tx *store.Tx, v sites.Verification, what sites.EventType) error {
	return r.add(ctx, tx, sites.Event{
		ID: sites.NewID("evt"), Type: what, Site: v.Site, At: r.now(), Verification: v.ID, Rev: v.Rev, Status: v.Status,
		Reason: v.Reason, Final: v.Status.Final(),
	})
}

func (r *Registry) add(ctx context.Context, tx *store.Tx, e sites.Event) error {
	e, s, err := tx.AddSiteEvent(ctx, e)
	if err != nil {
		return err
	}
	r.wake(e.Site) // who reads before this transaction counts looks again
	return r.fanOut(ctx, tx, s, e)
}

// Deleted notes that the data of a verification are gone; it is evidence.Keeper's.
func (r *Registry) Deleted(ctx context.Context, tx *store.Tx, e enrolment.Record, rule string) error {
	id, _, ok := sites.OfSubject(e.Owner)
	if !ok {
		return nil
	}
	v, err := tx.LockVerification(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && v.Enrolment != e.ID {
		return nil
	}
	if err != nil {
		return err
	}
	if ctx.Value(redacting{}) != nil {
		return r.redact(ctx, tx, v)
	}
	v.DeletedAt = r.now()
	if v.Status.Final() {
		v.Rev++
		if err := tx.SaveVerification(ctx, v); err != nil {
			return err
		}
		return r.tell(ctx, tx, v, sites.DataDeleted)
	}
	status, reason := sites.Cancelled, sites.DeletedByPerson
	if rule != enrolment.RuleRequest {
		status, reason = sites.Expired, sites.DeletedByService
	}
	return r.put(ctx, tx, &v, status, reason)
}
