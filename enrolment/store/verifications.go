package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"visavis/sites"
)

// AddVerification stores a new verification.
func (t *Tx) AddVerification(ctx context.Context, v sites.Verification) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.later(ctx, `INSERT INTO verifications
		(id, site, enrolment, status, reference, created_at, changed_at, expires_at, rev, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		v.ID, v.Site, v.Enrolment, string(v.Status), v.Reference, v.CreatedAt.UnixNano(), v.ChangedAt.UnixNano(),
		v.ExpiresAt.UnixNano(), v.Rev, string(body))
}

// SaveVerification replaces a verification. The caller holds LockVerification.
func (t *Tx) SaveVerification(ctx context.Context, v sites.Verification) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE verifications
		SET enrolment = $1, status = $2, reference = $3, changed_at = $4, expires_at = $5, rev = $6, body = $7
		WHERE id = $8`, v.Enrolment, string(v.Status), v.Reference, v.ChangedAt.UnixNano(), v.ExpiresAt.UnixNano(),
		v.Rev, string(body), v.ID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// Verification returns a verification of any site. ErrNotFound.
func (t *Tx) Verification(ctx context.Context, id string) (v sites.Verification, err error) {
	var body string
	if err := t.one(ctx, []any{&body}, `SELECT body FROM verifications WHERE id = $1`, id); err != nil {
		return v, err
	}
	err = decodeInto(body, &v)
	return v, err
}

// VerificationOf returns a site's verification. The database tells another site's from an
// unknown one no more than it tells the caller. ErrNotFound.
func (t *Tx) VerificationOf(ctx context.Context, site, id string) (v sites.Verification, err error) {
	var body string
	if err := t.one(ctx, []any{&body}, `SELECT body FROM verifications WHERE id = $1 AND site = $2`, id,
		site); err != nil {
		return v, err
	}
	err = decodeInto(body, &v)
	return v, err
}

// LockVerification returns a verification and locks it until the transaction ends.
func (t *Tx) LockVerification(ctx context.Context, id string) (sites.Verification, error) {
	if err := t.lockNext(ctx, "verification "+id); err != nil {
		return sites.Verification{}, err
	}
	return t.Verification(ctx, id)
}

// VerificationFilter selects verifications of a site. Zero fields select all.
type VerificationFilter struct {
	Status       sites.Status
	Reference    string
	From, Before time.Time // of their creation
	// After is the last one of the previous page, AfterAt its creation time.
	After   string
	AfterAt time.Time
	Limit   int
}

// Verifications returns a site's verifications, the newest first.
func (t *Tx) Verifications(ctx context.Context, site string, f VerificationFilter) ([]sites.Verification, error) {
	where, args := []string{"site = $1"}, []any{site}
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, condition)
	}
	if f.Status != "" {
		and("status = ?", string(f.Status))
	}
	if f.Reference != "" {
		and("reference = ?", f.Reference)
	}
	if !f.From.IsZero() {
		and("created_at >= ?", f.From.UnixNano())
	}
	if !f.Before.IsZero() {
		and("created_at < ?", f.Before.UnixNano())
	}
	if f.After != "" {
		at := f.AfterAt.UnixNano()
		and("(created_at < ? OR (created_at = ? AND id < ?))", at, at, f.After)
	}
	args = append(args, f.Limit)
	return bodies[sites.Verification](ctx, t, `SELECT body FROM verifications WHERE `+strings.Join(where, " AND ")+
		fmt.Sprintf(` ORDER BY created_at DESC, id DESC LIMIT $%d`, len(args)), args...)
}

// VerificationsDue returns a site's verifications that wait for their person and expired
// before a time, the oldest first.
func (t *Tx) VerificationsDue(
	ctx context.Context, site string, now time.Time, limit int,
) ([]sites.Verification, error) {
	places, args := statuses(sites.Status.WaitsForPerson, now.UnixNano(), limit, site)
	return bodies[sites.Verification](ctx, t, `SELECT body FROM verifications
		WHERE site = $3 AND expires_at < $1 AND status IN (`+places+`)
		ORDER BY expires_at, id LIMIT $2`, args...)
}

