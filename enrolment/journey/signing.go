package journey

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode"

	"github.com/google/uuid"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/pades"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/limits"
	"visavis/words"
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
	// stampWithin bounds the wait for time stamp, lists and answers: the person waits too.
	stampWithin = 10 * time.Second
	// noteWithin bounds the record of what became of a signature, also after its person left.
	noteWithin = 5 * time.Second
	// signingTries is how often the digits may be typed, as when a phone is paired.
	signingTries = 2
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

// Signing returns a person's request. enrolment.ErrNotOwner if it is another person's. One
// whose time is over is refused.
func (s *Service) Signing(ctx context.Context, subject, id string) (q store.Signing, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		q, err = tx.Signing(ctx, id)
		return err
	})
	if err == nil && q.Owner != subject {
		err = enrolment.ErrNotOwner
	}
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

// ConfirmSigning confirms with the digits of the desktop; repeated it changes nothing. The
// second wrong answer ends the request; what is not two digits is none, whatever became of
// the request.
func (s *Service) ConfirmSigning(ctx context.Context, secret, typed string) (store.Signing, error) {
	digits := digitsOf(typed)
	if len(digits) != 2 {
		return store.Signing{}, &SigningError{Problem: SigningForm}
	}
	return s.decide(ctx, byLink(secret), func(q *store.Signing) (string, error) {
		right := subtle.ConstantTimeCompare([]byte(digits), []byte(s.SigningDigits(*q))) == 1
		switch {
		case q.State == store.SigningRefused, !s.now().Before(q.ExpiresAt):
			return "", &SigningError{Problem: SigningOver}
		case q.State != store.SigningWaits && right:
			return "", nil
		case q.State != store.SigningWaits:
			return "", &SigningError{Problem: SigningOver}
		case right:
			q.State, q.DecidedAt, q.ExpiresAt = store.SigningConfirmed, s.now(), s.now().Add(confirmWithin)
			return AuditSignConfirmed, nil
		}
		if q.Wrong++; q.Wrong < signingTries {
			return "", nil
		}
		q.State, q.DecidedAt = store.SigningRefused, s.now()
		return AuditSignRefused, nil
	}, digits)
}

// RefuseSigning ends a request from the phone; repeated it changes nothing.
func (s *Service) RefuseSigning(ctx context.Context, secret string) (store.Signing, error) {
	return s.decide(ctx, byLink(secret), s.refuse, "")
}

// CancelSigning ends a person's request from the desktop; repeated it changes nothing.
func (s *Service) CancelSigning(ctx context.Context, subject, id string) (store.Signing, error) {
	return s.decide(ctx, ofOwner(subject, id), s.refuse, "")
}

func (s *Service) refuse(q *store.Signing) (string, error) {
	switch q.State {
	case store.SigningRefused:
		return "", nil
	case store.SigningWaits, store.SigningConfirmed:
		q.State, q.DecidedAt = store.SigningRefused, s.now()
		return AuditSignRefused, nil
	}
	return "", &SigningError{Problem: SigningOver}
}

// finder finds a request.
type finder func(ctx context.Context, tx *store.Tx) (store.Signing, error)

func byLink(secret string) finder {
	return func(ctx context.Context, tx *store.Tx) (store.Signing, error) {
		q, err := tx.SigningByLink(ctx, linkHash(secret))
		if err == nil && q.State == store.SigningBegun { // nothing is asked for yet
			err = store.ErrNotFound
		}
		return q, err
	}
}

func ofOwner(subject, id string) finder {
	return func(ctx context.Context, tx *store.Tx) (store.Signing, error) {
		q, err := tx.Signing(ctx, id)
		if err == nil && q.Owner != subject {
			err = enrolment.ErrNotOwner
		}
		return q, err
	}
}

// decide changes a request in one transaction, with its entry in the audit. typed are the
// digits of a confirmation: a wrong try is stored, and then told.
func (s *Service) decide(
	ctx context.Context, find finder, change func(*store.Signing) (action string, err error), typed string,
) (q store.Signing, err error) {
	for range tries {
		err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
			if q, err = find(ctx, tx); err != nil {
				return err
			}
			before := q
			action, err := change(&q)
			if err != nil || q == before {
				return err
			}
			q.Rev++
			if err := tx.SaveSigning(ctx, q); err != nil {
				return err
			}
			if action == "" {
				return nil
			}
			return s.audit(ctx, tx, bySigner(q), action, q.Enrolment, "document "+q.SHA256)
		})
		if !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if err == nil && typed != "" && q.Wrong > 0 && typed != s.SigningDigits(q) {
		return q, &SigningError{Problem: SigningWrong, Left: signingTries - q.Wrong}
	}
	return q, err
}

