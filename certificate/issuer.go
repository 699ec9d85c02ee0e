package certificate

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Progress is how far an issuer is with a request.
type Progress string

// The stages. Pending may take seconds or days; the others are final, but that an
// issued certificate may be revoked.
const (
	Pending         Progress = "pending"
	ProgressIssued  Progress = "issued"
	ProgressRefused Progress = "refused"
	ProgressRevoked Progress = "revoked"
)

// Answer is what an issuer says about a request.
type Answer struct {
	Progress Progress
	// Refusal says why, where it was refused.
	Refusal Refusal
	// Revocation says when and why, where it was revoked.
	Revocation Revocation
	// RetryAfter is how long to wait before asking again, where it is pending; 0: as
	// the caller likes.
	RetryAfter time.Duration
}

// Refusal is an issuer's no.
type Refusal struct {
	Code  string `json:"code"`            // the issuer's own word
	Words string `json:"words,omitempty"` // for people, in the request's language
}

// Reason is why a certificate is revoked (RFC 5280, 5.3.1): those a person may
// give.
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

// Code returns the reason's number in CRLs and OCSP, false for no reason of ours.
func (r Reason) Code() (int, bool) {
	code, ok := map[Reason]int{ReasonUnspecified: 0, ReasonKey: 1, ReasonChanged: 3, ReasonSuperseded: 4, ReasonCessation: 5}[r]
	return code, ok
}

// Revocation is when and why a certificate was revoked.
type Revocation struct {
	At     time.Time `json:"at"`
	Reason Reason    `json:"reason"`
}

// Issued is a certificate as an issuer hands it out. Nothing in it is trusted.
type Issued struct {
	Certificate []byte   // DER
	Chain       [][]byte // DER, the issuing authority first; the root may be left out
}

// About says what an issuer is.
type About struct {
	Name string // as people know it
	// WantsKey: requests carry a public key (Request.CSR). Otherwise the issuer makes
	// and holds the key.
	WantsKey bool
	// Test: for tests and demonstrations alone.
	Test bool
}

// Issuer issues certificates. Every method may be called again with the same
// arguments, after a crash or a lost answer, and nothing happens twice. It may be
// used by any number of goroutines.
type Issuer interface {
	// About says what this issuer is.
	About() About
	// Request asks for a certificate. Asked again for the same enrolment it answers
	// for the request that is there; ErrOther when that was a different one.
	Request(context.Context, Request) (Answer, error)
	// Status says how far it is, ErrUnknown when nothing was requested.
	Status(ctx context.Context, enrolment string) (Answer, error)
	// Certificate hands out what was issued, ErrNotIssued before.
	Certificate(ctx context.Context, enrolment string) (Issued, error)
	// Revoke revokes what was issued. Revoked before, it stays as it was then.
	Revoke(ctx context.Context, enrolment string, reason Reason) (Answer, error)
}

// The errors of issuers. Any other error says that the issuer could not be asked:
// see [Temporary].
var (
	// ErrUnknown is an enrolment for which nothing was requested.
	ErrUnknown = errors.New("nothing was requested for this enrolment")
	// ErrNotIssued is a request without a certificate.
	ErrNotIssued = errors.New("no certificate was issued for this enrolment")
	// ErrOther is a second request for an enrolment that says something else.
	ErrOther = errors.New("another certificate was requested for this enrolment")
)

// TemporaryError is an issuer that could not be asked, or did not know: the same
// call may be made again.
type TemporaryError struct {
	RetryAfter time.Duration // 0: as the caller likes
	Err        error
}

// Error implements error.
func (e *TemporaryError) Error() string {
	return fmt.Sprintf("the issuer cannot be asked now: %v", e.Err)
}

// Unwrap returns what was in the way.
func (e *TemporaryError) Unwrap() error { return e.Err }

// Temporary tells whether the call may be made again, and after how long.
func Temporary(err error) (after time.Duration, ok bool) {
	if t, found := errors.AsType[*TemporaryError](err); found {
		return t.RetryAfter, true
	}
	return 0, false
}
