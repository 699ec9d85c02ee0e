package certificate

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"visavis/words"
)

// State is the state of a certificate, for the page that lists it.
type State string

// The states.
const (
	StateRequested State = "requested" // en cours
	StateValid     State = "valid"
	StateExpiring  State = "expiring" // expire bientôt
	StateExpired   State = "expired"
	StateRevoked   State = "revoked"
	StateRefused   State = "refused"   // by the issuer
	StatePutAside  State = "put-aside" // breaks a rule: visible to operators only
)

// Certificate is one requested certificate, from its request on. It is a value; a [Desk]
// returns the next one.
type Certificate struct {
	Request     Request   `json:"request"`
	RequestedAt time.Time `json:"requestedAt"`
	Issuer      string    `json:"issuer"` // About.Name of the one that was asked

	// DER and Chain are the issued certificate; empty before.
	DER        []byte    `json:"der,omitempty"`
	Chain      [][]byte  `json:"chain,omitempty"`
	ReceivedAt time.Time `json:"receivedAt,omitzero"`
	Details    Details   `json:"details,omitzero"`
	Level      Level     `json:"level,omitempty"`

	// Links are those of the issuer's last answer.
	Links Links `json:"links,omitzero"`

	Refusal    *Refusal    `json:"refusal,omitempty"`
	Revocation *Revocation `json:"revocation,omitempty"`
	// Violations are the broken rules for which it was put aside.
	Violations []Violation `json:"violations,omitempty"`
	// Notes are for the operator, such as a second certificate for the same request.
	// Oldest first.
	Notes []Note `json:"notes,omitempty"`
}

// Note is an irregularity of the issuer.
type Note struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
}

// Details are the contents of a certificate, for display.
type Details struct {
	Subject     string    `json:"subject"`     // common name
	Issuer      string    `json:"issuer"`      // common name of the authority
	Authority   string    `json:"authority"`   // organisation of the authority
	Serial      string    `json:"serial"`      // hex, lower case, as openssl prints it in lower case
	Fingerprint string    `json:"fingerprint"` // SHA-256 of the DER, hex
	NotBefore   time.Time `json:"notBefore"`
	NotAfter    time.Time `json:"notAfter"`
	Policies    []string  `json:"policies"`           // dotted
	OnDevice    bool      `json:"onDevice,omitempty"` // QCP-n-qscd with QcSSCD
}

// detailsOf reads the details of a certificate.
func detailsOf(cert *x509.Certificate) Details {
	d := Details{
		Subject: cert.Subject.CommonName, Issuer: cert.Issuer.CommonName,
		Authority: strings.Join(cert.Issuer.Organization, ", "),
		Serial:    SerialOf(cert), Fingerprint: fingerprint(cert.Raw),
		NotBefore: cert.NotBefore, NotAfter: cert.NotAfter, OnDevice: OnDevice(cert),
	}
	for _, p := range cert.Policies {
		d.Policies = append(d.Policies, p.String())
	}
	return d
}

// SerialOf returns a certificate's serial number as records store it: its octets in
// lower-case hex.
func SerialOf(cert *x509.Certificate) string { return hex.EncodeToString(cert.SerialNumber.Bytes()) }

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// Colons formats a serial number or fingerprint for comparison: pairs in capitals,
// separated by colons.
func Colons(hexadecimal string) string {
	var pairs []string
	for pair := range slices.Chunk([]byte(strings.ToUpper(hexadecimal)), 2) {
		pairs = append(pairs, string(pair))
	}
	return strings.Join(pairs, ":")
}

// State returns the state at a time. A certificate is expiring in the last part of its
// life, of length soon, or in the last third if its life is less than three times as
// long.
func (c Certificate) State(now time.Time, soon time.Duration) State {
	switch {
	case c.Revocation != nil && len(c.Violations) == 0:
		return StateRevoked
	case len(c.Violations) > 0:
		return StatePutAside
	case c.Refusal != nil:
		return StateRefused
	case len(c.DER) == 0:
		return StateRequested
	case now.After(c.Details.NotAfter):
		return StateExpired
	case !now.Before(c.ExpiringFrom(soon)):
		return StateExpiring
	}
	return StateValid
}

// ExpiringFrom is when the reminder is due.
func (c Certificate) ExpiringFrom(soon time.Duration) time.Time {
	if third := c.Details.NotAfter.Sub(c.Details.NotBefore) / 3; soon > third {
		soon = third
	}
	return c.Details.NotAfter.Add(-soon)
}

// DaysLeft returns the whole days until expiry, 0 afterwards.
func (c Certificate) DaysLeft(now time.Time) int {
	return max(0, int(c.Details.NotAfter.Sub(now)/(24*time.Hour)))
}

// Visible reports whether the person, and anybody they show it to, may see it: it was
// issued and breaks no rule.
func (c Certificate) Visible() bool { return len(c.DER) > 0 && len(c.Violations) == 0 }

// Listed reports whether the public directory may name it: it is visible, and the person
// agreed to publication. A revoked or expired one stays listed as such.
func (c Certificate) Listed() bool { return c.Visible() && c.Request.Publish }

// PEM returns certificate and chain. A badge that the level requires precedes them, where
// the format ignores it. The badge is ASCII, since some programs reject anything else; a
// language in another script uses the fallback.
func (c Certificate) PEM(language string) []byte {
	var out bytes.Buffer
	badge := ascii(c.Level.Badge(language))
	if strings.ContainsFunc(badge, func(r rune) bool { return r >= utf8.RuneSelf }) {
		badge = ascii(c.Level.Badge(words.Fallback()))
	}
	if badge != "" {
		fmt.Fprintf(&out, "# %s\n", badge)
	}
	for _, der := range append([][]byte{c.DER}, c.Chain...) {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return out.Bytes()
}

// ascii converts Latin letters to ASCII without their marks, and dashes and spaces to
// plain ones.
func ascii(s string) string {
	s = strings.NewReplacer("–", "-", "\u202f", " ", "\u00a0", " ").Replace(s)
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
