package registry

import (
	"context"
	"errors"
	"time"

	"visavis/enrolment/store"
	"visavis/sites"
)

// AddKey makes a key for a site. secret is shown once. *sites.InvalidError,
// store.ErrNotFound.
func (r *Registry) AddKey(
	ctx context.Context, site, label string, scopes []sites.Scope,
) (k sites.Key, secret string, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		s, err := tx.Site(ctx, site)
		if err != nil {
			return err
		}
		var hash string
		if k, secret, hash, err = sites.NewKey(s, label, scopes, r.now()); err != nil {
			return err
		}
		return tx.AddSiteKey(ctx, k, hash)
	})
	if err != nil {
		secret = ""
	}
	return k, secret, err
}

// RotateKey makes a key with the scopes of another, which ends after overlap.
func (r *Registry) RotateKey(
	ctx context.Context, site, id string, overlap time.Duration,
) (k sites.Key, secret string, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		s, err := tx.Site(ctx, site)
		if err != nil {
			return err
		}
		old, err := keyOf(ctx, tx, site, id)
		if err != nil {
			return err
		}
		var hash string
		if k, secret, hash, err = sites.NewKey(s, old.Label, old.Scopes, r.now()); err != nil {
			return err
		}
		if err := tx.AddSiteKey(ctx, k, hash); err != nil {
			return err
		}
		return tx.EndSiteKey(ctx, site, id, r.now().Add(overlap))
	})
	if err != nil {
		secret = ""
	}
	return k, secret, err
}

// keyOf returns a key of a site. store.ErrNotFound.
func keyOf(ctx context.Context, tx *store.Tx, site, id string) (sites.Key, error) {
	all, err := tx.SiteKeys(ctx, site)
	for _, k := range all {
		if k.ID == id {
			return k, err
		}
	}
	return sites.Key{}, errors.Join(err, store.ErrNotFound)
}

// RevokeKey ends a key at once. store.ErrNotFound.
func (r *Registry) RevokeKey(ctx context.Context, site, id string) error {
	return r.cfg.Store.InTx(ctx, func(tx *store.Tx) error { return tx.EndSiteKey(ctx, site, id, r.now()) })
}

// Keys returns a site's keys, the oldest first.
func (r *Registry) Keys(ctx context.Context, site string) (list []sites.Key, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.SiteKeys(ctx, site)
		return err
	})
	return list, err
}

// ErrKey is a key that is none, or has ended: who asks learns no more.
var ErrKey = errors.New("no such key, or it has ended")

// usedEvery is how exactly it is known when a key was used.
const usedEvery = time.Minute

// Caller returns whose key this is. ErrKey.
func (r *Registry) Caller(ctx context.Context, secret string) (s sites.Site, k sites.Key, err error) {
	if !sites.LooksLikeKey(secret) {
		return s, k, ErrKey
	}
	now := r.now()
	err = r.cfg.Store.Look(ctx, func(tx *store.Tx) error {
		k, s, err = tx.SiteKeyOf(ctx, sites.HashKey(secret))
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && k.Over(now):
		return s, k, ErrKey
	case err != nil || now.Sub(k.UsedAt) < usedEvery:
		return s, k, err
	}
	return s, k, r.cfg.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SiteKeyUsed(ctx, k.ID, now) })
}

// tokensFor is how long an access token lasts.
const tokensFor = time.Hour

// AccessToken returns a text that stands for a key, and how long. A revoked key ends its tokens.
func (r *Registry) AccessToken(k sites.Key) (token string, lasts time.Duration) {
	return r.cfg.Secrets.AccessToken(k.ID, r.now().Add(tokensFor)), tokensFor
}

// CallerByToken returns the site and the key to which an access token was issued. ErrKey.
func (r *Registry) CallerByToken(ctx context.Context, token string) (s sites.Site, k sites.Key, err error) {
	id, until, ok := r.cfg.Secrets.OfAccessToken(token)
	if !ok || !r.now().Before(until) {
		return s, k, ErrKey
	}
	err = r.cfg.Store.Look(ctx, func(tx *store.Tx) error {
		k, s, err = tx.SiteKeyOfID(ctx, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && k.Over(r.now()) {
		return s, k, ErrKey
	}
	return s, k, err
}
