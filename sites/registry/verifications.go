package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/sites"
)

// The times of verifications.
const (
	// LinkLasts is how long a link may be opened.
	LinkLasts = 24 * time.Hour
	// ExpiryDefault, ExpiryLeast and ExpiryMost bound how long a site waits.
	ExpiryDefault = 7 * 24 * time.Hour
	ExpiryLeast   = time.Minute
	ExpiryMost    = 30 * 24 * time.Hour
	// requestsKept is how long a request is known by its Idempotency-Key.
	requestsKept = 24 * time.Hour
)

// The most that a site may write into a verification, in characters.
const (
	maxReference = 200
	maxMetadata  = 50 // pairs
	maxPairKey   = 40
	maxPairValue = 500
)

// Wish is what a site asks for.
type Wish struct {
	Purpose   sites.Purpose
	Declared  enrolment.Declaration // what the site knows; may be empty
	Reference string
	Metadata  map[string]string
	ReturnURL string
	Language  string
	ExpiresIn time.Duration // 0: ExpiryDefault
	// Request and Content are the Idempotency-Key and what came with it; Request
	// empty: each call makes one.
	Request string
	Content []byte
}

// Errors of an Idempotency-Key.
var (
	// ErrRunning is a request whose first one is not done yet.
	ErrRunning = errors.New("a request with this key is being worked on")
	// ErrOtherContent is a key that came with something else before.
	ErrOtherContent = errors.New("this key came with another request before")
)

func (w *Wish) check(s sites.Site) error {
	invalid := func(field, have, want string) error { return &sites.InvalidError{Field: field, Have: have, Want: want} }
	switch n := utf8.RuneCountInString(w.Reference); {
	case w.Purpose != sites.Identity && w.Purpose != sites.Certificate:
		return invalid("purpose", string(w.Purpose), "identity or certificate")
	case n > maxReference:
		return invalid("reference", fmt.Sprintf("%d characters", n), fmt.Sprintf("%d or fewer", maxReference))
	case w.ReturnURL != "" && !s.MayReturn(w.ReturnURL):
		return invalid("return_url", w.ReturnURL,
			fmt.Sprintf("an address below one of the site's return addresses %q; add it with visavis site set", s.ReturnURLs))
	case len(w.Metadata) > maxMetadata:
		return invalid("metadata", fmt.Sprintf("%d pairs", len(w.Metadata)), fmt.Sprintf("%d or fewer", maxMetadata))
	case w.ExpiresIn != 0 && (w.ExpiresIn < ExpiryLeast || w.ExpiresIn > ExpiryMost):
		return invalid("expires_in", fmt.Sprintf("%.0f s", w.ExpiresIn.Seconds()),
			fmt.Sprintf("%.0f to %.0f seconds", ExpiryLeast.Seconds(), ExpiryMost.Seconds()))
	}
	if len(s.Languages) > 0 {
		if w.Language == "" {
			w.Language = s.Languages[0]
		}
		if !slices.Contains(s.Languages, w.Language) {
			return invalid("language", w.Language, fmt.Sprintf("one of the site's languages %q", s.Languages))
		}
	}
	for k, v := range w.Metadata {
		if k == "" || utf8.RuneCountInString(k) > maxPairKey || utf8.RuneCountInString(v) > maxPairValue {
			return invalid("metadata", k, fmt.Sprintf("keys of 1 to %d, values of %d characters or fewer", maxPairKey,
				maxPairValue))
		}
	}
	if w.ExpiresIn == 0 {
		w.ExpiresIn = ExpiryDefault
	}
	return nil
}

// Create begins a verification. replayed says that the same request made it before.
// The errors are *sites.InvalidError, those of journey.Service.CheckGiven,
// ErrRunning and ErrOtherContent.
func (r *Registry) Create(ctx context.Context, s sites.Site, w Wish) (v sites.Verification, replayed bool, err error) {
	if err := w.check(s); err != nil {
		return v, false, err
	}
	if w.Declared, err = r.journey.CheckGiven(w.Declared); err != nil {
		return v, false, err
	}
	made := store.SiteRequest{Site: s.ID}
	if w.Request != "" {
		made.Request, made.Content = sites.HashOf(w.Request), sites.HashOf(string(w.Content))
		done, err := r.run(s.ID + " " + made.Request)
		if err != nil {
			return v, false, err
		}
		defer done()
	}
	asked := r.now() // requests are known by the server's clock, verifications by their site's
	now := r.at(s)
	v = sites.Verification{
		ID: sites.NewID("ver"), Site: s.ID, Live: s.Live, Ahead: s.Ahead, Purpose: w.Purpose, Reference: w.Reference,
		Metadata:  maps.Clone(w.Metadata),
		ReturnURL: w.ReturnURL, Language: w.Language, CreatedAt: now, ChangedAt: now, ExpiresAt: now.Add(w.ExpiresIn),
		Link: sites.Link{Generation: 1, ExpiresAt: now.Add(min(LinkLasts, w.ExpiresIn))},
	}
	made.Made = v.ID
	begins := v
	_, err = r.journey.Open(context.WithValue(ctx, begun{}, &v), v.Subject(), w.Language, w.Declared,
		func(ctx context.Context, tx *store.Tx) error {
			v = begins // a try before this one may have gone further
			if made.Request == "" {
				return nil
			}
			return tx.NoteMade(ctx, made, asked, asked.Add(-requestsKept))
		})
	if errors.Is(err, store.ErrConflict) {
		v, err = r.madeBefore(ctx, made, asked.Add(-requestsKept))
		return v, err == nil, err
	}
	if err != nil {
		return v, false, err
	}
	r.wake(s.ID)
	r.log.InfoContext(ctx, "verification created", "verification", v.ID, "site", s.ID, "reference", v.Code)
	return v, false, nil
}

