package store

import (
	"context"
	"fmt"
	"time"

	"visavis/enrolment"
	"visavis/sites"
)

// SiteCount is the number of a site's verifications in a status.
type SiteCount struct {
	Site   string
	Status sites.Status
	N      int64
}

// CountVerifications counts the verifications of all sites by their status.
func (t *Tx) CountVerifications(ctx context.Context) ([]SiteCount, error) {
	var out []SiteCount
	err := t.query(ctx, func(scan func(...any) error) error {
		var c SiteCount
		err := scan(&c.Site, (*string)(&c.Status), &c.N)
		out = append(out, c)
		return err
	}, `SELECT site, status, COUNT(*) FROM verifications GROUP BY site, status ORDER BY site, status`)
	return out, err
}

// Queued is a file that waits for a decision.
type Queued struct {
	Reference string
	State     enrolment.State
	Since     time.Time
}

// Oldest returns the files that wait for a decision, the oldest first.
func (t *Tx) Oldest(ctx context.Context, limit int) ([]Queued, error) {
	var out []Queued
	err := t.query(ctx, func(scan func(...any) error) error {
		var q Queued
		var at int64
		err := scan(&q.Reference, (*string)(&q.State), &at)
		q.Since = fromNano(at)
		out = append(out, q)
		return err
	}, `SELECT e.reference, e.state, COALESCE((SELECT MAX(w.at) FROM transitions w
		WHERE w.enrolment = e.id AND w.to_state = e.state
			AND w.from_state <> w.to_state), e.last_action) AS since
		FROM enrolments e WHERE e.state IN ('review', 'contested') ORDER BY since, e.id LIMIT $1`, limit)
	return out, err
}

// AuditEntry is a stored Audit. IDs grow with time.
type AuditEntry struct {
	ID string
	Audit
}

// ofSite selects the enrolments of a site's verifications, earlier attempts included.
const ofSite = `(SELECT enrolment FROM verifications WHERE site = $1 UNION
	SELECT e.id FROM enrolments e JOIN verifications v ON e.owner IN ('site:test:' || v.id, 'site:live:' || v.id)
	WHERE v.site = $1)`

// AuditsBefore returns the newest entries from before an id, the newest first; an empty id
// begins with the newest. An empty site means all entries, else those about its
// verifications, and those that name it.
func (t *Tx) AuditsBefore(ctx context.Context, site, before string, limit int) ([]AuditEntry, error) {
	where, args := `$1 = ''`, []any{site, before, limit}
	if site != "" {
		where = `(enrolment IN ` + ofSite + ` OR id IN (SELECT audit FROM audit_sites WHERE site = $1))`
	}
	out := []AuditEntry{}
	err := t.query(ctx, func(scan func(...any) error) error {
		var a AuditEntry
		var at int64
		err := scan(&a.ID, &a.Enrolment, &at, (*string)(&a.By.Role), &a.By.ID, &a.Action, &a.What)
		a.At = fromNano(at)
		out = append(out, a)
		return err
	}, fmt.Sprintf(`SELECT id, enrolment, at, role, actor, action, what FROM audit WHERE %s AND ($2 = '' OR id < $2)
		ORDER BY id DESC LIMIT $3`, where), args...)
	return out, err
}
