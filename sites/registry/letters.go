package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visavis/email"
	"visavis/enrolment/store"
	"visavis/sites"
)

// The letters about verifications and endpoints.
const (
	// LinkLetter brings a verification's link to its person; its id is the verification's.
	LinkLetter = "site-link"
	// EndpointLetter tells a site's contact that an endpoint fails; its id is the endpoint's.
	EndpointLetter = "endpoint-failing"
)

const (
	// maxLinkLetters bounds the letters of one verification: its site's mistakes fill nobody's mailbox.
	maxLinkLetters = 5
	// toldAfter is for how long an endpoint fails before its site is told.
	toldAfter = 24 * time.Hour
)

// Errors of letters.
var (
	// ErrNoAddress says that a verification's declared data lack an e-mail address.
	ErrNoAddress = errors.New("the verification has no e-mail address: give declared.email when it is created")
	// ErrLetters says that the limit on links for one verification is reached.
	ErrLetters = fmt.Errorf("%d letters were sent for this verification, which is the most", maxLinkLetters)
	// ErrAddressLetters says that the limit on links to one address in a day is reached, over
	// all verifications.
	ErrAddressLetters = errors.New("the address got as many letters within a day as may be, or its reader says that " +
		"none was asked for")
)

// EmailLink makes a link in the place of the one before, as NewLink does, and sends it to the address that the site
// declared. store.ErrNotFound; ErrFinal; ErrNoAddress; ErrLetters; ErrAddressLetters; store.ErrConflict.
func (r *Registry) EmailLink(ctx context.Context, s sites.Site, id string) (v sites.Verification, err error) {
	var refused error // with what was audited of it
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		known, err := tx.VerificationOf(ctx, s.ID, id)
		if err != nil {
			return err
		}
		if known.Status.Final() {
			return ErrFinal
		}
		e, err := tx.Load(ctx, known.Enrolment)
		if err != nil {
			return err
		}
		switch _, bad := email.Parse(e.Declared.Email); {
		case bad != nil || r.cfg.Queue == nil:
			return ErrNoAddress
		case known.Letters >= maxLinkLetters:
			return ErrLetters
		}
		counted, err := r.journey.CountLetter(ctx, tx, e, LinkLetter)
		if err != nil {
			return err
		}
		if !counted {
			refused = ErrAddressLetters
			return nil
		}
		// Locked after its enrolment, as in every change of one.
		if v, err = tx.LockVerification(ctx, id); err != nil {
			return err
		}
		if v.Rev != known.Rev || v.Letters != known.Letters {
			return store.ErrConflict
		}
		r.renew(&v, s)
		v.Letters++
		v.Link.EmailedAt = r.at(s)
		if err := tx.SaveVerification(ctx, v); err != nil {
			return err
		}
		return r.cfg.Queue.EnqueueLetter(ctx, tx, LinkLetter, v.ID)
	})
	if err == nil {
		err = refused
	}
	return v, err
}

// Letter is what a letter says. To is empty where nothing is to be sent any more.
type Letter struct {
	To, Language string
	Site         string // name
	// Of a link: its secret, until when it may be opened, and the reference that its person knows.
	Secret string
	Until  time.Time
	Code   string
	// Of an endpoint: its id and address, since when it fails, and what happened last.
	Endpoint, URL string
	Since         time.Time
	Problem       string
}

// ReadLetter returns what a letter says now: a job holds its name and an id, nothing personal.
func (r *Registry) ReadLetter(ctx context.Context, name, id string) (l Letter, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		switch name {
		case LinkLetter:
			l, err = r.linkLetter(ctx, tx, id)
		case EndpointLetter:
			l, err = endpointLetter(ctx, tx, id)
		default:
			return fmt.Errorf("registry: no letter %q", name)
		}
		if errors.Is(err, store.ErrNotFound) {
			l, err = Letter{}, nil // deleted meanwhile, with its address
		}
		return err
	})
	return l, err
}

func (r *Registry) linkLetter(ctx context.Context, tx *store.Tx, id string) (Letter, error) {
	v, err := tx.Verification(ctx, id)
	if err != nil {
		return Letter{}, err
	}
	s, err := tx.Site(ctx, v.Site)
	if err != nil {
		return Letter{}, err
	}
	if v.Status.Final() || v.Link.Browser != "" || v.Link.EmailedAt.IsZero() || r.at(s).After(v.Link.ExpiresAt) {
		return Letter{}, nil // it has ended, the link is in use, over, or no longer the one that was to be sent
	}
	e, err := tx.Load(ctx, v.Enrolment)
	if err != nil {
		return Letter{}, err
	}
	return Letter{
		To: e.Declared.Email, Language: v.Language, Site: s.Name, Secret: r.cfg.Secrets.LinkSecret(v),
		Until: v.Link.ExpiresAt.Add(-s.Ahead), Code: v.Code,
	}, nil
}

func endpointLetter(ctx context.Context, tx *store.Tx, id string) (Letter, error) {
	e, err := tx.Endpoint(ctx, "", id)
	if err != nil {
		return Letter{}, err
	}
	s, err := tx.Site(ctx, e.Site)
	if err != nil || e.FailingSince.IsZero() || !e.Enabled {
		return Letter{}, err // it is back, or was disabled on purpose
	}
	l := Letter{To: s.Contact, Site: s.Name, Endpoint: e.ID, URL: e.URL, Since: e.FailingSince}
	last, err := tx.Deliveries(ctx, e.ID, "", "", time.Time{}, 20)
	for _, d := range last {
		if n := len(d.Attempts); n > 0 && d.Attempts[n-1].Problem != "" {
			l.Problem = d.Attempts[n-1].Problem
			break
		}
	}
	return l, err
}

// tellFailing has a site's contact told of an endpoint that fails for a day, once until it is back.
func (r *Registry) tellFailing(ctx context.Context, tx *store.Tx, e *sites.Endpoint, s sites.Site) error {
	if e.FailingSince.IsZero() || !e.ToldAt.IsZero() || !e.Enabled || r.at(s).Sub(e.FailingSince) < toldAfter {
		return nil
	}
	e.ToldAt = r.at(s)
	if _, err := email.Parse(s.Contact); err != nil || r.cfg.Queue == nil {
		r.log.WarnContext(ctx, "an endpoint fails for a day, and its site has no e-mail address as contact",
			"endpoint", e.ID, "site", s.ID)
		return nil //nolint:nilerr // the delivery goes on without the letter
	}
	return r.cfg.Queue.EnqueueLetter(ctx, tx, EndpointLetter, e.ID)
}
