package journey

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/pades"
	"visavis/certificate/proof/xades"
	"visavis/enrolment/store"
	"visavis/words"
)

const (
	// stampWithin bounds the wait for time stamp, lists and answers: the person waits too.
	stampWithin = 10 * time.Second
	// noteWithin bounds the record of what became of a signature, also after its person left.
	noteWithin = 5 * time.Second
)

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
