package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"visavis/enrolment"
)

// Tx is one transaction. Exactly one of SQLite and Postgres is set; they are for the jobs
// only.
type Tx struct {
	querier
	SQLite   *sql.Tx
	Postgres pgx.Tx

	store *Store
}

// one runs a query for a single row.
func (t *Tx) one(ctx context.Context, into []any, query string, args ...any) error {
	found := false
	err := t.query(ctx, func(scan func(...any) error) error {
		found = true
		return scan(into...)
	}, query, args...)
	if err == nil && !found || errors.Is(err, ErrText) { // nothing is stored under such a text
		err = ErrNotFound
	}
	return err
}

func boolean(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Lock blocks other transactions that lock the same name until this one ends.
func (t *Tx) Lock(ctx context.Context, name string) error { return t.LockOwner(ctx, "lock "+name) }

// LockOwner blocks other transactions that lock the same owner until this one ends.
// SQLite runs one transaction at a time anyway.
func (t *Tx) LockOwner(ctx context.Context, owner string) error {
	if t.Postgres == nil {
		return nil
	}
	_, err := t.exec(ctx, advisoryLock, owner)
	return err
}

const advisoryLock = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`

// lockNext is Lock together with the next statement.
func (t *Tx) lockNext(ctx context.Context, name string) error {
	if t.Postgres == nil {
		return nil
	}
	return t.later(ctx, advisoryLock, "lock "+name)
}

// Notify tells who listens to a channel of PostgreSQL, once the transaction counts. SQLite has none.
func (t *Tx) Notify(ctx context.Context, channel, text string) error {
	if t.Postgres == nil {
		return nil
	}
	return t.later(ctx, `SELECT pg_notify($1, $2)`, channel, text)
}

// Create stores a new enrolment and the first entry of its log.
func (t *Tx) Create(ctx context.Context, r enrolment.Record) error { return t.create(ctx, r, 0) }

// CreateListed is Create with position 1 of the manifest reserved, as by LockManifest.
func (t *Tx) CreateListed(ctx context.Context, r enrolment.Record) error { return t.create(ctx, r, 1) }

func (t *Tx) create(ctx context.Context, r enrolment.Record, entries int64) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := t.later(ctx, `INSERT INTO enrolments
		(id, reference, owner, rev, state, last_action, blind_due, entries, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, r.Reference, r.Owner, r.Rev, string(r.State), r.LastAction.UnixNano(), boolean(r.Review.BlindDue),
		entries, string(body)); err != nil {
		return err
	}
	return t.log(ctx, r)
}

// uniqueViolation is PostgreSQL's code of a value that another row has.
const uniqueViolation = "23505"

// ReferenceTaken tells whether a transaction failed because another enrolment has the reference of a new one.
func ReferenceTaken(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE && strings.Contains(e.Error(), "enrolments.reference")
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == uniqueViolation && e.ConstraintName == "enrolments_reference_key"
}

// Save stores the next rev of an enrolment and its transition. ErrConflict unless the
// stored one is the previous rev.
func (t *Tx) Save(ctx context.Context, r enrolment.Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE enrolments SET rev = $1, state = $2, last_action = $3, blind_due = $4, body = $5
		WHERE id = $6 AND rev = $7`,
		r.Rev, string(r.State), r.LastAction.UnixNano(), boolean(r.Review.BlindDue), string(body), r.ID, r.Rev-1)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrConflict
	}
	return t.log(ctx, r)
}

func (t *Tx) log(ctx context.Context, r enrolment.Record) error {
	l := r.Last
	return t.later(ctx, `INSERT INTO transitions (enrolment, seq, from_state, to_state, action, role, actor, at, why)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, l.Seq, string(l.From), string(l.To), string(l.Action), string(l.By.Role), l.By.ID, l.At.UnixNano(), l.Why)
}

// Load returns an enrolment.
func (t *Tx) Load(ctx context.Context, id string) (enrolment.Record, error) {
	return t.record(ctx, `SELECT body FROM enrolments WHERE id = $1`, id)
}

// LoadReference returns the enrolment of a reference.
func (t *Tx) LoadReference(ctx context.Context, reference string) (enrolment.Record, error) {
	return t.record(ctx, `SELECT body FROM enrolments WHERE reference = $1`, reference)
}

func (t *Tx) record(ctx context.Context, query string, args ...any) (enrolment.Record, error) {
	var body string
	if err := t.one(ctx, []any{&body}, query, args...); err != nil {
		return enrolment.Record{}, err
	}
	return decode(body)
}

func decode(body string) (enrolment.Record, error) {
	var r enrolment.Record
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return enrolment.Record{}, fmt.Errorf("store: a record: %w", err)
	}
	return r, nil
}

func (t *Tx) records(ctx context.Context, query string, args ...any) ([]enrolment.Record, error) {
	var out []enrolment.Record
	err := t.query(ctx, func(scan func(...any) error) error {
		var body string
		if err := scan(&body); err != nil {
			return err
		}
		r, err := decode(body)
		out = append(out, r)
		return err
	}, query, args...)
	return out, err
}

// OfOwner returns a person's enrolments, the newest action first.
func (t *Tx) OfOwner(ctx context.Context, owner string) ([]enrolment.Record, error) {
	return t.records(ctx, `SELECT body FROM enrolments WHERE owner = $1 ORDER BY last_action DESC, id`, owner)
}

