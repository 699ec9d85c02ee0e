package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
	return s, decodeInto(body, &s)
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
func (t *Tx) SiteKeyOf(ctx context.Context, hash string) (k sites.Key, s sites.Site, err error) {
	var key, site string
	var used, ends int64
	if err := t.one(ctx, []any{&key, &used, &ends, &site}, `SELECT k.body, k.used_at, k.ends_at, s.body
		FROM site_keys k JOIN sites s ON s.id = k.site WHERE k.hash = $1`, hash); err != nil {
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

// AddVerification stores a new verification.
func (t *Tx) AddVerification(ctx context.Context, v sites.Verification) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.later(ctx, `INSERT INTO verifications
		(id, site, enrolment, status, reference, created_at, changed_at, expires_at, rev, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		v.ID, v.Site, v.Enrolment, string(v.Status), v.Reference, v.CreatedAt.UnixNano(), v.ChangedAt.UnixNano(),
		v.ExpiresAt.UnixNano(), v.Rev, string(body))
}

// SaveVerification replaces a verification. The caller holds LockVerification.
func (t *Tx) SaveVerification(ctx context.Context, v sites.Verification) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE verifications
		SET enrolment = $1, status = $2, reference = $3, changed_at = $4, expires_at = $5, rev = $6, body = $7
		WHERE id = $8`, v.Enrolment, string(v.Status), v.Reference, v.ChangedAt.UnixNano(), v.ExpiresAt.UnixNano(),
		v.Rev, string(body), v.ID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// Verification returns a verification of any site. ErrNotFound.
func (t *Tx) Verification(ctx context.Context, id string) (v sites.Verification, err error) {
	var body string
	if err := t.one(ctx, []any{&body}, `SELECT body FROM verifications WHERE id = $1`, id); err != nil {
		return v, err
	}
	return v, decodeInto(body, &v)
}

// VerificationOf returns a site's verification. The database tells another site's from an
// unknown one no more than it tells the caller. ErrNotFound.
func (t *Tx) VerificationOf(ctx context.Context, site, id string) (v sites.Verification, err error) {
	var body string
	if err := t.one(ctx, []any{&body}, `SELECT body FROM verifications WHERE id = $1 AND site = $2`, id,
		site); err != nil {
		return v, err
	}
	return v, decodeInto(body, &v)
}

// LockVerification returns a verification and locks it until the transaction ends.
func (t *Tx) LockVerification(ctx context.Context, id string) (sites.Verification, error) {
	if err := t.lockNext(ctx, "verification "+id); err != nil {
		return sites.Verification{}, err
	}
	return t.Verification(ctx, id)
}

// VerificationFilter selects verifications of a site. Zero fields select all.
type VerificationFilter struct {
	Status       sites.Status
	Reference    string
	From, Before time.Time // of their creation
	// After is the last one of the previous page, AfterAt its creation time.
	After   string
	AfterAt time.Time
	Limit   int
}

// Verifications returns a site's verifications, the newest first.
func (t *Tx) Verifications(ctx context.Context, site string, f VerificationFilter) ([]sites.Verification, error) {
	where, args := []string{"site = $1"}, []any{site}
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, condition)
	}
	if f.Status != "" {
		and("status = ?", string(f.Status))
	}
	if f.Reference != "" {
		and("reference = ?", f.Reference)
	}
	if !f.From.IsZero() {
		and("created_at >= ?", f.From.UnixNano())
	}
	if !f.Before.IsZero() {
		and("created_at < ?", f.Before.UnixNano())
	}
	if f.After != "" {
		at := f.AfterAt.UnixNano()
		and("(created_at < ? OR (created_at = ? AND id < ?))", at, at, f.After)
	}
	args = append(args, f.Limit)
	return bodies[sites.Verification](ctx, t, `SELECT body FROM verifications WHERE `+strings.Join(where, " AND ")+
		fmt.Sprintf(` ORDER BY created_at DESC, id DESC LIMIT $%d`, len(args)), args...)
}

// VerificationsDue returns a site's verifications that wait for their person and expired
// before a time, the oldest first.
func (t *Tx) VerificationsDue(
	ctx context.Context, site string, now time.Time, limit int,
) ([]sites.Verification, error) {
	var waiting []any
	places := []string{}
	for _, s := range sites.Statuses() {
		if s.WaitsForPerson() {
			waiting = append(waiting, string(s))
			places = append(places, fmt.Sprintf("$%d", len(waiting)+3))
		}
	}
	return bodies[sites.Verification](ctx, t, `SELECT body FROM verifications
		WHERE site = $3 AND expires_at < $1 AND status IN (`+strings.Join(places, ", ")+`)
		ORDER BY expires_at, id LIMIT $2`, append([]any{now.UnixNano(), limit, site}, waiting...)...)
}

// AskedBySite reports whether a site's verification is kept for an owner of enrolments.
func (t *Tx) AskedBySite(ctx context.Context, owner string) (bool, error) {
	id, _, ok := sites.OfSubject(owner)
	if !ok {
		return false, nil
	}
	_, err := t.Verification(ctx, id)
	return err == nil, OrNone(err)
}

// VerificationsOver returns the ids of a site's verifications that have not changed since before a time, have ended,
// and of which no enrolment exists.
func (t *Tx) VerificationsOver(ctx context.Context, s sites.Site, before time.Time, limit int) ([]string, error) {
	// Their creation is told by the site's clock. It bounds what is read, by an index that is there.
	args := []any{s.ID, before.Add(s.Ahead).UnixNano(), before.UnixNano(), sites.Verification{Live: s.Live}.Subject(),
		limit}
	places := []string{}
	for _, status := range sites.Statuses() {
		if status.Final() {
			args = append(args, string(status))
			places = append(places, fmt.Sprintf("$%d", len(args)))
		}
	}
	out := []string{}
	err := t.query(ctx, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out = append(out, id)
		return err
	}, `SELECT v.id FROM verifications v
		WHERE v.site = $1 AND v.created_at < $2 AND v.changed_at < $3 AND v.status IN (`+strings.Join(places, ", ")+`)
		AND NOT EXISTS (SELECT 1 FROM enrolments e WHERE e.owner = CAST($4 AS TEXT) || v.id)
		ORDER BY v.created_at, v.id LIMIT $5`, args...)
	return out, err
}

