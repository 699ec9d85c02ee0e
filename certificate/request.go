package certificate

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"visavis/identity"
	"visavis/words"
)

// Subject is the person whom a certificate names: as printed on the document, with
// accents (EN 319 412-2, NAT-4.2.4-12), and as the person confirmed it.
type Subject struct {
	GivenNames string `json:"givenNames,omitempty"` // all of them, separated by spaces; empty for who has one name only
	Surname    string `json:"surname,omitempty"`    // nom de naissance, or the name the certificate shows
	Country    string `json:"country"`              // ISO 3166-1 alpha-2, the context of the other attributes
	// SerialNumber is the subject's, not the certificate's: it distinguishes two people
	// of one name. Empty leaves it to the issuer. It is never the number of a document,
	// which would be published with the certificate.
	SerialNumber string `json:"serialNumber,omitempty"`
}

// Name returns the full name, given names first.
func (s Subject) Name() string {
	if s.GivenNames == "" || s.Surname == "" {
		return s.GivenNames + s.Surname
	}
	return s.GivenNames + " " + s.Surname
}

// Agreement is the answer to one text as it was shown (EN 319 411-1, REG-6.3.4).
type Agreement struct {
	Kind     string    `json:"kind"`
	Version  string    `json:"version"`
	TextHash string    `json:"textHash"` // SHA-256, hex
	Language string    `json:"language"`
	Yes      bool      `json:"yes"`
	At       time.Time `json:"at"`
}

// Proofing says how the identity was verified. The file itself is not part of it.
type Proofing struct {
	Method   string    `json:"method"` // "remote" or "in-person"
	At       time.Time `json:"at"`
	Evidence string    `json:"evidence"` // hash of the evidence's manifest, hex
	// Level is what the operator claims of it (TS 119 461): LevelBaseline or LevelExtended;
	// empty: nothing.
	Level string `json:"level,omitempty"`
	// Officer is the login's subject of who accepted the identity, with ScopeOfficer. It is
	// sent and not stored.
	Officer string `json:"officer,omitempty"`
}

// The levels of identity proofing in ETSI TS 119 461.
const (
	LevelBaseline = "baseline"
	LevelExtended = "extended"
)

// Scope is a kind of data that an issuer gets if its agreement with the operator covers it.
type Scope string

// The scopes.
const (
	ScopeDocument    Scope = "document" // number and expiry
	ScopeNationality Scope = "nationality"
	ScopeOfficer     Scope = "officer" // who of the staff accepted the identity
)

// Scopes returns all scopes.
func Scopes() []Scope { return []Scope{ScopeDocument, ScopeNationality, ScopeOfficer} }

// Document is the identity document of a request.
type Document struct {
	Type string `json:"type"` // a kind of the package document, such as "identity-card"
	// Number and Expiry (YYYY-MM-DD) are there with ScopeDocument. They are sent and not
	// stored.
	Number string `json:"number,omitempty"`
	Expiry string `json:"expiry,omitempty"`
}

// Request asks for one certificate. All requests of one enrolment are the same request:
// an issuer answers each with the same certificate.
type Request struct {
	Enrolment string  `json:"enrolment"` // the idempotency key
	Reference string  `json:"reference"` // six characters for people and logs
	Subject   Subject `json:"subject"`
	// BirthSurname is the nom de naissance if the certificate shows another name. For the
	// issuer; never in the certificate.
	BirthSurname string   `json:"birthSurname,omitempty"`
	BirthDate    string   `json:"birthDate,omitempty"` // YYYY-MM-DD; for the issuer, never in the certificate
	Document     Document `json:"document,omitzero"`   // what was photographed; zero: a registrar saw the person
	// Nationality is there with ScopeNationality, three letters (ICAO 9303). It is sent and
	// not stored.
	Nationality string      `json:"nationality,omitempty"`
	Email       string      `json:"email,omitempty"`  // where the issuer writes to; never in the certificate
	Mobile      string      `json:"mobile,omitempty"` // E.164
	Language    string      `json:"language"`         // the person's, BCP 47
	Publish     bool        `json:"publish"`          // whether the person wants it published
	Agreements  []Agreement `json:"agreements,omitempty"`
	Proofing    Proofing    `json:"proofing"`
	// Scope is which further data is sent: see [Desk.Further].
	Scope []Scope `json:"scope,omitempty"`
	// CSR (PKCS #10, DER) proves possession of the subscriber's key. Empty if the issuer
	// holds the key.
	CSR []byte `json:"csr,omitempty"`
}

