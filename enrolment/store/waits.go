package store

import (
	"context"
	"time"

	"visavis/enrolment"
)

// Waited is how long one file waited for a decision.
type Waited struct{ From, To time.Time }

// RecentWaits returns the waits of the last decided files, the newest first.
func (t *Tx) RecentWaits(ctx context.Context, limit int) ([]Waited, error) {
	var out []Waited
	err := t.query(ctx, func(scan func(...any) error) error {
		var from, to int64
		err := scan(&to, &from)
		out = append(out, Waited{fromNano(from), fromNano(to)})
		return err
	}, `SELECT d.at, COALESCE((SELECT MAX(w.at) FROM transitions w WHERE w.enrolment = d.enrolment AND w.at <= d.at
			AND w.to_state IN ('review', 'contested') AND w.from_state <> w.to_state), d.at)
		FROM transitions d WHERE d.action = 'decide' AND d.from_state IN ('review', 'contested')
			AND d.to_state <> d.from_state
		ORDER BY d.at DESC LIMIT $1`, limit)
	return out, err
}

// Waiting returns how many files wait for a decision.
func (t *Tx) Waiting(ctx context.Context) (int, error) {
	var n int64
	err := t.one(ctx, []any{&n}, `SELECT COUNT(*) FROM enrolments WHERE state IN ('review', 'contested')`)
	return int(n), err
}

// CountBlindDue returns how many accepted files wait for a blind second look.
func (t *Tx) CountBlindDue(ctx context.Context) (int, error) {
	var n int64
	err := t.one(ctx, []any{&n}, `SELECT COUNT(*) FROM enrolments WHERE blind_due = 1`)
	return int(n), err
}

// BlindLooks returns how many blind second looks were decided in the existing enrolments,
// and how many disagreed with the acceptance.
func (t *Tx) BlindLooks(ctx context.Context) (looked, disagreed int, err error) {
	var n, no int64
	err = t.one(ctx, []any{&n, &no}, `SELECT COUNT(*),
		COALESCE(SUM(CASE WHEN why LIKE 'blind refuse%' THEN 1 ELSE 0 END), 0)
		FROM transitions WHERE action = 'decide' AND why LIKE 'blind %'`)
	return int(n), int(no), err
}

// Decided is one decision of a reviewer, and when they drew the file.
type Decided struct {
	By        string
	Enrolment string
	Reference string
	Drawn, At time.Time
	Why       string // as in the log: "accept", "refuse: reason", "blind …"
}

// Decisions returns the decisions of all reviewers on the existing enrolments.
func (t *Tx) Decisions(ctx context.Context) ([]Decided, error) {
	var out []Decided
	drawn := map[[2]string]time.Time{} // by enrolment and actor
	err := t.query(ctx, func(scan func(...any) error) error {
		var id, reference, actor, action, why string
		var at int64
		if err := scan(&id, &reference, &actor, &action, &at, &why); err != nil {
			return err
		}
		key := [2]string{id, actor}
		if action == string(enrolment.ActionDraw) {
			drawn[key] = fromNano(at)
			return nil
		}
		out = append(out, Decided{actor, id, reference, drawn[key], fromNano(at), why})
		return nil
	}, `SELECT t.enrolment, e.reference, t.actor, t.action, t.at, t.why
		FROM transitions t JOIN enrolments e ON e.id = t.enrolment
		WHERE t.action IN ('draw', 'decide') ORDER BY t.enrolment, t.seq`)
	return out, err
}
