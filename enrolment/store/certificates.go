package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/identity"
)

// Certificate is one requested certificate with its owner.
type Certificate struct {
	ID        string
	Enrolment string
	Owner     string
	Rev       int64 // grows by one with every change
	CreatedAt time.Time
	// RemindAt is when its owner is reminded of its expiry; zero: never.
	RemindAt time.Time
	// AddressConfirmed says that letters may go to the address of its request.
	AddressConfirmed bool
	Value            certificate.Certificate
}

// Record returns what letters need of a deleted enrolment, from its certificate, which
// outlives it.
func (c Certificate) Record() enrolment.Record {
	q := c.Value.Request
	r := enrolment.Record{
		ID: c.Enrolment, Reference: q.Reference, Owner: c.Owner, Language: q.Language, State: enrolment.Issued,
		Certificate: c.ID,
		Declared:    enrolment.Declaration{Surname: q.Subject.Surname, GivenNames: q.Subject.GivenNames, Email: q.Email},
	}
	if c.AddressConfirmed {
		r.Address = &enrolment.ConfirmedAddress{Email: q.Email}
	}
	return r
}

// LoadForLetters loads an enrolment or, if it was deleted, what its certificate still
// says of it; kept tells which. ErrNotFound if there is neither.
func (t *Tx) LoadForLetters(ctx context.Context, id string) (r enrolment.Record, kept bool, err error) {
	r, err = t.Load(ctx, id)
	if !errors.Is(err, ErrNotFound) {
		return r, err == nil, err
	}
	c, err := t.CertificateOf(ctx, id)
	if err != nil {
		return enrolment.Record{}, false, err
	}
	return c.Record(), false, nil
}

// listedName is the name for directory searches; empty if it may not be listed.
func (c Certificate) listedName() string {
	if !c.Value.Listed() {
		return ""
	}
	return foldName(c.Value.Details.Subject)
}

// foldName normalises a name for searching: letters and spaces only.
func foldName(name string) string {
	folded, err := identity.Fold(name)
	if err != nil {
		folded = strings.ToUpper(name)
	}
	return strings.ReplaceAll(folded, "<", " ")
}

func (c Certificate) remindAt() int64 {
	if c.RemindAt.IsZero() {
		return 0
	}
	return c.RemindAt.UnixNano()
}

// AddCertificate stores a new certificate.
func (t *Tx) AddCertificate(ctx context.Context, c Certificate) error {
	body, err := json.Marshal(c.Value)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO certificates
		(id, enrolment, owner, rev, created_at, remind_at, listed_name, serial, address_confirmed, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.ID, c.Enrolment, c.Owner, c.Rev, c.CreatedAt.UnixNano(), c.remindAt(), c.listedName(), c.Value.Details.Serial,
		boolean(c.AddressConfirmed), string(body))
	return err
}

// SaveCertificate stores the next rev of a certificate. ErrConflict unless the stored one
// is the previous rev. Only ConfirmCertificateAddress changes whether its address is
// confirmed.
func (t *Tx) SaveCertificate(ctx context.Context, c Certificate) error {
	body, err := json.Marshal(c.Value)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE certificates SET rev = $1, remind_at = $2, listed_name = $3, serial = $4, body = $5
		WHERE id = $6 AND rev = $7`,
		c.Rev, c.remindAt(), c.listedName(), c.Value.Details.Serial, string(body), c.ID, c.Rev-1)
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return err
}

// Certificate returns a certificate.
func (t *Tx) Certificate(ctx context.Context, id string) (Certificate, error) {
	return first(t.certificates(ctx, `WHERE id = $1`, id))
}

// CertificateOf returns the certificate of an enrolment.
func (t *Tx) CertificateOf(ctx context.Context, enrolment string) (Certificate, error) {
	return first(t.certificates(ctx, `WHERE enrolment = $1`, enrolment))
}

// CertificatesOf returns a person's certificates, the newest first.
func (t *Tx) CertificatesOf(ctx context.Context, owner string) ([]Certificate, error) {
	return t.certificates(ctx, `WHERE owner = $1 ORDER BY created_at DESC, id`, owner)
}

// RemindersDue returns the certificates whose owners are due a reminder, at most limit.
func (t *Tx) RemindersDue(ctx context.Context, now time.Time, limit int) ([]Certificate, error) {
	return t.certificates(ctx, `WHERE remind_at > 0 AND remind_at <= $1 ORDER BY remind_at, id LIMIT $2`,
		now.UnixNano(), limit)
}

// Listed searches the listed certificates by a part of the name or the whole serial
// number, at most limit.
func (t *Tx) Listed(ctx context.Context, query string, limit int) ([]Certificate, error) {
	serial := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(query))
	name := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(foldName(query))
	return t.certificates(ctx, `WHERE listed_name <> '' AND (serial = $1 OR listed_name LIKE $2 ESCAPE '\')
		ORDER BY listed_name, created_at DESC LIMIT $3`, serial, "%"+name+"%", limit)
}

func first(list []Certificate, err error) (Certificate, error) {
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Certificate{}, err
	}
	return list[0], nil
}

func (t *Tx) certificates(ctx context.Context, where string, args ...any) ([]Certificate, error) {
	var out []Certificate
	err := t.query(ctx, func(scan func(...any) error) error {
		var c Certificate
		var created, remind, confirmed int64
		var body string
		if err := scan(&c.ID, &c.Enrolment, &c.Owner, &c.Rev, &created, &remind, &confirmed, &body); err != nil {
			return err
		}
		c.CreatedAt, c.AddressConfirmed = fromNano(created), confirmed == 1
		if remind != 0 {
			c.RemindAt = fromNano(remind)
		}
		if err := json.Unmarshal([]byte(body), &c.Value); err != nil {
			return fmt.Errorf("store: a certificate: %w", err)
		}
		out = append(out, c)
		return nil
	}, `SELECT id, enrolment, owner, rev, created_at, remind_at, address_confirmed, body FROM certificates `+
		where, args...)
	return out, err
}

// DropCertificate removes a certificate's row.
func (t *Tx) DropCertificate(ctx context.Context, id string) error {
	_, err := t.exec(ctx, `DELETE FROM certificates WHERE id = $1`, id)
	return err
}

// OldCertificates returns certificates requested before a time, after the given id, at
// most limit, to drop those whose retention has ended.
func (t *Tx) OldCertificates(ctx context.Context, before time.Time, after string, limit int) ([]Certificate, error) {
	return t.certificates(ctx, `WHERE created_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before.UnixNano(), after, limit)
}

// PutProof stores a certificate's proof file, and when its seal needs another time stamp.
func (t *Tx) PutProof(ctx context.Context, id string, proof []byte, due time.Time) error {
	n, err := t.exec(ctx, `UPDATE certificates SET proof = $1, proof_due = $2 WHERE id = $3`,
		base64.StdEncoding.EncodeToString(proof), due.UnixNano(), id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// ProofsDue returns certificates whose proof needs another time stamp by now, those
// that wait longest first.
func (t *Tx) ProofsDue(ctx context.Context, now time.Time, limit int) ([]Certificate, error) {
	return t.certificates(ctx, `WHERE proof_due > 0 AND proof_due <= $1 ORDER BY proof_due, id LIMIT $2`, now.UnixNano(), limit)
}

// Proof returns a certificate's proof file, or ErrNotFound.
func (t *Tx) Proof(ctx context.Context, id string) ([]byte, error) {
	var text string
	if err := t.one(ctx, []any{&text}, `SELECT proof FROM certificates WHERE id = $1 AND proof <> ''`, id); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}