// statuses returns the places of the statuses for which is holds, and the arguments of a query with theirs behind.
func statuses(is func(sites.Status) bool, args ...any) (places string, all []any) {
	var out []string
	for _, s := range sites.Statuses() {
		if is(s) {
			args = append(args, string(s))
			out = append(out, fmt.Sprintf("$%d", len(args)))
		}
	}
	return strings.Join(out, ", "), args
}

// AskedBySite reports whether a site's verification is kept for an owner of enrolments.
func (t *Tx) AskedBySite(ctx context.Context, owner string) (bool, error) {
	id, _, ok := sites.OfSubject(owner)
	if !ok {
		return false, nil
	}
	_, err := t.Verification(ctx, id)
	return err == nil, OrNone(err)
}

// VerificationsOver returns the ids of a site's verifications that have not changed since before a time, have ended,
// and of which no enrolment exists.
func (t *Tx) VerificationsOver(ctx context.Context, s sites.Site, before time.Time, limit int) ([]string, error) {
	// The site's clock dates their creation. The bound lets the existing index serve the query.
	places, args := statuses(sites.Status.Final, s.ID, before.Add(s.Ahead).UnixNano(), before.UnixNano(),
		sites.Verification{Live: s.Live}.Subject(), limit)
	out := []string{}
	err := t.query(ctx, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out = append(out, id)
		return err
	}, `SELECT v.id FROM verifications v
		WHERE v.site = $1 AND v.created_at < $2 AND v.changed_at < $3 AND v.status IN (`+places+`)
		AND NOT EXISTS (SELECT 1 FROM enrolments e WHERE e.owner = CAST($4 AS TEXT) || v.id)
		ORDER BY v.created_at, v.id LIMIT $5`, args...)
	return out, err
}

// Ended is how many verifications have ended in a time, and when the first of them did.
type Ended struct {
	N     int
	First time.Time
}

// EndedVerifications counts the verifications that have ended: before a time, in the week after it, in the rest of the
// 30 days after it, and later. Of those before it the ones whose enrolment exists are left out.
func (t *Tx) EndedVerifications(ctx context.Context, before time.Time) (out [4]Ended, err error) {
	const day = 24 * time.Hour
	places, args := statuses(sites.Status.Final, before.UnixNano(), before.Add(7*day).UnixNano(),
		before.Add(30*day).UnixNano())
	err = t.query(ctx, func(scan func(...any) error) error {
		var part, n, first int64
		err := scan(&part, &n, &first)
		out[part] = Ended{int(n), fromNano(first)}
		return err
	}, `SELECT CASE WHEN v.changed_at < $1 THEN 0 WHEN v.changed_at < $2 THEN 1 WHEN v.changed_at < $3 THEN 2 ELSE 3 END,
			COUNT(*), MIN(v.changed_at)
		FROM verifications v WHERE v.status IN (`+places+`)
		AND (v.changed_at >= $1 OR NOT EXISTS (SELECT 1 FROM enrolments e WHERE e.id = v.enrolment))
		GROUP BY 1`, args...)
	return out, err
}

// DropVerification removes a verification with its events and deliveries. The caller holds LockVerification.
func (t *Tx) DropVerification(ctx context.Context, id string) error {
	for _, table := range []string{"deliveries", "site_events"} {
		if err := t.later(ctx, `DELETE FROM `+table+` WHERE verification = $1`, id); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `DELETE FROM verifications WHERE id = $1`, id)
	return err
}

// DropSiteEvents removes a site's events of no verification from before a time.
func (t *Tx) DropSiteEvents(ctx context.Context, site string, before time.Time) error {
	_, err := t.exec(ctx, `DELETE FROM site_events WHERE site = $1 AND verification = '' AND at < $2`, site,
		before.UnixNano())
	return err
}
