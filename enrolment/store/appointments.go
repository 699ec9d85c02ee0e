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
	_, err := t.exec(ctx, `INSERT INTO appointments (enrolment, at) VALUES ($1, $2)
		ON CONFLICT (enrolment) DO UPDATE SET at = excluded.at`, id, a.At.UnixNano())
	return err
}

// Booked returns how many other enrolments have an appointment at each time of a range,
// whose end is outside.
func (t *Tx) Booked(ctx context.Context, from, until time.Time, but string) (map[time.Time]int, error) {
	out := map[time.Time]int{}
	err := t.query(ctx, func(scan func(...any) error) error {
		var at, n int64
		err := scan(&at, &n)
		out[fromNano(at)] = int(n)
		return err
	}, `SELECT at, COUNT(*) FROM appointments WHERE at >= $1 AND at < $2 AND enrolment <> $3 GROUP BY at`,
		from.UnixNano(), until.UnixNano(), but)
	return out, err
}

// WithAppointments returns the enrolments whose appointments are not before a time, in
// their order, at most limit.
func (t *Tx) WithAppointments(ctx context.Context, from time.Time, limit int) ([]enrolment.Record, error) {
	return t.records(ctx, `SELECT e.body FROM appointments a JOIN enrolments e ON e.id = a.enrolment
		WHERE a.at >= $1 ORDER BY a.at, e.reference LIMIT $2`, from.UnixNano(), limit)
}
