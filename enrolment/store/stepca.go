package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"visavis/certificate/stepca"
)

// StepCA stores what an authority that runs step-ca issues; a stepca.Store.
type StepCA struct{ Store *Store }

// Load implements stepca.Store.
func (s StepCA) Load(ctx context.Context, enrolment string) (e stepca.Entry, err error) {
	var body string
	var rev int64
	err = s.Store.InTx(ctx, func(tx *Tx) error {
		return tx.one(ctx, []any{&rev, &body}, `SELECT rev, body FROM step_certificates WHERE enrolment = $1`, enrolment)
	})
	if errors.Is(err, ErrNotFound) {
		return e, stepca.ErrNotFound
	}
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return e, fmt.Errorf("store: an entry of step-ca: %w", err)
	}
	e.Rev = rev
	return e, nil
}

// Save implements stepca.Store.
func (s StepCA) Save(ctx context.Context, e stepca.Entry) (stepca.Entry, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return e, err
	}
	before := e.Rev
	e.Rev++
	err = s.Store.InTx(ctx, func(tx *Tx) error {
		var n int64
		var err error
		if before == 0 {
			n, err = tx.exec(ctx, `INSERT INTO step_certificates (enrolment, rev, body) VALUES ($1, $2, $3)
				ON CONFLICT (enrolment) DO NOTHING`, e.Enrolment, e.Rev, string(body))
		} else {
			n, err = tx.exec(ctx, `UPDATE step_certificates SET rev = $1, body = $2 WHERE enrolment = $3 AND rev = $4`,
				e.Rev, string(body), e.Enrolment, before)
		}
		if err == nil && n == 0 {
			err = stepca.ErrConflict
		}
		return err
	})
	return e, err
}
