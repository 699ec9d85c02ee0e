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

// AddressWay says how an e-mail address was confirmed.
type AddressWay string

// The ways.
const (
	ByLogin  AddressWay = "login"  // the login's provider vouches for it
	ByDigits AddressWay = "digits" // the digits of a letter were typed
	ByLink   AddressWay = "link"   // the link of a letter was opened, and its button pressed
)

// ConfirmedAddress is an e-mail address whose owner is known to read it.
type ConfirmedAddress struct {
	Email string     `json:"email"`
	Way   AddressWay `json:"way"`
	At    time.Time  `json:"at"`
}

// AddressConfirmed reports whether letters may go to the declared address. A corrected
// address has to be confirmed again.
func (r Record) AddressConfirmed() bool {
	return r.Address != nil && r.Address.Email == r.Declared.Email && r.Declared.Email != ""
}

// Contact is a way to reach an applicant.
type Contact struct {
	Kind  string `json:"kind"` // "email" or "mobile"
	Value string `json:"value"`
	// Confirmed says that it is known to be the applicant's. Never set for a mobile
	// number.
	Confirmed bool       `json:"confirmed"`
	Way       AddressWay `json:"way,omitempty"` // how it was confirmed
}

// Contacts returns the applicant's declared contacts.
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

// ConfirmAddress records that the declared address is its applicant's.
type ConfirmAddress struct {
	// Email is the confirmed address. If the declared one differs by now, nothing is
	// confirmed.
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

// DisownAddress records that whoever reads the declared address never asked for this.
// The address is forgotten; the applicant sees since when, and may declare another.
type DisownAddress struct {
	// Email is the disowned address. If the declared one differs by now, nothing changes.
	Email string
}

func (DisownAddress) action() Action { return ActionDisownAddress }

func (e DisownAddress) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	if e.Email == "" || e.Email != r.Declared.Email || r.AddressConfirmed() {
		return "", &ValueError{Action: ActionDisownAddress, Field: "email"}
	}
	r.Declared.Email, r.DisownedAt = "", now
	return "", nil
}

// AddressRules bound the confirmation of an address.
type AddressRules struct {
	// DigitsFor and LinkFor are how long a letter's digits and its link are valid. Digits
	// can be guessed, a link cannot.
	DigitsFor, LinkFor time.Duration
	// Tries bounds the attempts at the digits of one letter.
	Tries int
	// Pause is the minimum interval between two letters at a person's request.
	Pause time.Duration
	// OfAccount and ToAddress bound these letters per account and per address in
	// LetterLimits.Window. A guess succeeds once in a million, so OfAccount times Tries
	// bounds an account's guesses in that time.
	OfAccount, ToAddress int
}

// AddressHash returns a hash, in hex, that stands for an address without revealing it.
func AddressHash(address string) string {
	sum := sha256.Sum256([]byte("address " + strings.ToLower(strings.TrimSpace(address))))
	return hex.EncodeToString(sum[:])
}

// AddressSecret returns a letter's secrets: six digits, and the 43 letters of its link.
// They are derived from a key outside the database, the enrolment, the address, and a
// nonce of the letter.
func AddressSecret(key []byte, enrolment, addressHash, nonce string) (digits, link string) {
	of := func(what string) []byte {
		m := hmac.New(sha256.New, key)
		fmt.Fprintf(m, "visavis address %s\x00%s\x00%s\x00%s", what, enrolment, addressHash, nonce)
		return m.Sum(nil)
	}
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(of("digits"))%1_000_000),
		base64.RawURLEncoding.EncodeToString(of("link"))
}
