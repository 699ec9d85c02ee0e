package store

import (
	"context"
	"encoding/json"
	"time"

	"visavis/sites"
)

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
	err = decodeInto(body, &e)
	return e, err
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