// ValueError reports an invalid field of a request.
type ValueError struct {
	Field string // name in JSON
	Want  string
}

// Error implements error.
func (e *ValueError) Error() string { return fmt.Sprintf("request: %s: want %s", e.Field, e.Want) }

// Validate returns a *ValueError if the request is invalid.
func (r Request) Validate() error {
	switch {
	case r.Enrolment == "":
		return &ValueError{"enrolment", "the enrolment's id"}
	case r.Subject.Name() == "":
		return &ValueError{"subject", "a surname or given names"}
	case !isName(r.Subject.GivenNames):
		return &ValueError{"subject.givenNames", "letters, no control characters, at most 200"}
	case !isName(r.Subject.Surname):
		return &ValueError{"subject.surname", "letters, no control characters, at most 200"}
	case utf8.RuneCountInString(identity.CommonName(r.Subject.Surname, r.Subject.GivenNames, 0)) > identity.MaxCommonName:
		return &ValueError{"subject", "a surname and a first given name of 64 characters together at most"}
	case !isCountry(r.Subject.Country):
		return &ValueError{"subject.country", "two capital letters (ISO 3166-1)"}
	case !isPrintableString(r.Subject.SerialNumber):
		return &ValueError{"subject.serialNumber", "letters, digits and punctuation of PrintableString"}
	case !words.Known(r.Language):
		return &ValueError{"language", "the tag of a language of the pages (BCP 47)"}
	}
	if len(r.CSR) > 0 {
		_, err := r.PublicKey()
		return err
	}
	return nil
}

// errNoCSR reports a request without a public key.
var errNoCSR = errors.New("the request carries no public key")

// PublicKey returns the requested public key after checking the CSR's proof of
// possession. It fails if the issuer makes the key.
func (r Request) PublicKey() (crypto.PublicKey, error) {
	if len(r.CSR) == 0 {
		return nil, errNoCSR
	}
	csr, err := x509.ParseCertificateRequest(r.CSR)
	if err != nil {
		return nil, &ValueError{"csr", "a PKCS #10 request in DER"}
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, &ValueError{"csr", "a request signed with the key it carries"}
	}
	return csr.PublicKey, nil
}

// Keyed returns a request to an issuer that certifies the person's key: normalised and checked,
// with the key, and the key as SubjectPublicKeyInfo (DER). An error is a *ValueError, or says
// that the request carries no key.
func (r Request) Keyed() (normal Request, public crypto.PublicKey, info []byte, err error) {
	r = r.Normal()
	if err := r.Validate(); err != nil {
		return r, nil, nil, err
	}
	if public, err = r.PublicKey(); err != nil {
		return r, nil, nil, err
	}
	if info, err = x509.MarshalPKIXPublicKey(public); err != nil {
		return r, nil, nil, &ValueError{"csr", "a key that can be certified"}
	}
	return r, public, info, nil
}

// RequestDigest returns what makes two requests one, in hex: the SHA-256 of, in JSON, whom a
// certificate is for and which key. The CSR's signature is another one each time.
func RequestDigest(of any) (string, error) {
	body, err := json.Marshal(of)
	if err != nil {
		return "", fmt.Errorf("request: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// isName reports whether a name is allowed in a certificate. Empty is allowed.
func isName(s string) bool {
	if utf8.RuneCountInString(s) > 200 || !utf8.ValidString(s) || s != plainName(s) {
		return false
	}
	return !strings.ContainsFunc(s, badInName)
}

// plainName normalises a name for comparison and output: composed letters (NFC), single
// spaces.
func plainName(s string) string {
	s = norm.NFC.String(s)
	var out []rune
	for _, c := range s {
		if unicode.IsSpace(c) {
			if len(out) == 0 || out[len(out)-1] == ' ' {
				continue
			}
			c = ' '
		}
		out = append(out, c)
	}
	if n := len(out); n > 0 && out[n-1] == ' ' {
		out = out[:n-1]
	}
	return string(out)
}

// Normal returns the request with normalised names: phones may send a letter and a
// combining accent, certificates hold the one letter é.
func (r Request) Normal() Request {
	r.Subject.GivenNames, r.Subject.Surname = plainName(r.Subject.GivenNames), plainName(r.Subject.Surname)
	return r
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// isPrintableString implements X.680 41.4.
func isPrintableString(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || isPrintablePunctuation(c)) {
			return false
		}
	}
	return true
}

func isPrintablePunctuation(c byte) bool {
	switch c {
	case ' ', '\'', '(', ')', '+', ',', '-', '.', '/', ':', '=', '?':
		return true
	}
	return false
}
