package enrolment

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// AddressWay is how an e-mail address was confirmed.
type AddressWay string

// The ways.
const (
	ByLogin  AddressWay = "login"  // the provider of the login vouches for it
	ByDigits AddressWay = "digits" // the digits of a letter were typed
	ByLink   AddressWay = "link"   // the link of a letter was opened, and its button pressed
)

// ConfirmedAddress is the e-mail address that its owner was shown to read.
type ConfirmedAddress struct {
	Email string     `json:"email"`
	Way   AddressWay `json:"way"`
	At    time.Time  `json:"at"`
}

// AddressConfirmed tells whether letters may go to the declared address. A corrected
// address has to be confirmed anew.
func (r Record) AddressConfirmed() bool {
	return r.Address != nil && r.Address.Email == r.Declared.Email && r.Declared.Email != ""
}

// Contact is a way to reach an applicant.
type Contact struct {
	Kind  string `json:"kind"` // "email" or "mobile"
	Value string `json:"value"`
	// Confirmed: it is known to be the applicant's. Of a mobile number nobody knows.
	Confirmed bool       `json:"confirmed"`
	Way       AddressWay `json:"way,omitempty"` // how, where it is confirmed
}

// Contacts returns the ways to reach the applicant that they declared.
func (r Record) Contacts() []Contact {
	var out []Contact
	if r.Declared.Email != "" {
		c := Contact{Kind: "email", Value: r.Declared.Email}
		if r.AddressConfirmed() {
			c.Confirmed, c.Way = true, r.Address.Way
		}
		out = append(out, c)
	}
	if r.Declared.Mobile != "" {
		out = append(out, Contact{Kind: "mobile", Value: r.Declared.Mobile})
	}
	return out
}

// ConfirmAddress notes that the declared address is its applicant's.
type ConfirmAddress struct {
	// Email is what was confirmed: another than the declared one by now confirms nothing.
	Email string
	Way   AddressWay
}

func (ConfirmAddress) action() Action { return ActionConfirmAddress }

func (e ConfirmAddress) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	if r.AddressConfirmed() {
		return "", errNoChange
	}
	if e.Email == "" || e.Email != r.Declared.Email {
		return "", &ValueError{Action: ActionConfirmAddress, Field: "email"}
	}
	r.Address = &ConfirmedAddress{Email: e.Email, Way: e.Way, At: now}
	return string(e.Way), nil
}

// AddressRules bound the confirmation of an address.
type AddressRules struct {
	// DigitsFor and LinkFor are how long a letter's digits and its link count. Digits
	// can be guessed, a link cannot.
	DigitsFor, LinkFor time.Duration
	// Tries are the digits that may be typed for one letter.
	Tries int
	// Pause is the least time between two letters that a person asks for.
	Pause time.Duration
	// OfAccount and ToAddress are how many of these letters an account may cause, and
	// an address may get, in LetterLimits.Window. One in a million is guessed by a try,
	// so OfAccount times Tries is what an account may guess in that time.
	OfAccount, ToAddress int
}

// AddressHash names an address without keeping it: hex.
func AddressHash(address string) string {
	sum := sha256.Sum256([]byte("address " + strings.ToLower(strings.TrimSpace(address))))
	return hex.EncodeToString(sum[:])
}

// AddressSecret returns what a letter asks back: six digits, and the 43 letters of
// its link. They follow from a key that is not in the database, from the enrolment and
// address they are for, and from a nonce that each letter has of its own.
func AddressSecret(key []byte, enrolment, addressHash, nonce string) (digits, link string) {
	of := func(what string) []byte {
		m := hmac.New(sha256.New, key)
		fmt.Fprintf(m, "visavis address %s\x00%s\x00%s\x00%s", what, enrolment, addressHash, nonce)
		return m.Sum(nil)
	}
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(of("digits"))%1_000_000), base64.RawURLEncoding.EncodeToString(of("link"))
}
