package testca

import (
	"context"
	"errors"
	"time"

	"visavis/certificate"
)

// Entry is one issued certificate. But for its revocation it never changes.
type Entry struct {
	Enrolment  string                  `json:"enrolment"`
	Request    string                  `json:"request"` // digest of what was requested, hex
	Serial     string                  `json:"serial"`  // hex, lower case
	DER        []byte                  `json:"der"`
	Chain      [][]byte                `json:"chain"`
	NotAfter   time.Time               `json:"notAfter"`
	Revocation *certificate.Revocation `json:"revocation,omitempty"`
}

// ErrNotFound is an entry that is not there.
var ErrNotFound = errors.New("no such certificate")

// Store keeps what was issued. Every method may be called by any number of
// instances at once.
type Store interface {
	// Add keeps an entry and returns it. When the enrolment has one already, that one
	// is returned and nothing is kept: of any number of calls at once one wins. It
	// returns when the entry is durable.
	Add(context.Context, Entry) (Entry, error)
	// ByEnrolment returns an enrolment's entry, ErrNotFound without one.
	ByEnrolment(ctx context.Context, enrolment string) (Entry, error)
	// BySerial returns the entry of a serial number, ErrNotFound without one.
	BySerial(ctx context.Context, serial string) (Entry, error)
	// Revoke sets an entry's revocation and returns the entry; the first one stays.
	Revoke(ctx context.Context, enrolment string, r certificate.Revocation) (Entry, error)
	// Revoked returns all entries with a revocation.
	Revoked(context.Context) ([]Entry, error)
}