// InState returns the enrolments of a state, the oldest first, at most limit.
func (t *Tx) InState(ctx context.Context, s enrolment.State, limit int) ([]enrolment.Record, error) {
	return t.records(ctx, `SELECT body FROM enrolments WHERE state = $1 ORDER BY last_action, id LIMIT $2`,
		string(s), limit)
}

// Candidate is an enrolment that waits for a reviewer, as it is stored: a draw looks into few of those that it chooses
// among.
type Candidate struct{ body string }

// Drawn tells whether the file may be assigned to a reviewer. False is sure.
func (c Candidate) Drawn() bool { return strings.Contains(c.body, `"drawn":{`) }

// Record returns the enrolment.
func (c Candidate) Record() (enrolment.Record, error) { return decode(c.body) }

// ForReview returns the enrolments that wait in a state for a reviewer's decision, the oldest first, at most limit.
func (t *Tx) ForReview(ctx context.Context, s enrolment.State, limit int) ([]Candidate, error) {
	return t.candidates(ctx, `SELECT body FROM enrolments WHERE state = $1 ORDER BY last_action, id LIMIT $2`,
		string(s), limit)
}

// BlindDue returns the accepted enrolments that wait for a blind second look.
func (t *Tx) BlindDue(ctx context.Context, limit int) ([]Candidate, error) {
	return t.candidates(ctx, `SELECT body FROM enrolments WHERE blind_due = 1 ORDER BY last_action, id LIMIT $1`, limit)
}

// DrawnForReview returns those of ForReview, and of BlindDue, that are assigned to a reviewer.
func (t *Tx) DrawnForReview(ctx context.Context, limit int) ([]Candidate, error) {
	const oldest = `SELECT body FROM (SELECT body FROM enrolments WHERE %s ORDER BY last_action, id LIMIT $1) AS oldest
		WHERE body LIKE '%%"drawn":{%%'`
	return t.candidates(ctx, fmt.Sprintf(oldest+" UNION ALL "+oldest+" UNION ALL "+oldest,
		"state = 'review'", "state = 'contested'", "blind_due = 1"), limit)
}

func (t *Tx) candidates(ctx context.Context, query string, args ...any) ([]Candidate, error) {
	var out []Candidate
	err := t.query(ctx, func(scan func(...any) error) error {
		var c Candidate
		err := scan(&c.body)
		out = append(out, c)
		return err
	}, query, args...)
	return out, err
}

// QuietSince returns enrolments without an action since then, the oldest first, after the
// given place (time and id), for iterating over all of them.
func (t *Tx) QuietSince(ctx context.Context, since, after time.Time, afterID string,
	limit int) ([]enrolment.Record, error) {
	from := int64(0)
	if !after.IsZero() {
		from = after.UnixNano()
	}
	return t.records(ctx, `SELECT body FROM enrolments WHERE last_action <= $1
		AND (last_action > $2 OR (last_action = $2 AND id > $3))
		ORDER BY last_action, id LIMIT $4`, since.UnixNano(), from, afterID, limit)
}

// Transitions returns the log of an enrolment in order.
func (t *Tx) Transitions(ctx context.Context, id string) ([]enrolment.Transition, error) {
	var out []enrolment.Transition
	err := t.query(ctx, func(scan func(...any) error) error {
		var l enrolment.Transition
		var at int64
		err := scan(&l.Seq, (*string)(&l.From), (*string)(&l.To), (*string)(&l.Action), (*string)(&l.By.Role),
			&l.By.ID, &at, &l.Why)
		l.At = fromNano(at)
		out = append(out, l)
		return err
	}, `SELECT seq, from_state, to_state, action, role, actor, at, why FROM transitions WHERE enrolment = $1 ORDER BY seq`,
		id)
	return out, err
}

// AddConsents stores answers, each as its own row.
func (t *Tx) AddConsents(ctx context.Context, consents []enrolment.StoredConsent) error {
	for _, c := range consents {
		if err := t.later(ctx, `INSERT INTO consents (id, enrolment, kind, version, text_hash, language, answer, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			c.ID, c.Enrolment, string(c.Kind), c.Version, c.TextHash, c.Language, boolean(c.Yes), c.At.UnixNano()); err != nil {
			return err
		}
	}
	return nil
}

// Consents returns the answers given in an enrolment, the oldest first.
func (t *Tx) Consents(ctx context.Context, id string) ([]enrolment.StoredConsent, error) {
	var out []enrolment.StoredConsent
	err := t.query(ctx, func(scan func(...any) error) error {
		var c enrolment.StoredConsent
		var at, answer int64
		err := scan(&c.ID, &c.Enrolment, (*string)(&c.Kind), &c.Version, &c.TextHash, &c.Language, &answer, &at)
		c.At, c.Yes = fromNano(at), answer == 1
		out = append(out, c)
		return err
	}, `SELECT id, enrolment, kind, version, text_hash, language, answer, at FROM consents WHERE enrolment = $1
		ORDER BY at, id`, id)
	return slices.Clip(out), err
}

// Delete removes everything of an enrolment but its receipts.
func (t *Tx) Delete(ctx context.Context, id string) error {
	for _, table := range []string{"manifest", "evidence_keys", "consents", "transitions", "undelivered",
		"address_codes", "appointments"} {
		if _, err := t.exec(ctx, "DELETE FROM "+table+" WHERE enrolment = $1", id); err != nil {
			return err
		}
	}
	n, err := t.exec(ctx, `DELETE FROM enrolments WHERE id = $1`, id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}
