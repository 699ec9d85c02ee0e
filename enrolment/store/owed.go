package store

import (
	"context"
	"time"

	"visavis/enrolment"
)

// unacknowledged selects the issued enrolments whose hand-over nobody acknowledged.
const unacknowledged = ` FROM enrolments WHERE state = 'issued' AND NOT EXISTS
	(SELECT 1 FROM transitions WHERE enrolment = enrolments.id AND action = 'hand-over')`

// Unacknowledged returns the issued enrolments whose file nobody acknowledged, the first
// issued first, at most limit.
func (t *Tx) Unacknowledged(ctx context.Context, limit int) ([]enrolment.Record, error) {
	return t.records(ctx, `SELECT body`+unacknowledged+` ORDER BY last_action, id LIMIT $1`, limit)
}

// CountUnacknowledged counts them and says when the first was issued; zero if there is none.
func (t *Tx) CountUnacknowledged(ctx context.Context) (n int, first time.Time, err error) {
	var count, at int64
	err = t.one(ctx, []any{&count, &at}, `SELECT COUNT(*), COALESCE(MIN(last_action), 0)`+unacknowledged)
	if count > 0 {
		first = fromNano(at)
	}
	return int(count), first, err
}
