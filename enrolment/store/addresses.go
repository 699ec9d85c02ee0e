package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// AddressCode is the newest letter that confirms an enrolment's address.
type AddressCode struct {
	Address string // hash; empty if no letter was written yet
	Nonce   string // empty if no letter is valid
	Tries   int
	AskedAt time.Time
	Held    []string // templates of delayed letters, the oldest first
}

// AddressCode returns the letter of an enrolment, or the zero value.
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

// SaveAddressCode replaces the letter.
func (t *Tx) SaveAddressCode(ctx context.Context, enrolment string, c AddressCode) error {
	var asked int64
	if !c.AskedAt.IsZero() {
		asked = c.AskedAt.UnixNano()
	}
	_, err := t.exec(ctx, `INSERT INTO address_codes (enrolment, address, nonce, tries, asked_at, held)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (enrolment) DO UPDATE SET address = excluded.address, nonce = excluded.nonce, tries = excluded.tries,
		asked_at = excluded.asked_at, held = excluded.held`,
		enrolment, c.Address, c.Nonce, c.Tries, asked, strings.Join(c.Held, " "))
	return err
}

// HoldLetter delays a letter until the address is confirmed. Each template is held once.
func (t *Tx) HoldLetter(ctx context.Context, enrolment, template string) error {
	c, err := t.AddressCode(ctx, enrolment)
	if err != nil || slices.Contains(c.Held, template) {
		return err
	}
	c.Held = append(c.Held, template)
	return t.SaveAddressCode(ctx, enrolment, c)
}

// TryAddressCode counts one attempt at the digits of a letter and reports whether one was
// left. Concurrent attempts are counted one after the other.
func (t *Tx) TryAddressCode(ctx context.Context, enrolment string, limit int) (bool, error) {
	n, err := t.exec(ctx, `UPDATE address_codes SET tries = tries + 1 WHERE enrolment = $1 AND nonce <> '' AND tries < $2`,
		enrolment, limit)
	return n > 0, err
}

// ConfirmCertificateAddress records that the address of an enrolment's certificate is its
// owner's. It returns false if there is no certificate, or it was recorded before.
func (t *Tx) ConfirmCertificateAddress(ctx context.Context, enrolment string) (bool, error) {
	n, err := t.exec(ctx, `UPDATE certificates SET address_confirmed = 1 WHERE enrolment = $1 AND address_confirmed = 0`,
		enrolment)
	return n > 0, err
}
