package pairing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// compact returns JSON in the form that records store, so that equal states are equal
// bytes.
func compact(flow json.RawMessage) (json.RawMessage, error) {
	if flow == nil {
		return nil, nil
	}
	var b bytes.Buffer
	if err := json.Compact(&b, flow); err != nil {
		return nil, fmt.Errorf("flow: %w", err)
	}
	return b.Bytes(), nil
}

// Load returns the stored record. ErrNotFound.
func (v *Service) Load(ctx context.Context, id string) (Session, error) {
	return v.store.Load(ctx, id)
}

// Subscribe delivers the events of a session until ctx ends or cancel is called, which
// closes the channel. Events are shared: do not modify what they point to. Call Load
// after it to miss nothing.
func (v *Service) Subscribe(ctx context.Context, id string) (events <-chan Event, cancel func(), err error) {
	return v.store.Subscribe(ctx, id)
}

// Publish sends disposable news to all subscribers of the session.
func (v *Service) Publish(ctx context.Context, id string, live []byte) error {
	return v.store.Publish(ctx, id, live)
}

// PutPart stores one part of a still in transfer. upload names step and seq; a part of
// another upload replaces the parts of this one. ErrTooLarge if all parts together would
// exceed limit bytes.
func (v *Service) PutPart(ctx context.Context, id, upload string, part int, data []byte, limit int) error {
	return v.store.PutPart(ctx, id, upload, part, data, limit, v.cfg.PartLife)
}

// Parts returns the received parts of an upload by number. No parts is not an error.
func (v *Service) Parts(ctx context.Context, id, upload string) (map[int][]byte, error) {
	return v.store.Parts(ctx, id, upload)
}

// PutStill stores the accepted still of a step, at most limit bytes, for the lifetime of
// the record. ErrTooLarge, ErrNotFound.
func (v *Service) PutStill(ctx context.Context, id, step string, jpeg []byte, limit int) error {
	return v.store.PutStill(ctx, id, step, jpeg, limit, v.cfg.claimedLife())
}

// Still returns the accepted still of a step. ErrNotFound.
func (v *Service) Still(ctx context.Context, id, step string) ([]byte, error) {
	return v.store.Still(ctx, id, step)
}

// Ping reports whether the store answers.
func (v *Service) Ping(ctx context.Context) error { return v.store.Ping(ctx) }