// DropVerification removes a verification with its events and deliveries. The caller holds LockVerification.
func (t *Tx) DropVerification(ctx context.Context, id string) error {
	for _, table := range []string{"deliveries", "site_events"} {
		if err := t.later(ctx, `DELETE FROM `+table+` WHERE verification = $1`, id); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `DELETE FROM verifications WHERE id = $1`, id)
	return err
}

// DropSiteEvents removes a site's events of no verification from before a time.
func (t *Tx) DropSiteEvents(ctx context.Context, site string, before time.Time) error {
	_, err := t.exec(ctx, `DELETE FROM site_events WHERE site = $1 AND verification = '' AND at < $2`, site,
		before.UnixNano())
	return err
}

// AddSiteEvent stores an event under the next number of its site, and returns it with
// that number, and the site.
func (t *Tx) AddSiteEvent(ctx context.Context, e sites.Event) (_ sites.Event, s sites.Site, err error) {
	// The row is locked until the transaction ends: numbers become visible in order.
	var site string
	if err := t.one(ctx, []any{&e.Seq, &site}, `UPDATE sites SET last_seq = last_seq + 1 WHERE id = $1
		RETURNING last_seq, body`, e.Site); err != nil {
		return e, s, err
	}
	if err := decodeInto(site, &s); err != nil {
		return e, s, err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return e, s, err
	}
	err = t.later(ctx, `INSERT INTO site_events (id, site, seq, verification, at, body) VALUES ($1, $2, $3, $4, $5, $6)`,
		e.ID, e.Site, e.Seq, e.Verification, e.At.UnixNano(), string(body))
	return e, s, err
}

// SiteEvents returns events of a site after a number, in order; only those of one
// verification unless that is empty.
func (t *Tx) SiteEvents(ctx context.Context, site, verification string, after int64, limit int) ([]sites.Event, error) {
	if verification != "" {
		return bodies[sites.Event](ctx, t,
			`SELECT body FROM site_events WHERE site = $1 AND verification = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
			site, verification, after, limit)
	}
	return bodies[sites.Event](ctx, t, `SELECT body FROM site_events WHERE site = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
		site, after, limit)
}

// SiteEvent returns one event. ErrNotFound.
func (t *Tx) SiteEvent(ctx context.Context, site, id string) (e sites.Event, err error) {
	var body string
	if err := t.one(ctx, []any{&body}, `SELECT body FROM site_events WHERE site = $1 AND id = $2`, site, id); err != nil {
		return e, err
	}
	e.Site = site
	return e, decodeInto(body, &e)
}

// SiteRequest is what was created under an Idempotency-Key.
type SiteRequest struct{ Site, Request, Content, Made string }

// MadeBefore returns what was created under a request's key since a time. ErrNotFound.
func (t *Tx) MadeBefore(ctx context.Context, site, request string, since time.Time) (SiteRequest, error) {
	r := SiteRequest{Site: site, Request: request}
	err := t.one(ctx, []any{&r.Content, &r.Made},
		`SELECT content, made FROM site_requests WHERE site = $1 AND request = $2 AND at >= $3`,
		site, request, since.UnixNano())
	return r, err
}

// NoteMade records what was created under a request's key, in the place of what was before since. ErrConflict if
// something was created under it since.
func (t *Tx) NoteMade(ctx context.Context, r SiteRequest, now, since time.Time) error {
	n, err := t.exec(ctx, `INSERT INTO site_requests (site, request, content, made, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (site, request) DO UPDATE SET content = excluded.content, made = excluded.made, at = excluded.at
		WHERE site_requests.at < $6`, r.Site, r.Request, r.Content, r.Made, now.UnixNano(), since.UnixNano())
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return err
}

// DropMade removes the records of NoteMade from before a time.
func (t *Tx) DropMade(ctx context.Context, before time.Time) error {
	_, err := t.exec(ctx, `DELETE FROM site_requests WHERE at < $1`, before.UnixNano())
	return err
}
