package journey

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/store"
)

// Certificates configures the request of certificates.
type Certificates struct {
	Desk *certificate.Desk
	// Keys holds the subscribers' keys, if the issuer wants one.
	Keys keys.Keeper
	// Soon is how long before its expiry a certificate's owner is reminded.
	Soon time.Duration
	// Country of the subject's attributes, ISO 3166-1 alpha-2.
	Country string
	// Scope is which further data the issuer gets.
	Scope []certificate.Scope
	// Level is what the operator claims of a proofing by this method, "remote" or
	// "in-person".
	Level  map[string]string
	Proofs Proofs
	// Signatures is where time stamps, lists and answers of signed documents come from.
	// Without Stamp they stay at level B.
	Signatures xades.Sources
}

// Proofs is what the proof files of certificates need beside the records.
type Proofs struct {
	Seal xades.Seal
	// Sources extend the seals; without Stamp they stay at level B.
	Sources xades.Sources
	// Status returns list and OCSP answer of a certificate of the issuer's. nil: none is asked for.
	Status func(ctx context.Context, c, issuer *x509.Certificate) (xades.Status, error)
}

// certificate returns a certificate without a permission check.
func (s *Service) certificate(ctx context.Context, id string) (c store.Certificate, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err = tx.Certificate(ctx, id)
		return err
	})
	return c, err
}

// Certificate returns a person's certificate. enrolment.ErrNotOwner if it is another
// person's.
func (s *Service) Certificate(ctx context.Context, subject, id string) (store.Certificate, error) {
	c, err := s.certificate(ctx, id)
	if err == nil && c.Owner != subject {
		err = enrolment.ErrNotOwner
	}
	return c, err
}

// CertificatesOf returns a person's certificates, the newest first.
func (s *Service) CertificatesOf(ctx context.Context, subject string) (list []store.Certificate, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.CertificatesOf(ctx, subject)
		return err
	})
	return list, err
}

// CertificateOf returns the certificate of an enrolment. store.ErrNotFound.
func (s *Service) CertificateOf(ctx context.Context, enrolment string) (c store.Certificate, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err = tx.CertificateOf(ctx, enrolment)
		return err
	})
	return c, err
}

// CertificateState returns the current state of a certificate and the days left.
func (s *Service) CertificateState(c store.Certificate) (certificate.State, int) {
	soon := time.Duration(0)
	if s.cfg.Certificates != nil {
		soon = s.cfg.Certificates.Soon
	}
	return c.Value.State(s.now(), soon), c.Value.DaysLeft(s.now())
}

// Revoke revokes a person's certificate. Idempotent. *enrolment.ValueError if the reason
// is invalid or nothing was issued.
func (s *Service) Revoke(ctx context.Context, subject, id string,
	reason certificate.Reason) (store.Certificate, error) {
	if _, ok := reason.Code(); !ok || s.cfg.Certificates == nil {
		return store.Certificate{}, &enrolment.ValueError{Action: "revoke", Field: "reason"}
	}
	for range tries {
		c, err := s.Certificate(ctx, subject, id)
		if err != nil || c.Value.Revocation != nil {
			return c, err
		}
		value, err := s.cfg.Certificates.Desk.Revoke(ctx, c.Value, reason)
		if errors.Is(err, certificate.ErrState) {
			return c, &enrolment.ValueError{Action: "revoke", Field: "state"}
		}
		if err != nil {
			return c, err
		}
		c.Value, c.RemindAt = value, time.Time{}
		c.Rev++
		err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
			if err := tx.SaveCertificate(ctx, c); err != nil {
				return err
			}
			if err := s.letterOf(ctx, tx, c, letterRevoked); err != nil {
				return err
			}
			return s.cfg.Keeper.Seal(ctx, tx, c.Enrolment, "certificate", s.now())
		})
		if !errors.Is(err, store.ErrConflict) {
			if err == nil {
				s.log.InfoContext(ctx, "certificate revoked", "reference", value.Request.Reference, "reason", reason)
			}
			return c, err
		}
	}
	return store.Certificate{}, store.ErrConflict
}

// Renew opens an enrolment with the declared data of the previous one. The identity is
// verified again.
func (s *Service) Renew(ctx context.Context, subject, id string) (enrolment.Record, error) {
	c, err := s.Certificate(ctx, subject, id)
	if err != nil {
		return enrolment.Record{}, err
	}
	r := c.Value.Request
	return s.Begin(ctx, subject, r.Language, enrolment.Declaration{
		Surname: cmp.Or(r.BirthSurname, r.Subject.Surname), GivenNames: r.Subject.GivenNames, BirthDate: r.BirthDate,
		Mobile: r.Mobile, Email: r.Email,
	}, c.AddressConfirmed)
}

// remindAtOnce bounds the reminders of one sweep. The rest waits for the next.
const remindAtOnce = 200

// Remind writes to the owners of certificates that expire soon, once each.
func (s *Service) Remind(ctx context.Context) error {
	return s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		due, err := tx.RemindersDue(ctx, s.now(), remindAtOnce)
		if err != nil {
			return err
		}
		for _, c := range due {
			c.RemindAt = time.Time{}
			c.Rev++
			if err := tx.SaveCertificate(ctx, c); err != nil {
				return err
			}
			if err := s.letterOf(ctx, tx, c, letterExpiring); err != nil {
				return err
			}
			if err := s.cfg.Keeper.Seal(ctx, tx, c.Enrolment, "certificate", s.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// listedAtMost bounds the results of a directory search.
const listedAtMost = 50

// Directory searches the published certificates.
func (s *Service) Directory(ctx context.Context, query string) (list []store.Certificate, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.Listed(ctx, query, listedAtMost)
		return err
	})
	return list, err
}
