package registry

import (
	"context"
	"fmt"
	"time"

	"visavis/enrolment/store"
	"visavis/sites"
)

// maxEndpoints of one site.
const maxEndpoints = 20

// AddEndpoint registers an address of a site. *sites.InvalidError.
func (r *Registry) AddEndpoint(ctx context.Context, s sites.Site, e sites.Endpoint) (sites.Endpoint, error) {
	e.ID, e.Site, e.Enabled, e.Version, e.CreatedAt = sites.NewID("end"), s.ID, true, 1, r.now()
	if err := e.Check(s.Live); err != nil {
		return e, err
	}
	return e, r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(ctx, "endpoints "+s.ID); err != nil {
			return err
		}
		known, err := tx.Endpoints(ctx, s.ID)
		if err == nil && len(known) >= maxEndpoints {
			err = &sites.InvalidError{Field: "url", Have: e.URL,
				Want: fmt.Sprintf("a site with fewer endpoints: %d are the most; delete one that is no longer used", maxEndpoints)}
		}
		if err != nil {
			return err
		}
		return tx.AddEndpoint(ctx, e)
	})
}

// Endpoints returns a site's endpoints, the oldest first.
func (r *Registry) Endpoints(ctx context.Context, site string) (list []sites.Endpoint, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.Endpoints(ctx, site)
		return err
	})
	return list, err
}

// Endpoint returns a site's endpoint. store.ErrNotFound.
func (r *Registry) Endpoint(ctx context.Context, site, id string) (e sites.Endpoint, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		e, err = tx.Endpoint(ctx, site, id)
		return err
	})
	return e, err
}

// ChangeEndpoint changes a site's endpoint. *sites.InvalidError, store.ErrNotFound.
func (r *Registry) ChangeEndpoint(ctx context.Context, s sites.Site, id string,
	change func(*sites.Endpoint)) (e sites.Endpoint, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if e, err = tx.LockEndpoint(ctx, s.ID, id); err != nil {
			return err
		}
		change(&e)
		if e.Enabled {
			e.WhyNot = ""
		}
		if err := e.Check(s.Live); err != nil {
			return err
		}
		return tx.SaveEndpoint(ctx, e)
	})
	return e, err
}

// RotateEndpoint gives an endpoint new secrets; those before sign too for overlap.
func (r *Registry) RotateEndpoint(ctx context.Context, s sites.Site, id string,
	overlap time.Duration) (sites.Endpoint, error) {
	return r.ChangeEndpoint(ctx, s, id, func(e *sites.Endpoint) {
		e.Version++
		e.BeforeUntil = r.now().Add(overlap)
	})
}

// DropEndpoint removes a site's endpoint with its deliveries. store.ErrNotFound.
func (r *Registry) DropEndpoint(ctx context.Context, site, id string) error {
	return r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockEndpoint(ctx, site, id); err != nil {
			return err
		}
		return tx.DropEndpoint(ctx, id)
	})
}

// KeysOf returns what an endpoint checks signatures with.
func (r *Registry) KeysOf(e sites.Endpoint) sites.WebhookKeys {
	return r.cfg.Secrets.KeysOf(e.ID, e.Version)
}

// WhySignature tells whether a signature that came to an endpoint is right, and what
// is wrong else.
func (r *Registry) WhySignature(_ context.Context, e sites.Endpoint, id string, at time.Time, signature string,
	body []byte) (good bool, why string) {
	return r.cfg.Secrets.Why(e, id, at, signature, body, r.now())
}
