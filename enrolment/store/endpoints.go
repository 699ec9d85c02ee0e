package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"visavis/sites"
)

// AddEndpoint stores a new endpoint.
func (t *Tx) AddEndpoint(ctx context.Context, e sites.Endpoint) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO endpoints (id, site, created_at, body) VALUES ($1, $2, $3, $4)`, e.ID, e.Site,
		e.CreatedAt.UnixNano(), string(body))
	return err
}

// SaveEndpoint replaces an endpoint. The caller holds LockEndpoint. ErrNotFound.
func (t *Tx) SaveEndpoint(ctx context.Context, e sites.Endpoint) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE endpoints SET body = $1 WHERE id = $2`, string(body), e.ID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// LockEndpoint returns a site's endpoint and locks it until the transaction ends.
// ErrNotFound.
func (t *Tx) LockEndpoint(ctx context.Context, site, id string) (e sites.Endpoint, err error) {
	if err := t.lockNext(ctx, "endpoint "+id); err != nil {
		return e, err
	}
	return t.Endpoint(ctx, site, id)
}

// Endpoint returns a site's endpoint; an empty site means any. ErrNotFound.
func (t *Tx) Endpoint(ctx context.Context, site, id string) (e sites.Endpoint, err error) {
	var body string
	if err := t.one(ctx, []any{&body}, `SELECT body FROM endpoints WHERE id = $1 AND ($2 = '' OR site = $2)`, id,
		site); err != nil {
		return e, err
	}
	err = decodeInto(body, &e)
	return e, err
}

// Endpoints returns a site's endpoints, the oldest first.
func (t *Tx) Endpoints(ctx context.Context, site string) ([]sites.Endpoint, error) {
	return bodies[sites.Endpoint](ctx, t, `SELECT body FROM endpoints WHERE site = $1 ORDER BY created_at, id`, site)
}

// ToDeliver returns a delivery with its endpoint and its site, by one statement. ErrNotFound.
func (t *Tx) ToDeliver(ctx context.Context, id string) (d sites.Delivery, e sites.Endpoint, s sites.Site, err error) {
	var delivery, endpoint, site string
	if err := t.one(ctx, []any{&delivery, &endpoint, &site}, `SELECT d.body, e.body, s.body FROM deliveries d
		JOIN endpoints e ON e.id = d.endpoint JOIN sites s ON s.id = e.site WHERE d.id = $1`, id); err != nil {
		return d, e, s, err
	}
	err = errors.Join(decodeInto(delivery, &d), decodeInto(endpoint, &e), decodeInto(site, &s))
	return d, e, s, err
}

// DropEndpoint removes an endpoint with its deliveries.
func (t *Tx) DropEndpoint(ctx context.Context, id string) error {
	if _, err := t.exec(ctx, `DELETE FROM deliveries WHERE endpoint = $1`, id); err != nil {
		return err
	}
	_, err := t.exec(ctx, `DELETE FROM endpoints WHERE id = $1`, id)
	return err
}

// AddDelivery stores a new delivery.
func (t *Tx) AddDelivery(ctx context.Context, d sites.Delivery) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return t.later(ctx, `INSERT INTO deliveries (id, endpoint, verification, state, at, body)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		d.ID, d.Endpoint, d.Verification, string(d.State), d.CreatedAt.UnixNano(), string(body))
}

// SaveDelivery replaces a delivery. ErrNotFound.
func (t *Tx) SaveDelivery(ctx context.Context, d sites.Delivery) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE deliveries SET state = $1, body = $2 WHERE id = $3`, string(d.State), string(body), d.ID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// Delivery returns a delivery. ErrNotFound.
func (t *Tx) Delivery(ctx context.Context, id string) (d sites.Delivery, err error) {
	var body string
	if err := t.one(ctx, []any{&body}, `SELECT body FROM deliveries WHERE id = $1`, id); err != nil {
		return d, err
	}
	err = decodeInto(body, &d)
	return d, err
}

// LockDelivery returns a delivery and the status of its verification, which it locks until the transaction ends; empty:
// it is of none. ErrNotFound.
func (t *Tx) LockDelivery(ctx context.Context, id, verification string) (d sites.Delivery, of sites.Status, err error) {
	if verification != "" {
		if err := t.lockNext(ctx, "verification "+verification); err != nil {
			return d, of, err
		}
	}
	var body string
	if err := t.one(ctx, []any{&body, (*string)(&of)}, `SELECT d.body, COALESCE(v.status, '') FROM deliveries d
		LEFT JOIN verifications v ON v.id = d.verification WHERE d.id = $1`, id); err != nil {
		return d, of, err
	}
	err = decodeInto(body, &d)
	return d, of, err
}

// Deliveries returns an endpoint's deliveries, the newest first, after the given one and
// of the given state unless these are empty.
func (t *Tx) Deliveries(ctx context.Context, endpoint string, state sites.DeliveryState, after string,
	afterAt time.Time, limit int) ([]sites.Delivery, error) {
	at := int64(1<<63 - 1)
	if after != "" {
		at = afterAt.UnixNano()
	}
	return bodies[sites.Delivery](ctx, t, `SELECT body FROM deliveries WHERE endpoint = $1 AND ($2 = '' OR state = $2)
		AND (at < $3 OR (at = $3 AND id < $4)) ORDER BY at DESC, id DESC LIMIT $5`, endpoint, string(state), at, after, limit)
}

// DeliveriesOf returns the deliveries of a verification.
func (t *Tx) DeliveriesOf(ctx context.Context, verification string) ([]sites.Delivery, error) {
	return bodies[sites.Delivery](ctx, t, `SELECT body FROM deliveries WHERE verification = $1 ORDER BY at, id`,
		verification)
}

// DropDeliveries removes deliveries from before a time.
func (t *Tx) DropDeliveries(ctx context.Context, before time.Time) error {
	_, err := t.exec(ctx, `DELETE FROM deliveries WHERE at < $1`, before.UnixNano())
	return err
}
