package store

import (
	"context"
	"encoding/json"
	"fmt"

	"visavis/certificate"
	"visavis/certificate/testca"
)

// TestAuthority stores what the test authority issues; a testca.Store.
type TestAuthority struct{ Store *Store }

// Add implements testca.Store.
func (a TestAuthority) Add(ctx context.Context, e testca.Entry) (testca.Entry, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return testca.Entry{}, err
	}
	err = a.Store.InTx(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, `INSERT INTO test_certificates (enrolment, serial, body) VALUES ($1, $2, $3)
			ON CONFLICT (enrolment) DO NOTHING`,
			e.Enrolment, e.Serial, string(body))
		if err == nil && n == 0 {
			e, err = tx.testEntry(ctx, `WHERE enrolment = $1`, e.Enrolment)
		}
		return err
	})
	return e, err
}

// ByEnrolment implements testca.Store.
func (a TestAuthority) ByEnrolment(ctx context.Context, enrolment string) (testca.Entry, error) {
	return a.entry(ctx, `WHERE enrolment = $1`, enrolment)
}

// BySerial implements testca.Store.
func (a TestAuthority) BySerial(ctx context.Context, serial string) (testca.Entry, error) {
	return a.entry(ctx, `WHERE serial = $1`, serial)
}

func (a TestAuthority) entry(ctx context.Context, where, of string) (e testca.Entry, err error) {
	err = a.Store.InTx(ctx, func(tx *Tx) error {
		e, err = tx.testEntry(ctx, where, of)
		return err
	})
	return e, err
}

// Revoke implements testca.Store.
func (a TestAuthority) Revoke(ctx context.Context, enrolment string,
	r certificate.Revocation) (e testca.Entry, err error) {
	err = a.Store.InTx(ctx, func(tx *Tx) error {
		// Locking the row first serialises two revocations.
		if _, err := tx.exec(ctx, `UPDATE test_certificates SET revoked = 1 WHERE enrolment = $1`, enrolment); err != nil {
			return err
		}
		if e, err = tx.testEntry(ctx, `WHERE enrolment = $1`, enrolment); err != nil || e.Revocation != nil {
			return err
		}
		e.Revocation = &r
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE test_certificates SET body = $1 WHERE enrolment = $2`, string(body), enrolment)
		return err
	})
	return e, err
}

// Revoked implements testca.Store.
func (a TestAuthority) Revoked(ctx context.Context) (list []testca.Entry, err error) {
	err = a.Store.InTx(ctx, func(tx *Tx) error {
		list, err = tx.testEntries(ctx, `WHERE revoked = 1 ORDER BY serial`)
		return err
	})
	return list, err
}

func (t *Tx) testEntry(ctx context.Context, where, of string) (testca.Entry, error) {
	list, err := t.testEntries(ctx, where, of)
	if err == nil && len(list) == 0 {
		err = testca.ErrNotFound
	}
	if err != nil {
		return testca.Entry{}, err
	}
	return list[0], nil
}

func (t *Tx) testEntries(ctx context.Context, where string, args ...any) ([]testca.Entry, error) {
	var out []testca.Entry
	err := t.query(ctx, func(scan func(...any) error) error {
		var body string
		if err := scan(&body); err != nil {
			return err
		}
		var e testca.Entry
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return fmt.Errorf("store: an entry of the test authority: %w", err)
		}
		out = append(out, e)
		return nil
	}, `SELECT body FROM test_certificates `+where, args...)
	return out, err
}
