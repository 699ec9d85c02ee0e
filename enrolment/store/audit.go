package store

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"

	"visavis/enrolment"
)

// Audit is one action or its refusal.
type Audit struct {
	At        time.Time
	By        enrolment.Actor
	Action    string // "look", "login", "refused", …
	Enrolment string // empty if it concerns none
	What      string // the picture, the page, the reason; no name of an applicant
}

// AddAudit stores an entry. Its id grows with time, so that entries of the same instant
// keep their order.
func (t *Tx) AddAudit(ctx context.Context, a Audit) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if err := t.later(ctx, `INSERT INTO audit (id, enrolment, at, role, actor, action, what)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id.String(), a.Enrolment, a.At.UnixNano(), string(a.By.Role), a.By.ID, a.Action, a.What,
	); err != nil || a.Enrolment != "" {
		return err
	}
	for _, site := range slices.Compact(slices.Sorted(slices.Values(siteID.FindAllString(a.What, -1)))) {
		if err := t.later(ctx, `INSERT INTO audit_sites (site, audit) VALUES ($1, $2)`, site, id.String()); err != nil {
			return err
		}
	}
	return nil
}

// siteID is the id of a site in what an entry is about.
var siteID = regexp.MustCompile(`site_[a-z0-9]+`)

// Audits returns the entries about an enrolment, the oldest first. "" returns those about
// none.
func (t *Tx) Audits(ctx context.Context, enrolment string) ([]Audit, error) {
	var out []Audit
	err := t.query(ctx, func(scan func(...any) error) error {
		var a Audit
		var at int64
		err := scan(&a.Enrolment, &at, (*string)(&a.By.Role), &a.By.ID, &a.Action, &a.What)
		a.At = fromNano(at)
		out = append(out, a)
		return err
	}, `SELECT enrolment, at, role, actor, action, what FROM audit WHERE enrolment = $1 ORDER BY at, id`, enrolment)
	return out, err
}

// AuditedSince tells whether an entry with the same action, enrolment and text was stored since a time.
func (t *Tx) AuditedSince(ctx context.Context, a Audit, since time.Time) (found bool, err error) {
	err = t.query(ctx, func(scan func(...any) error) error {
		var one int
		found = true
		return scan(&one)
	}, `SELECT 1 FROM audit WHERE enrolment = $1 AND action = $2 AND what = $3 AND at > $4 LIMIT 1`,
		a.Enrolment, a.Action, a.What, since.UnixNano())
	return found, err
}

// Attempt is one started capture.
type Attempt struct {
	ID, Enrolment, Owner string
	Person               string // hash of the declared identity; empty if too little was declared
	At                   time.Time
}

// AddAttempt stores an attempt.
func (t *Tx) AddAttempt(ctx context.Context, a Attempt) error {
	_, err := t.exec(ctx, `INSERT INTO attempts (id, enrolment, owner, person, at) VALUES ($1, $2, $3, $4, $5)`,
		uuid.NewString(), a.Enrolment, a.Owner, a.Person, a.At.UnixNano())
	return err
}

// OtherAttempts returns when an account or a person started captures in other enrolments
// since a time, the oldest first.
func (t *Tx) OtherAttempts(ctx context.Context, a Attempt, since time.Time) ([]time.Time, error) {
	var out []time.Time
	err := t.query(ctx, func(scan func(...any) error) error {
		var at int64
		err := scan(&at)
		out = append(out, fromNano(at))
		return err
	}, `SELECT at FROM attempts WHERE at > $1 AND enrolment <> $2 AND (owner = $3 OR ($4 <> '' AND person = $4))
		ORDER BY at`,
		since.UnixNano(), a.Enrolment, a.Owner, a.Person)
	return out, err
}

// Letter is a requested letter.
type Letter struct {
	Enrolment, Owner string
	Address          string // hash
	Template         string
	At               time.Time
}

// AddLetter stores a requested letter.
func (t *Tx) AddLetter(ctx context.Context, l Letter) error {
	_, err := t.exec(ctx, `INSERT INTO letters (id, enrolment, owner, address, template, at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		uuid.NewString(), l.Enrolment, l.Owner, l.Address, l.Template, l.At.UnixNano())
	return err
}

// LetterSent records the sending of the oldest unsent letter of a template. It returns
// false if none was requested.
func (t *Tx) LetterSent(ctx context.Context, enrolment, template string, at time.Time) (bool, error) {
	n, err := t.exec(ctx, `UPDATE letters SET sent_at = $1 WHERE id = (SELECT id FROM letters
		WHERE enrolment = $2 AND template = $3 AND sent_at = 0 ORDER BY at, id LIMIT 1)`, at.UnixNano(), enrolment, template)
	return n > 0, err
}

// LetterCounts are numbers of letters: of one template in an enrolment, of the enrolment,
// of its account, to its address; of one template of the account and to the address.
// Disowned counts how often the address's reader said that it is not the applicant's.
type LetterCounts struct{ Template, Enrolment, Owner, Address, OwnerTemplate, AddressTemplate, Disowned int }

// Disowned is a pseudo-template in the count of letters: it stands for an address that its
// reader disowned.
const Disowned = "disowned"

// LettersSince counts the letters like l since a time.
func (t *Tx) LettersSince(ctx context.Context, l Letter, since time.Time) (LetterCounts, error) {
	var c LetterCounts
	err := t.query(ctx, func(scan func(...any) error) error {
		var other Letter
		if err := scan(&other.Enrolment, &other.Owner, &other.Address, &other.Template); err != nil {
			return err
		}
		if other.Template == Disowned {
			if other.Address == l.Address {
				c.Disowned++
			}
			return nil
		}
		if other.Enrolment == l.Enrolment {
			c.Enrolment++
			if other.Template == l.Template {
				c.Template++
			}
		}
		if other.Owner == l.Owner {
			c.Owner++
			if other.Template == l.Template {
				c.OwnerTemplate++
			}
		}
		if other.Address == l.Address {
			c.Address++
			if other.Template == l.Template {
				c.AddressTemplate++
			}
		}
		return nil
	}, `SELECT enrolment, owner, address, template FROM letters WHERE at > $1
		AND (enrolment = $2 OR owner = $3 OR address = $4)`,
		since.UnixNano(), l.Enrolment, l.Owner, l.Address)
	return c, err
}

// DropOld removes counts and audit entries from before the given times that belong to no
// existing enrolment.
func (t *Tx) DropOld(ctx context.Context, counts, audit time.Time) error {
	for table, before := range map[string]time.Time{"attempts": counts, "letters": counts, "audit": audit} {
		if _, err := t.exec(ctx, "DELETE FROM "+table+" WHERE at < $1 AND enrolment NOT IN (SELECT id FROM enrolments)",
			before.UnixNano()); err != nil {
			return err
		}
	}
	return nil
}