// run notes that a request is worked on. ErrRunning while another one is.
func (r *Registry) run(request string) (done func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, running := r.running[request]; running {
		return nil, ErrRunning
	}
	r.running[request] = struct{}{}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.running, request)
	}, nil
}

// madeBefore returns the verification that a request made since a time. ErrOtherContent.
func (r *Registry) madeBefore(
	ctx context.Context, made store.SiteRequest, since time.Time,
) (v sites.Verification, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		known, err := tx.MadeBefore(ctx, made.Site, made.Request, since)
		if err != nil {
			return err
		}
		if known.Content != made.Content {
			return ErrOtherContent
		}
		v, err = tx.Verification(ctx, known.Made)
		return err
	})
	return v, err
}

func (r *Registry) load(ctx context.Context, id string) (v sites.Verification, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err = tx.Verification(ctx, id)
		return err
	})
	return v, err
}

// Get returns a site's verification. store.ErrNotFound, of another site's too.
func (r *Registry) Get(ctx context.Context, site, id string) (v sites.Verification, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err = tx.VerificationOf(ctx, site, id)
		return err
	})
	return v, err
}

// OfSubject returns the verification and the site of a login that came by a link.
// store.ErrNotFound of any other login.
func (r *Registry) OfSubject(ctx context.Context, subject string) (v sites.Verification, s sites.Site, err error) {
	id, _, ok := sites.OfSubject(subject)
	if !ok {
		return v, s, store.ErrNotFound
	}
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if v, err = tx.Verification(ctx, id); err != nil {
			return err
		}
		s, err = tx.Site(ctx, v.Site)
		return err
	})
	return v, s, err
}

// List returns a site's verifications, the newest first.
func (r *Registry) List(
	ctx context.Context, site string, f store.VerificationFilter,
) (list []sites.Verification, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.Verifications(ctx, site, f)
		return err
	})
	return list, err
}

// Cancel ends a verification at its site's wish; one that is final stays as it is.
// *enrolment.StateError where it has gone too far.
func (r *Registry) Cancel(ctx context.Context, site, id string) (sites.Verification, error) {
	v, err := r.Get(ctx, site, id)
	if err != nil || v.Status.Final() {
		return v, err
	}
	if v.Status == sites.RequiresInput {
		if err := r.end(ctx, v, sites.Cancelled, sites.SiteCancelled); err != nil {
			return v, err
		}
	} else if _, err = r.journey.CancelFor(ctx, v.Enrolment, string(sites.SiteCancelled)); err != nil {
		return v, err
	}
	r.wake(site)
	return r.load(ctx, id)
}

// end closes a verification with its enrolment, where that can still be cancelled. A
// refused enrolment cannot.
func (r *Registry) end(ctx context.Context, v sites.Verification, status sites.Status, reason sites.Reason) error {
	err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		now, err := tx.LockVerification(ctx, v.ID)
		if err != nil || now.Status.Final() {
			return err
		}
		return r.put(ctx, tx, &now, status, reason)
	})
	if err != nil {
		return err
	}
	_, err = r.journey.CancelFor(ctx, v.Enrolment, string(reason))
	if _, gone := errors.AsType[*enrolment.StateError](err); gone || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// sweepAtOnce bounds the verifications that one sweep ends; the rest waits for the
// next.
const sweepAtOnce = 200

// Sweep ends the verifications whose time is over while they wait for their person, and
// forgets what is too old. What waits for a reviewer or an issuer stays, and what has ended stays as long as its
// enrolments.
func (r *Registry) Sweep(ctx context.Context) error {
	r.forgetRests()
	err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.DropDeliveries(ctx, r.now().Add(-deliveriesKept)),
			tx.DropMade(ctx, r.now().Add(-requestsKept)))
	})
	if err != nil {
		return err
	}
	all, err := r.Sites(ctx)
	errs := []error{err}
	dropped := 0
	for _, s := range all {
		n, err := r.dropOf(ctx, s)
		errs = append(errs, r.expireOf(ctx, s), err)
		dropped += n
	}
	if dropped > 0 {
		r.log.InfoContext(ctx, "verifications were deleted", "n", dropped)
		errs = append(errs, r.cfg.Store.Scrub(ctx))
	}
	return errors.Join(errs...)
}

// dropOf deletes a site's verifications whose time to be kept is over, with what the site was told, and returns how
// many they were. That time is by the server's clock: a test site that moves its own loses nothing.
func (r *Registry) dropOf(ctx context.Context, s sites.Site) (dropped int, err error) {
	if r.cfg.Keep == 0 {
		return 0, nil
	}
	before := r.now().Add(-r.cfg.Keep)
	for {
		var over []string
		err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			if err := tx.DropSiteEvents(ctx, s.ID, before); err != nil {
				return err
			}
			over, err = tx.VerificationsOver(ctx, s, before, sweepAtOnce)
			return err
		})
		if err != nil {
			return dropped, err
		}
		for _, id := range over {
			if err := r.cfg.Store.InTx(ctx, func(tx *store.Tx) error { return dropOne(ctx, tx, id, before) }); err != nil {
				return dropped, err
			}
			dropped++
		}
		if len(over) < sweepAtOnce {
			return dropped, nil
		}
	}
}

// dropOne deletes a verification, unless another instance did, or it changed meanwhile.
func dropOne(ctx context.Context, tx *store.Tx, id string, before time.Time) error {
	v, err := tx.LockVerification(ctx, id)
	if err != nil || !v.ChangedAt.Before(before) {
		return store.OrNone(err)
	}
	return tx.DropVerification(ctx, id)
}
