package stepca

import (
	"context"
	"errors"
	"time"

	"visavis/certificate"
)

// Entry is what is known of one enrolment.
type Entry struct {
	Enrolment string `json:"enrolment"`
	Request   string `json:"request"` // digest of what was requested, hex
	// Asked are the serial numbers that were asked for and not received, hex: each may have
	// been issued.
	Asked      []string                `json:"asked,omitempty"`
	Serial     string                  `json:"serial,omitempty"` // of the certificate, hex
	DER        []byte                  `json:"der,omitempty"`
	Chain      [][]byte                `json:"chain,omitempty"`
	NotAfter   time.Time               `json:"notAfter,omitzero"`
	Revocation *certificate.Revocation `json:"revocation,omitempty"`

	Rev int64 `json:"-"` // 0: not stored yet
}

// The errors of a [Store].
var (
	ErrNotFound = errors.New("no such certificate")
	ErrConflict = errors.New("the entry was changed by somebody else")
)

// Store keeps entries. Every method may be called by any number of instances at once.
type Store interface {
	// Load returns an enrolment's entry, ErrNotFound without one.
	Load(ctx context.Context, enrolment string) (Entry, error)
	// Save stores an entry whose Rev is the stored one's, and returns it with the next.
	// ErrConflict when that has changed. It returns when the entry is durable.
	Save(ctx context.Context, e Entry) (Entry, error)
}
