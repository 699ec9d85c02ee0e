package pairing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// compact writes JSON the way a record in a store has it, so that equal states are
// equal bytes.
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

// Load returns the record as it is stored. ErrNotFound.
func (v *Service) Load(ctx context.Context, id string) (Session, error) {
	return v.store.Load(ctx, id)
}

// Subscribe delivers the news of a session until ctx ends or cancel is called; the
// channel is closed then. What an Event points to is shared: read it, do not
// change it. Load after it to miss nothing.
func (v *Service) Subscribe(ctx context.Context, id string) (events <-chan Event, cancel func(), err error) {
	return v.store.Subscribe(ctx, id)
}

// Publish sends disposable news to all who follow the session.
func (v *Service) Publish(ctx context.Context, id string, live []byte) error {
	return v.store.Publish(ctx, id, live)
}

// PutPart keeps one part of a still on its way. The upload names step and seq; one
// of another name replaces what there is. ErrTooLarge when all parts together
// would pass limit bytes.
func (v *Service) PutPart(ctx context.Context, id, upload string, part int, data []byte, limit int) error {
	return v.store.PutPart(ctx, id, upload, part, data, limit, v.cfg.PartLife)
}

// Parts returns the parts of an upload that have arrived, by number; none is not
// an error.
func (v *Service) Parts(ctx context.Context, id, upload string) (map[int][]byte, error) {
	return v.store.Parts(ctx, id, upload)
}

// PutStill keeps the accepted still of a step, of limit bytes at most, as long as the
// record lives. ErrTooLarge, ErrNotFound.
func (v *Service) PutStill(ctx context.Context, id, step string, jpeg []byte, limit int) error {
	return v.store.PutStill(ctx, id, step, jpeg, limit, v.cfg.claimedLife())
}

// Still returns the accepted still of a step. ErrNotFound.
func (v *Service) Still(ctx context.Context, id, step string) ([]byte, error) {
	return v.store.Still(ctx, id, step)
}

// Ping tells whether the store answers.
func (v *Service) Ping(ctx context.Context) error { return v.store.Ping(ctx) }
