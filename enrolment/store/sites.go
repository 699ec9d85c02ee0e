package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"visavis/sites"
)

// AddSite stores a new site.
func (t *Tx) AddSite(ctx context.Context, s sites.Site) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO sites (id, created_at, body) VALUES ($1, $2, $3)`, s.ID, s.CreatedAt.UnixNano(),
		string(body))
	return err
}

// SaveSite replaces a site. The caller holds LockSite. ErrNotFound.
func (t *Tx) SaveSite(ctx context.Context, s sites.Site) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE sites SET body = $1 WHERE id = $2`, string(body), s.ID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// Site returns a site. ErrNotFound.
func (t *Tx) Site(ctx context.Context, id string) (s sites.Site, err error) {
	var body string
	if err := t.one(ctx, []any{&body}, `SELECT body FROM sites WHERE id = $1`, id); err != nil {
		return s, err
	}
	err = decodeInto(body, &s)
	return s, err
}

// LockSite returns a site and keeps other changes of it waiting until the transaction ends. Its events go on.
// ErrNotFound.
func (t *Tx) LockSite(ctx context.Context, id string) (sites.Site, error) {
	if err := t.lockNext(ctx, "site "+id); err != nil {
		return sites.Site{}, err
	}
	return t.Site(ctx, id)
}

// SaveLogo replaces a site's logo; one without a hash removes it.
func (t *Tx) SaveLogo(ctx context.Context, site string, l sites.Logo) error {
	if _, err := t.exec(ctx, `DELETE FROM site_logos WHERE site = $1`, site); err != nil || l.Hash == "" {
		return err
	}
	return t.later(ctx, `INSERT INTO site_logos (site, hash, png) VALUES ($1, $2, $3)`, site, l.Hash,
		base64.StdEncoding.EncodeToString(l.PNG))
}

// Logo returns the logo of a hash. ErrNotFound.
func (t *Tx) Logo(ctx context.Context, hash string) (sites.Logo, error) {
	var text string
	if err := t.one(ctx, []any{&text}, `SELECT png FROM site_logos WHERE hash = $1 LIMIT 1`, hash); err != nil {
		return sites.Logo{}, err
	}
	png, err := base64.StdEncoding.DecodeString(text)
	return sites.Logo{Hash: hash, PNG: png}, err
}

// Sites returns all sites, the oldest first.
func (t *Tx) Sites(ctx context.Context) ([]sites.Site, error) {
	return bodies[sites.Site](ctx, t, `SELECT body FROM sites ORDER BY created_at, id`)
}

func decodeInto(body string, v any) error {
	if err := json.Unmarshal([]byte(body), v); err != nil {
		return fmt.Errorf("store: a row: %w", err)
	}
	return nil
}

// bodies decodes the single column of a query's rows.
func bodies[T any](ctx context.Context, t *Tx, query string, args ...any) ([]T, error) {
	out := []T{}
	err := t.query(ctx, func(scan func(...any) error) error {
		var body string
		var v T
		if err := scan(&body); err != nil {
			return err
		}
		err := decodeInto(body, &v)
		out = append(out, v)
		return err
	}, query, args...)
	return out, err
}

// AddSiteKey stores a key under the hash of its secret.
func (t *Tx) AddSiteKey(ctx context.Context, k sites.Key, hash string) error {
	body, err := json.Marshal(k)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO site_keys (id, site, hash, created_at, body) VALUES ($1, $2, $3, $4, $5)`,
		k.ID, k.Site, hash, k.CreatedAt.UnixNano(), string(body))
	return err
}

// orZero converts a column in which 0 means no time.
func orZero(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return fromNano(n)
}

// SiteKeyOf returns the key of a hash, also if it has ended, and its site. ErrNotFound.
func (t *Tx) SiteKeyOf(ctx context.Context, hash string) (sites.Key, sites.Site, error) {
	return t.siteKey(ctx, `k.hash = $1`, hash)
}

// SiteKeyOfID is SiteKeyOf for the key of an id.
func (t *Tx) SiteKeyOfID(ctx context.Context, id string) (sites.Key, sites.Site, error) {
	return t.siteKey(ctx, `k.id = $1`, id)
}

func (t *Tx) siteKey(ctx context.Context, where, arg string) (k sites.Key, s sites.Site, err error) {
	var key, site string
	var used, ends int64
	if err := t.one(ctx, []any{&key, &used, &ends, &site}, `SELECT k.body, k.used_at, k.ends_at, s.body
		FROM site_keys k JOIN sites s ON s.id = k.site WHERE `+where, arg); err != nil {
		return k, s, err
	}
	err = errors.Join(decodeInto(key, &k), decodeInto(site, &s))
	k.UsedAt, k.EndsAt = orZero(used), orZero(ends)
	return k, s, err
}

// SiteKeys returns the keys of a site, the oldest first.
func (t *Tx) SiteKeys(ctx context.Context, site string) ([]sites.Key, error) {
	out := []sites.Key{}
	err := t.query(ctx, func(scan func(...any) error) error {
		var body string
		var used, ends int64
		var k sites.Key
		if err := scan(&body, &used, &ends); err != nil {
			return err
		}
		err := decodeInto(body, &k)
		k.UsedAt, k.EndsAt = orZero(used), orZero(ends)
		out = append(out, k)
		return err
	}, `SELECT body, used_at, ends_at FROM site_keys WHERE site = $1 ORDER BY created_at, id`, site)
	return out, err
}

// EndSiteKey ends a site's key at a time, unless it ends earlier. ErrNotFound.
func (t *Tx) EndSiteKey(ctx context.Context, site, id string, at time.Time) error {
	n, err := t.exec(ctx, `UPDATE site_keys SET ends_at = CASE WHEN ends_at <> 0 AND ends_at < $1 THEN ends_at ELSE $1 END
		WHERE id = $2 AND site = $3`, at.UnixNano(), id, site)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// SiteKeyUsed records the last use of a key.
func (t *Tx) SiteKeyUsed(ctx context.Context, id string, at time.Time) error {
	_, err := t.exec(ctx, `UPDATE site_keys SET used_at = $1 WHERE id = $2 AND used_at < $1`, at.UnixNano(), id)
	return err
}
