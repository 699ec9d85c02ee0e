package store

import (
	"context"
	"time"

	"visavis/enrolment"
)

// SetAppointment lists an enrolment's appointment in the place of the one before; nil: it
// has none.
func (t *Tx) SetAppointment(ctx context.Context, id string, a *enrolment.Appointment) error {
	if a == nil {
		_, err := t.exec(ctx, `DELETE FROM appointments WHERE enrolment = $1`, id)
		return err
	}
	_, err := t.exec(ctx, `INSERT INTO appointments (enrolment, at, minutes) VALUES ($1, $2, $3)
		ON CONFLICT (enrolment) DO UPDATE SET at = excluded.at, minutes = excluded.minutes`,
		id, a.At.UnixNano(), a.Minutes)
	return err
}

// Booked returns the appointments of other enrolments that reach into a range, whose end is
// outside, by their beginning. One of no minutes was stored without its length.
func (t *Tx) Booked(ctx context.Context, from, until time.Time, but string) (out []enrolment.Appointment, err error) {
	err = t.query(ctx, func(scan func(...any) error) error {
		var at, minutes int64
		err := scan(&at, &minutes)
		out = append(out, enrolment.Appointment{At: fromNano(at), Minutes: int(minutes)})
		return err
	}, `SELECT at, minutes FROM appointments
		WHERE at < $2 AND (at >= $1 OR at + minutes * 60000000000 > $1) AND enrolment <> $3 ORDER BY at`,
		from.UnixNano(), until.UnixNano(), but)
	return out, err
}

// WithAppointments returns the enrolments whose appointments are not before a time, in
// their order, at most limit.
func (t *Tx) WithAppointments(ctx context.Context, from time.Time, limit int) ([]enrolment.Record, error) {
	return t.records(ctx, `SELECT e.body FROM appointments a JOIN enrolments e ON e.id = a.enrolment
		WHERE a.at >= $1 ORDER BY a.at, e.reference LIMIT $2`, from.UnixNano(), limit)
}