// Sign signs the file of a confirmed request, once: another file is refused, and what was
// signed is in the audit before it is returned. After an error the request is as before,
// unless it says SigningOver.
func (s *Service) Sign(ctx context.Context, subject, id, language string, body []byte) (pades.Signed, error) {
	q, err := s.Signing(ctx, subject, id)
	if err != nil {
		return pades.Signed{}, err
	}
	if sum := sha256.Sum256(body); q.Site != "" || hex.EncodeToString(sum[:]) != q.SHA256 {
		return pades.Signed{}, &SigningError{Problem: SigningOther}
	}
	c, err := s.Certificate(ctx, subject, q.Certificate)
	if err != nil {
		return pades.Signed{}, err
	}
	if err := s.usable(ctx, c); err != nil {
		return pades.Signed{}, err
	}
	if q, err = s.move(ctx, q, store.SigningConfirmed, store.SigningRuns, ""); err != nil {
		return pades.Signed{}, err
	}
	out, err := s.sign(ctx, c, language, body)
	if err != nil {
		_, back := s.move(ctx, q, store.SigningRuns, store.SigningConfirmed, "")
		return pades.Signed{}, errors.Join(err, back)
	}
	if out.Lacks != nil {
		s.log.WarnContext(ctx, "a signature is of a lower level", "reference", c.Value.Request.Reference, "level", out.Level,
			"err", out.Lacks)
	}
	sum := sha256.Sum256(out.PDF)
	_, err = s.move(ctx, q, store.SigningRuns, store.SigningDone,
		fmt.Sprintf("document %s, signed %s, %s", q.SHA256, hex.EncodeToString(sum[:]), out.Level))
	if err != nil {
		return pades.Signed{}, err
	}
	return out, nil
}

// move takes a request from one state to the next. said is for the audit; empty: nothing. What the key was used for is
// recorded though nobody may wait for it any more.
func (s *Service) move(
	ctx context.Context, q store.Signing, from, to store.SigningState, said string,
) (next store.Signing, err error) {
	if from == store.SigningRuns {
		lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
		defer cancel()
		ctx = lasting
	}
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		if next, err = tx.Signing(ctx, q.ID); err != nil {
			return err
		}
		if next.State != from || from == store.SigningConfirmed && !s.now().Before(next.ExpiresAt) {
			return &SigningError{Problem: SigningOver}
		}
		next.State = to
		next.Rev++
		if err := tx.SaveSigning(ctx, next); err != nil || said == "" {
			return err
		}
		return s.audit(ctx, tx, bySigner(q), AuditSigned, q.Enrolment, said)
	})
	if errors.Is(err, store.ErrConflict) {
		err = &SigningError{Problem: SigningOver} // another call was quicker
	}
	return next, err
}

// usable refuses a certificate that does not sign here now: by its record, and by its
// issuer's word.
func (s *Service) usable(ctx context.Context, c store.Certificate) error {
	if !s.CanSign(c) {
		return &SigningError{Problem: SigningUnusable}
	}
	answer, err := s.cfg.Certificates.Desk.Issuer.Status(ctx, c.Value.Request.Enrolment)
	if err != nil {
		return err
	}
	if answer.Progress != certificate.ProgressIssued {
		return &SigningError{Problem: SigningUnusable}
	}
	return nil
}

func (s *Service) sign(ctx context.Context, c store.Certificate, language string, body []byte) (pades.Signed, error) {
	id := subscriberKey(c.Enrolment)
	seal := xades.Seal{Use: func(ctx context.Context, f func(crypto.Signer) error) error {
		return s.cfg.Certificates.Keys.Use(ctx, id, f)
	}}
	for _, der := range append([][]byte{c.Value.DER}, c.Value.Chain...) {
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return pades.Signed{}, fmt.Errorf("certificate %s: %w", c.ID, err)
		}
		seal.Chain = append(seal.Chain, one)
	}
	ctx, cancel := context.WithTimeout(ctx, stampWithin)
	defer cancel()
	out, err := pades.Sign(ctx, body, seal, s.cfg.Certificates.Signatures, s.look(c, language), s.now())
	if errors.Is(err, keys.ErrUnknown) {
		return out, &SigningError{Problem: SigningUnusable}
	}
	return out, err
}

// look is what a signature shows, in the person's language where its letters can be drawn.
func (s *Service) look(c store.Certificate, language string) pades.Look {
	w := words.In(language)
	if !pades.Readable(w.Text("certificate.signed.by")) {
		w = words.In(words.Fallback())
	}
	d, now := c.Value.Details, s.now().UTC()
	return pades.Look{
		Name: d.Subject, Above: w.Text("certificate.signed.by"), Badge: c.Value.Level.Badge(w.Language().Tag),
		Below: []string{w.Figures(now) + " " + now.Format("15:04 UTC"), d.Issuer},
	}
}

// ForgetSignings removes requests to sign that ended a while ago.
func (s *Service) ForgetSignings(ctx context.Context, now time.Time) error {
	return s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error { return tx.ForgetSignings(ctx, now) })
}
