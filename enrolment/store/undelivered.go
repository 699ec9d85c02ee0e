package store

import (
	"context"
	"errors"
	"time"
)

// Undelivered is a letter of an enrolment that could not be sent.
type Undelivered struct {
	Letter string
	// Reason is a code of enrolment/mail: "address", "refused", "utf8", "unavailable".
	Reason string
	At     time.Time
}

// NoteUndelivered records the last letter of an enrolment that could not be sent.
func (t *Tx) NoteUndelivered(ctx context.Context, enrolment string, u Undelivered) error {
	_, err := t.exec(ctx, `INSERT INTO undelivered (enrolment, letter, reason, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (enrolment) DO UPDATE SET letter = excluded.letter, reason = excluded.reason, at = excluded.at`,
		enrolment, u.Letter, u.Reason, u.At.UnixNano())
	return err
}

// ForgetUndelivered removes the record when a letter was sent, and reports whether there
// was one. Idempotent.
func (t *Tx) ForgetUndelivered(ctx context.Context, enrolment string) (bool, error) {
	n, err := t.exec(ctx, `DELETE FROM undelivered WHERE enrolment = $1`, enrolment)
	return n > 0, err
}

// UndeliveredOf returns the last letter of an enrolment that could not be sent.
// ErrNotFound.
func (t *Tx) UndeliveredOf(ctx context.Context, enrolment string) (Undelivered, error) {
	var u Undelivered
	var at int64
	err := t.one(ctx, []any{&u.Letter, &u.Reason, &at}, `SELECT letter, reason, at FROM undelivered WHERE enrolment = $1`,
		enrolment)
	u.At = fromNano(at)
	return u, err
}

// OrNone returns nil for ErrNotFound, otherwise err.
func OrNone(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
