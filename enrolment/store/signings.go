package store

import (
	"context"
	"encoding/json"
	"time"
)

// Signing is one request to sign one document, or one hash that a site names. The document itself is not stored.
type Signing struct {
	ID          string       `json:"id"`
	Certificate string       `json:"certificate"`
	Enrolment   string       `json:"enrolment"`
	Owner       string       `json:"owner"`
	Rev         int64        `json:"-"`
	Link        string       `json:"-"` // SHA-256 of the link's secret, hex
	Name        string       `json:"name"`
	SHA256      string       `json:"sha256"` // of the document, or the site's hash; hex
	State       SigningState `json:"state"`
	CreatedAt   time.Time    `json:"createdAt"`
	ExpiresAt   time.Time    `json:"expiresAt"`
	DecidedAt   time.Time    `json:"decidedAt,omitzero"`
	Wrong       int          `json:"wrong,omitempty"` // digits that were typed and were not the desktop's
	Site        string       `json:"site,omitempty"`  // who asks, by a key; empty: the person
	SiteName    string       `json:"siteName,omitempty"`
}

// SigningState is how far a request to sign is.
type SigningState string

// The states. The last two are final.
const (
	SigningBegun     SigningState = "begun"     // a site shows the digits, and has named no hash yet
	SigningWaits     SigningState = "waiting"   // for the phone
	SigningConfirmed SigningState = "confirmed" // the document may be signed once
	SigningRuns      SigningState = "running"   // somebody uses the key for it now
	SigningRefused   SigningState = "refused"
	SigningDone      SigningState = "signed"
)

// keepSigning is how long a request stays behind its end.
const keepSigning = time.Hour

// AddSigning stores a new request.
func (t *Tx) AddSigning(ctx context.Context, s Signing) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO signings (id, link, owner, rev, until, body) VALUES ($1, $2, $3, $4, $5, $6)`,
		s.ID, s.Link, s.Owner, s.Rev, s.ExpiresAt.Add(keepSigning).UnixNano(), string(body))
	return err
}

// SaveSigning stores the next rev of a request. ErrConflict unless the stored one is the
// previous rev.
func (t *Tx) SaveSigning(ctx context.Context, s Signing) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE signings SET rev = $1, body = $2 WHERE id = $3 AND rev = $4`,
		s.Rev, string(body), s.ID, s.Rev-1)
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return err
}

// RemoveSigning removes a request. ErrConflict unless the stored one is of its rev.
func (t *Tx) RemoveSigning(ctx context.Context, s Signing) error {
	n, err := t.exec(ctx, `DELETE FROM signings WHERE id = $1 AND rev = $2`, s.ID, s.Rev)
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return err
}

// Signing returns a request. ErrNotFound.
func (t *Tx) Signing(ctx context.Context, id string) (Signing, error) {
	return t.signing(ctx, `WHERE id = $1`, id)
}

// SigningByLink returns the request of a link. ErrNotFound.
func (t *Tx) SigningByLink(ctx context.Context, link string) (Signing, error) {
	return t.signing(ctx, `WHERE link = $1`, link)
}

func (t *Tx) signing(ctx context.Context, where string, arg any) (s Signing, err error) {
	list, err := t.signings(ctx, where, arg)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return s, err
	}
	return list[0], nil
}

// SigningsOf returns a person's requests that are still kept.
func (t *Tx) SigningsOf(ctx context.Context, owner string) ([]Signing, error) {
	return t.signings(ctx, `WHERE owner = $1 ORDER BY until, id`, owner)
}

func (t *Tx) signings(ctx context.Context, where string, args ...any) (out []Signing, err error) {
	err = t.query(ctx, func(scan func(...any) error) error {
		var s Signing
		var body, link string
		var rev int64
		if err := scan(&link, &rev, &body); err != nil {
			return err
		}
		err := decodeInto(body, &s)
		s.Link, s.Rev = link, rev
		out = append(out, s)
		return err
	}, `SELECT link, rev, body FROM signings `+where, args...)
	return out, err
}

// ForgetSignings removes the requests whose time is over.
func (t *Tx) ForgetSignings(ctx context.Context, now time.Time) error {
	_, err := t.exec(ctx, `DELETE FROM signings WHERE until < $1`, now.UnixNano())
	return err
}
