package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// AddressCode is the newest letter that asked whether an enrolment's address is its
// applicant's.
type AddressCode struct {
	Address string // hash; empty: no letter was written yet
	Nonce   string // empty: nothing counts any more, or yet
	Tries   int
	AskedAt time.Time
	Held    []string // templates of letters that wait for the confirmation, the oldest first
}

// AddressCode returns the letter of an enrolment; the zero value where there is none.
func (t *Tx) AddressCode(ctx context.Context, enrolment string) (AddressCode, error) {
	var c AddressCode
	var tries, asked int64
	var held string
	err := t.one(ctx, []any{&c.Address, &c.Nonce, &tries, &asked, &held},
		`SELECT address, nonce, tries, asked_at, held FROM address_codes WHERE enrolment = $1`, enrolment)
	if err != nil {
		return AddressCode{}, OrNone(err)
	}
	c.Tries, c.Held = int(tries), strings.Fields(held)
	if asked != 0 {
		c.AskedAt = fromNano(asked)
	}
	return c, nil
}

// SaveAddressCode puts a letter in the place of the one before.
func (t *Tx) SaveAddressCode(ctx context.Context, enrolment string, c AddressCode) error {
	var asked int64
	if !c.AskedAt.IsZero() {
		asked = c.AskedAt.UnixNano()
	}
	_, err := t.exec(ctx, `INSERT INTO address_codes (enrolment, address, nonce, tries, asked_at, held) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (enrolment) DO UPDATE SET address = excluded.address, nonce = excluded.nonce, tries = excluded.tries,
		asked_at = excluded.asked_at, held = excluded.held`,
		enrolment, c.Address, c.Nonce, c.Tries, asked, strings.Join(c.Held, " "))
	return err
}

// HoldLetter keeps a letter back until the address is confirmed. One of a template is
// enough.
func (t *Tx) HoldLetter(ctx context.Context, enrolment, template string) error {
	c, err := t.AddressCode(ctx, enrolment)
	if err != nil || slices.Contains(c.Held, template) {
		return err
	}
	c.Held = append(c.Held, template)
	return t.SaveAddressCode(ctx, enrolment, c)
}

// TryAddressCode counts one try at the digits of a letter, and tells whether there was
// one left. Tries at the same time are counted one after the other.
func (t *Tx) TryAddressCode(ctx context.Context, enrolment string, limit int) (bool, error) {
	n, err := t.exec(ctx, `UPDATE address_codes SET tries = tries + 1 WHERE enrolment = $1 AND nonce <> '' AND tries < $2`, enrolment, limit)
	return n > 0, err
}

// ConfirmCertificateAddress notes that the address of an enrolment's certificate is its
// owner's. It returns false where there is no certificate, or it was noted before.
func (t *Tx) ConfirmCertificateAddress(ctx context.Context, enrolment string) (bool, error) {
	n, err := t.exec(ctx, `UPDATE certificates SET address_confirmed = 1 WHERE enrolment = $1 AND address_confirmed = 0`, enrolment)
	return n > 0, err
}
