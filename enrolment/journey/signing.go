package journey

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
	"unicode"

	"github.com/google/uuid"

	"visavis/certificate"
	"visavis/certificate/pades"
	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/limits"
)

// SigningProblem says why a request to sign goes no further.
type SigningProblem string

// The problems.
const (
	SigningWrong    SigningProblem = "wrong"    // other digits than the desktop's
	SigningForm     SigningProblem = "form"     // not two digits: no try
	SigningOver     SigningProblem = "over"     // decided, used or expired
	SigningOther    SigningProblem = "other"    // another file than the one that was confirmed
	SigningUnusable SigningProblem = "unusable" // the certificate is not valid, or its key is not here
)

// SigningError is a request to sign that goes no further.
type SigningError struct {
	Problem SigningProblem
	Left    int // tries, with SigningWrong
}

// Error implements error.
func (e *SigningError) Error() string { return "signing: " + string(e.Problem) }

// The audit's actions. Each entry names the document by its SHA-256.
const (
	AuditSignAsked     = "sign-asked"
	AuditSignConfirmed = "sign-confirmed"
	AuditSignRefused   = "sign-refused"
	AuditSigned        = "signed"
)

const (
	// confirmWithin is how long a phone has to confirm, and then the desktop to sign.
	confirmWithin = 5 * time.Minute
	// maxName is the longest name of a document that is kept, in characters.
	maxName = 120
)

// bySigner is the actor of a request's entries.
func bySigner(s store.Signing) enrolment.Actor { return applicant(s.Owner) }

// CanSign tells whether a certificate signs here: it is valid, and its key is held here.
func (s *Service) CanSign(c store.Certificate) bool {
	state, _ := s.CertificateState(c)
	return s.cfg.Certificates != nil && s.cfg.Certificates.Keys != nil && len(c.Value.Request.CSR) > 0 &&
		(state == certificate.StateValid || state == certificate.StateExpiring)
}

// AskSigning makes a request to sign a PDF file with a person's certificate. The file is
// checked and not stored. The secret belongs into the link for the phone, and is nowhere
// else. A *pades.Refusal says that the file cannot be signed, an *enrolment.LimitError that
// there were too many requests.
func (s *Service) AskSigning(
	ctx context.Context, subject, id, name string, body []byte,
) (q store.Signing, secret string, err error) {
	c, err := s.Certificate(ctx, subject, id)
	if err != nil {
		return q, "", err
	}
	if !s.CanSign(c) {
		return q, "", &SigningError{Problem: SigningUnusable}
	}
	if _, err := pades.Check(body); err != nil {
		return q, "", err
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the process instead
	secret = base64.RawURLEncoding.EncodeToString(random[:])
	sum := sha256.Sum256(body)
	q = store.Signing{
		ID: uuid.NewString(), Certificate: c.ID, Enrolment: c.Enrolment, Owner: c.Owner, Rev: 1, Link: linkHash(secret),
		Name: shortened(name), SHA256: hex.EncodeToString(sum[:]), State: store.SigningWaits,
		CreatedAt: s.now(), ExpiresAt: s.now().Add(confirmWithin),
	}
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.LockOwner(ctx, subject); err != nil { // two at once are counted one after the other
			return err
		}
		list, err := tx.SigningsOf(ctx, subject)
		if err != nil {
			return err
		}
		if err := tooManySignings(list, q.CreatedAt); err != nil {
			return err
		}
		if err := tx.AddSigning(ctx, q); err != nil {
			return err
		}
		return s.audit(ctx, tx, bySigner(q), AuditSignAsked, q.Enrolment, "document "+q.SHA256)
	})
	return q, secret, err
}

// tooManySignings returns an *enrolment.LimitError if a person who made the requests of list may make no other one now.
func tooManySignings(list []store.Signing, now time.Time) error {
	var open, recent []time.Time // when each no longer counts
	for _, q := range list {
		if q.Site != "" {
			continue
		}
		undone := q.State == store.SigningWaits || q.State == store.SigningConfirmed
		if undone && now.Before(q.ExpiresAt) {
			open = append(open, q.ExpiresAt)
		}
		if until := q.CreatedAt.Add(limits.Signings.Per()); now.Before(until) {
			recent = append(recent, until)
		}
	}
	for _, b := range []struct {
		limit   limits.Limit
		counted []time.Time
	}{{limits.Signings, recent}, {limits.SigningsOpen, open}} {
		if len(b.counted) >= b.limit.Number() {
			limits.Count(b.limit)
			return &enrolment.LimitError{What: b.limit.String(), Limit: b.limit.Number(),
				Next: slices.MinFunc(b.counted, time.Time.Compare)}
		}
	}
	return nil
}

func linkHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// shortened is a document's name for people: plain characters, and not too many.
func shortened(name string) string {
	var out []rune
	for _, r := range name {
		if unicode.IsPrint(r) {
			out = append(out, r)
		}
	}
	if len(out) > maxName {
		out = append(out[:maxName-1], '…')
	}
	return string(out)
}

// SigningDigits are the two digits that the desktop shows and the person types on the phone.
func (s *Service) SigningDigits(q store.Signing) string {
	m := hmac.New(sha256.New, s.cfg.AddressKey)
	m.Write([]byte("signing digits\x00" + q.ID + "\x00" + q.Link))
	return fmt.Sprintf("%02d", binary.BigEndian.Uint64(m.Sum(nil))%100)
}

// Signing returns a person's request. enrolment.ErrNotOwner if it is another person's.
func (s *Service) Signing(ctx context.Context, subject, id string) (q store.Signing, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		q, err = ofOwner(subject, id)(ctx, tx)
		return err
	})
	return q, err
}

// SigningByLink returns the request of a link, and the name of its certificate.
// store.ErrNotFound.
func (s *Service) SigningByLink(ctx context.Context, secret string) (q store.Signing, c store.Certificate, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		if q, err = byLink(secret)(ctx, tx); err != nil {
			return err
		}
		c, err = tx.Certificate(ctx, q.Certificate)
		return err
	})
	return q, c, err
}

// Over tells whether nothing more can happen with a request.
func (s *Service) Over(q store.Signing) bool {
	return q.State == store.SigningRefused || q.State == store.SigningDone || !s.now().Before(q.ExpiresAt)
}

// ForgetSignings removes requests to sign that ended a while ago.
func (s *Service) ForgetSignings(ctx context.Context, now time.Time) error {
	return s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error { return tx.ForgetSignings(ctx, now) })
}
