package certificate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Progress is an issuer's progress with a request.
type Progress string

// The stages. Pending may take seconds or days. The others are final, except that an
// issued certificate may be revoked.
const (
	Pending         Progress = "pending"
	ProgressIssued  Progress = "issued"
	ProgressRefused Progress = "refused"
	ProgressRevoked Progress = "revoked"
)

// Answer is an issuer's answer about a request.
type Answer struct {
	Progress Progress
	// Refusal says why, if it was refused.
	Refusal Refusal
	// Revocation says when and why, if it was revoked.
	Revocation Revocation
	// Links are the person's, of what was issued.
	Links Links
	// RetryAfter is when to ask again while it is pending; 0 leaves it to the caller.
	RetryAfter time.Duration
}

// IssuedAnswer answers about a certificate that was issued; revocation is nil while it is in force.
func IssuedAnswer(revocation *Revocation) Answer {
	if revocation != nil {
		return Answer{Progress: ProgressRevoked, Revocation: *revocation}
	}
	return Answer{Progress: ProgressIssued}
}

// Links are pages of an issuer that holds the person's key: https addresses, or empty.
type Links struct {
	Activation string `json:"activation,omitempty"` // where the key is activated; empty once it is
	Credential string `json:"credential,omitempty"` // where the key signs
}

// Refusal is an issuer's refusal.
type Refusal struct {
	Code  string `json:"code"`            // the issuer's own code
	Words string `json:"words,omitempty"` // for people, in the request's language
}

// Reason of a revocation (RFC 5280, 5.3.1), of those that a person may give.
type Reason string

// The reasons.
const (
	ReasonUnspecified Reason = "unspecified"
	ReasonKey         Reason = "key-compromise"      // the key or the means to use it may be in other hands
	ReasonChanged     Reason = "affiliation-changed" // what the certificate says is no longer true
	ReasonSuperseded  Reason = "superseded"          // by a newer one
	ReasonCessation   Reason = "cessation"           // no longer needed (cessationOfOperation)
)

// Reasons returns all reasons, in the order in which a page offers them.
func Reasons() []Reason {
	return []Reason{ReasonKey, ReasonChanged, ReasonSuperseded, ReasonCessation, ReasonUnspecified}
}

// Code returns the reason's number in CRLs and OCSP; false for an unknown reason.
func (r Reason) Code() (int, bool) {
	code, ok := map[Reason]int{ReasonUnspecified: 0, ReasonKey: 1, ReasonChanged: 3, ReasonSuperseded: 4,
		ReasonCessation: 5}[r]
	return code, ok
}

// Revocation says when and why a certificate was revoked.
type Revocation struct {
	At     time.Time `json:"at"`
	Reason Reason    `json:"reason"`
}

// Issued is a certificate as received from an issuer. Nothing in it is trusted.
type Issued struct {
	Certificate []byte   // DER
	Chain       [][]byte // DER, the issuing authority first; the root may be left out
}

// About describes an issuer.
type About struct {
	Name string // for display
	// WantsKey says that requests carry a public key (Request.CSR). Otherwise the issuer
	// makes and holds the key.
	WantsKey bool
	// Test says that the issuer is for tests and demonstrations only.
	Test bool
}

// NewSerial returns the serial number of a new certificate: 16 random octets, positive in any
// encoding (RFC 5280, 4.1.2.2).
func NewSerial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b)     // it never fails
	b[0] = b[0]&0x7f | 0x40 // always of the same length
	return new(big.Int).SetBytes(b)
}

// Issuer issues certificates. Every method is idempotent: it may be repeated with the
// same arguments after a crash or a lost answer. Safe for concurrent use.
type Issuer interface {
	// About describes this issuer.
	About() About
	// Request asks for a certificate. Repeated for the same enrolment it answers for the
	// existing request, or ErrOther if that was a different one.
	Request(context.Context, Request) (Answer, error)
	// Status returns the progress, or ErrUnknown if nothing was requested.
	Status(ctx context.Context, enrolment string) (Answer, error)
	// Certificate returns the issued certificate, or ErrNotIssued before.
	Certificate(ctx context.Context, enrolment string) (Issued, error)
	// Revoke revokes the certificate. If it was revoked before, the first revocation
	// stays.
	Revoke(ctx context.Context, enrolment string, reason Reason) (Answer, error)
}

// The errors of issuers. Any other error says that the issuer could not be reached: see
// [Temporary].
var (
	// ErrUnknown says that nothing was requested for the enrolment.
	ErrUnknown = errors.New("nothing was requested for this enrolment")
	// ErrNotIssued says that the request has no certificate.
	ErrNotIssued = errors.New("no certificate was issued for this enrolment")
	// ErrOther says that the enrolment has a different request.
	ErrOther = errors.New("another certificate was requested for this enrolment")
	// ErrPiece says that a piece of a file does not follow what was received.
	ErrPiece = errors.New("the piece does not follow what was received")
)

// TemporaryError says that an issuer could not be reached or could not answer. The call
// may be repeated.
type TemporaryError struct {
	RetryAfter time.Duration // 0 leaves it to the caller
	Err        error
}

// Error implements error.
func (e *TemporaryError) Error() string {
	return fmt.Sprintf("the issuer cannot be asked now: %v", e.Err)
}

// Unwrap returns the cause.
func (e *TemporaryError) Unwrap() error { return e.Err }

// Temporary reports whether the call may be repeated, and after how long.
func Temporary(err error) (after time.Duration, ok bool) {
	if t, found := errors.AsType[*TemporaryError](err); found {
		return t.RetryAfter, true
	}
	return 0, false
}
