package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"visavis/enrolment/store"
	"visavis/sites"
)

// NewLink makes a link in the place of the one before, which ends, with the browser
// that had opened it. store.ErrNotFound; ErrFinal.
func (r *Registry) NewLink(ctx context.Context, s sites.Site, id string) (v sites.Verification, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.VerificationOf(ctx, s.ID, id); err != nil {
			return err
		}
		if v, err = tx.LockVerification(ctx, id); err != nil {
			return err
		}
		if v.Status.Final() {
			return ErrFinal
		}
		r.renew(&v, s)
		return tx.SaveVerification(ctx, v)
	})
	return v, err
}

// renew ends a verification's link and gives it another one.
func (r *Registry) renew(v *sites.Verification, s sites.Site) {
	v.Link = sites.Link{Generation: v.Link.Generation + 1, ExpiresAt: earlier(r.at(s).Add(LinkLasts), v.ExpiresAt)}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Errors of links.
var (
	// ErrFinal is a verification that has ended.
	ErrFinal = errors.New("the verification has ended")
	// ErrLinkOver is a link that is too old, or has a newer one in its place.
	ErrLinkOver = errors.New("the link is over")
	// ErrElsewhere is a link that another browser has opened.
	ErrElsewhere = errors.New("another browser has opened this link")
)

// elsewhereEvery is how often a site is told that another browser tries a link: whoever has
// the link may try it without end.
const elsewhereEvery = time.Minute

// Link returns the secret of a verification's link.
func (r *Registry) Link(v sites.Verification) string { return r.cfg.Secrets.LinkSecret(v) }

// OpenLink opens a link in a browser. browser is what OpenLink gave the browser that
// opened it first, empty in any other; what it returns is to be kept there.
// sites.ErrLink, ErrLinkOver, ErrElsewhere and ErrFinal come with the verification
// where it is known.
func (r *Registry) OpenLink(
	ctx context.Context, secret, browser string,
) (v sites.Verification, keep string, err error) {
	id, err := sites.OfLink(secret)
	if err != nil {
		return v, "", err
	}
	var refused error
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if v, err = tx.LockVerification(ctx, id); errors.Is(err, store.ErrNotFound) {
			refused = sites.ErrLink
			return nil
		} else if err != nil {
			return err
		}
		s, err := tx.Site(ctx, v.Site)
		if err != nil {
			return err
		}
		now := r.at(s)
		switch {
		case !r.cfg.Secrets.RightLink(v, secret):
			refused = ErrLinkOver
			if !r.cfg.Secrets.WasLink(v, secret) {
				v, refused = sites.Verification{}, sites.ErrLink
			}
			return nil
		case v.Link.Browser == "":
			if now.After(v.Link.ExpiresAt) {
				refused = ErrLinkOver
				return nil
			}
			keep = rand.Text()
			v.Link.Browser, v.Link.OpenedAt = sites.HashOf(keep), now
			if err := tx.SaveVerification(ctx, v); err != nil {
				return err
			}
			return r.tell(ctx, tx, v, sites.LinkOpened)
		case browser == "" || sites.HashOf(browser) != v.Link.Browser:
			refused = ErrElsewhere
			if now.Sub(v.Link.ElsewhereAt) < elsewhereEvery {
				return nil
			}
			v.Link.ElsewhereAt = now
			if err := tx.SaveVerification(ctx, v); err != nil {
				return err
			}
			return r.tell(ctx, tx, v, sites.LinkElsewhere)
		}
		keep = browser
		return nil
	})
	if err == nil {
		err = refused
	}
	if v.Site != "" {
		r.wake(v.Site)
	}
	return v, keep, err
}

// Follow returns the verification of a link, once it is not of the rev that is known
// or the wait is over. sites.ErrLink, ErrLinkOver.
func (r *Registry) Follow(
	ctx context.Context, secret string, rev int64, wait time.Duration,
) (v sites.Verification, s sites.Site, err error) {
	id, err := sites.OfLink(secret)
	if err != nil {
		return v, s, err
	}
	until := time.Now().Add(wait)
	for {
		v, err = r.load(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound), err == nil && !r.cfg.Secrets.RightLink(v, secret) &&
			!r.cfg.Secrets.WasLink(v, secret):
			return sites.Verification{}, s, sites.ErrLink
		case err != nil:
			return v, s, err
		case !r.cfg.Secrets.RightLink(v, secret):
			return sites.Verification{}, s, ErrLinkOver
		}
		left := time.Until(until)
		if v.Rev != rev || left <= 0 || !r.pause(ctx, v.Site, left) {
			s, err = r.Site(ctx, v.Site)
			return v, s, err
		}
	}
}

// pause waits for news of a site, a look's time at most; false where ctx ends.
func (r *Registry) pause(ctx context.Context, site string, most time.Duration) bool {
	news, stop := r.wait(site)
	defer stop()
	timer := time.NewTimer(min(most, lookEvery))
	defer timer.Stop()
	select {
	case <-news:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// Origins are those whose pages may embed a verification; none where there is none.
func (r *Registry) Origins(ctx context.Context, verification string) []string {
	v, err := r.load(ctx, verification)
	if err != nil {
		return nil
	}
	s, err := r.Site(ctx, v.Site)
	if err != nil {
		return nil
	}
	return s.Origins
}
