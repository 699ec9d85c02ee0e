package pairing

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"visavis/devicekey"
)

// State is where a session stands.
type State string

// The states. Transitions:
//
//	waiting -> scanned -> comparing -> paired -> ended
//	   ^          |           |           |
//	   +----------+-----------+-----------+   code expired, wrong code, phone thrown out
//
// The capture's own states between paired and ended (document, steps, done) are in
// Session.Flow, which this package never reads.
const (
	Waiting   State = "waiting"
	Scanned   State = "scanned"
	Comparing State = "comparing"
	Paired    State = "paired"
	Ended     State = "ended"
)

// Presence of the phone.
type Presence string

// The presences.
const (
	Present Presence = "present"
	Absent  Presence = "absent"
	Asleep  Presence = "asleep"
)

// Camera says why the phone's camera does not start; empty: nothing is known against it.
type Camera string

// CameraDenied is a camera that the person, or the phone's settings, refused to the page.
const CameraDenied Camera = "denied"

// Session is the stored record of one desktop and one phone. It holds only hashes of
// secrets. A Session value is a copy: changing it does not change the store.
type Session struct {
	ID        string    `json:"id"`        // uuid
	Reference string    `json:"reference"` // six characters for people and logs
	Rev       int64     `json:"rev"`       // grows by one with every stored change
	State     State     `json:"state"`
	CreatedAt time.Time `json:"createdAt"`
	// IdleAt ends the session without activity; EndsAt ends it regardless, unless
	// extended. Both count from the claim on; before it, CodesEnd bounds the waiting.
	IdleAt   time.Time `json:"idleAt"`
	EndsAt   time.Time `json:"endsAt"`
	CodesEnd time.Time `json:"codesEnd"`
	EndedAt  time.Time `json:"endedAt,omitzero"`
	// Extensions used so far.
	Extensions int `json:"extensions,omitempty"`
	// Finished reports that the capture is done. Only time ends the session then.
	Finished bool   `json:"finished,omitempty"`
	Language string `json:"language"`
	// Reason is the protocol's reason code of the last event or of the end.
	Reason string `json:"reason,omitempty"`

	// Desktop.
	DesktopHash  string `json:"desktopHash"`            // SHA-256 of the cookie's secret, hex
	DesktopName  string `json:"desktopName"`            // "Firefox, Windows"
	DesktopPlace string `json:"desktopPlace,omitempty"` // "Lyon, France", as far as known
	Origin       string `json:"origin"`                 // address that the link carries
	CodeTab      string `json:"codeTab"`                // which desktop connection shows the code

	// Tokens are the codes that can be claimed, by hash. Earlier codes live a little
	// longer.
	Tokens []Code `json:"tokens,omitempty"` // newest first
	Typed  []Code `json:"typed,omitempty"`
	// WrongChoices counts the wrong comparison codes.
	WrongChoices int `json:"wrongChoices,omitempty"`

	// Phone.
	DeviceHash    string   `json:"deviceHash,omitempty"` // SHA-256 of the device secret, hex
	PhoneName     string   `json:"phoneName,omitempty"`  // "iPhone, Safari"
	PhonePresence Presence `json:"phonePresence,omitempty"`
	PhoneCamera   Camera   `json:"phoneCamera,omitempty"`
	// SigningKey is the public key that the claim brought, as devicekey.Text; empty for
	// none. SigningSeen are the counts of its newest proofs.
	SigningKey  string         `json:"signingKey,omitempty"`
	SigningSeen devicekey.Seen `json:"signingSeen,omitempty"`
	PhoneConn   string         `json:"phoneConn,omitempty"` // the one live phone connection
	ClaimedAt   time.Time      `json:"claimedAt,omitzero"`
	// PhoneNetworks are the networks that the device secret was used from, as short
	// HMACs, newest last.
	PhoneNetworks []string `json:"phoneNetworks,omitempty"`
	Comparison    string   `json:"comparison,omitempty"` // two digits, shown on the desktop, typed on the phone
	// SameDeviceHash is the SHA-256 of the same-browser proof, in hex, valid until
	// SameDeviceEnd. SameDevice reports that the claim brought the proof.
	SameDeviceHash string    `json:"sameDeviceHash,omitempty"`
	SameDeviceEnd  time.Time `json:"sameDeviceEnd,omitzero"`
	SameDevice     bool      `json:"sameDevice,omitempty"`

	// Networks are the networks that the session is counted for, the narrowest first.
	Networks []Holder `json:"networks,omitempty"`

	// Subject says what the session is for; opaque here, empty for none.
	Subject string `json:"subject,omitempty"`
	// Flow is the capture's state, opaque here.
	Flow json.RawMessage `json:"flow,omitempty"`
}

// Code is a pairing token or typed code by its hash.
type Code struct {
	Hash      string    `json:"hash"` // token: SHA-256, hex; typed: HMAC-SHA-256, hex
	ExpiresAt time.Time `json:"expiresAt"`
	Scanned   bool      `json:"scanned,omitempty"` // a phone page has said hello with it
	// Openers are the networks that said hello with the code, as short HMACs.
	Openers []string `json:"openers,omitempty"`
}

func cloneCodes(codes []Code) []Code {
	codes = slices.Clone(codes)
	for i := range codes {
		codes[i].Openers = slices.Clone(codes[i].Openers)
	}
	return codes
}

// Clone returns a deep copy.
func (s Session) Clone() Session {
	s.Tokens = cloneCodes(s.Tokens)
	s.Typed = cloneCodes(s.Typed)
	s.Networks = slices.Clone(s.Networks)
	s.PhoneNetworks = slices.Clone(s.PhoneNetworks)
	s.SigningSeen = slices.Clone(s.SigningSeen)
	s.Flow = bytes.Clone(s.Flow)
	return s
}

// Claimed reports whether a phone holds the session.
func (s *Session) Claimed() bool { return s.State == Comparing || s.State == Paired }
