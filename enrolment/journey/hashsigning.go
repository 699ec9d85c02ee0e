package journey

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"visavis/certificate/keys"
	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
	"visavis/sites"
)

// LetterSigning is the letter with the link to confirm what a site asks for; its id is the request's.
const LetterSigning = "signing"

// The errors of a request to sign that a site makes.
var (
	// ErrAddressOpen says that the person's address is not confirmed. No letter can ask them.
	ErrAddressOpen = errors.New("signing: the person's address is not confirmed")
	// ErrNotBegun says that the site did not ask for the request's digits, or too long ago.
	ErrNotBegun = errors.New("signing: no digits were asked for")
	// ErrActivation says that activation data is unknown, was used, or belongs to a refused request.
	ErrActivation = errors.New("signing: no such activation data")
	// ErrActivationOver says that activation data has expired.
	ErrActivationOver = errors.New("signing: the time of the activation data is over")
)

// siteConfirmWithin is how long a person has to confirm what a site asks for: the letter takes a while.
const siteConfirmWithin = 15 * time.Minute

// Asker is who asks a person to sign: a site, with one of its keys.
type Asker struct {
	Site sites.Site
	Key  string // id
}

func (a Asker) actor() enrolment.Actor { return enrolment.Actor{Role: "site", ID: a.Key} }

// CertificateAny returns a certificate of anybody. store.ErrNotFound. The caller decides who may see it.
func (s *Service) CertificateAny(ctx context.Context, id string) (store.Certificate, error) {
	return s.certificate(ctx, id)
}

// BeginHash begins a site's request and returns the digits that the site shows to the person, who types them when they
// confirm. It replaces the one before that named no hash. *SigningError, ErrAddressOpen.
func (s *Service) BeginHash(ctx context.Context, c store.Certificate, by Asker) (digits string, err error) {
	switch {
	case !s.CanSign(c):
		return "", &SigningError{Problem: SigningUnusable}
	case !c.AddressConfirmed:
		return "", ErrAddressOpen
	}
	q := store.Signing{
		ID: uuid.NewString(), Certificate: c.ID, Enrolment: c.Enrolment, Owner: c.Owner, Rev: 1, State: store.SigningBegun,
		CreatedAt: s.now(), ExpiresAt: s.now().Add(confirmWithin), Site: by.Site.ID, SiteName: by.Site.Name,
	}
	q.Link = linkHash(s.signingLink(q.ID))
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		before, err := begun(ctx, tx, c, by)
		if err == nil {
			err = tx.RemoveSigning(ctx, before) // a site asks as often as it calls: one stays
		}
		if store.OrNone(err) != nil {
			return err
		}
		return tx.AddSigning(ctx, q)
	})
	return s.SigningDigits(q), err
}

// begun returns the request of a site with a certificate that names no hash yet. store.ErrNotFound.
func begun(ctx context.Context, tx *store.Tx, c store.Certificate, by Asker) (store.Signing, error) {
	list, err := tx.SigningsOf(ctx, c.Owner)
	for _, q := range list {
		if q.State == store.SigningBegun && q.Site == by.Site.ID && q.Certificate == c.ID {
			return q, err
		}
	}
	return store.Signing{}, errors.Join(err, store.ErrNotFound)
}

// signingLink is the secret of the link in a letter. It is derived, so that no job holds it.
func (s *Service) signingLink(id string) string { return s.signingSecret("signing link", id) }

func (s *Service) signingSecret(use, of string) string {
	m := hmac.New(sha256.New, s.cfg.AddressKey)
	m.Write([]byte(use + "\x00" + of))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// AskHash names the hash of the request that BeginHash began, and writes to the person. name is what they read of the
// document.
// *SigningError, ErrAddressOpen, ErrNotBegun, *enrolment.LimitError for too many letters.
func (s *Service) AskHash(
	ctx context.Context, c store.Certificate, by Asker, name string, sum [sha256.Size]byte,
) (q store.Signing, err error) {
	if !c.AddressConfirmed {
		return q, ErrAddressOpen
	}
	if err := s.usable(ctx, c); err != nil {
		return q, err
	}
	var many *enrolment.LimitError // what was audited stays
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		many = nil
		if q, err = begun(ctx, tx, c, by); err != nil || !s.now().Before(q.ExpiresAt) {
			if store.OrNone(err) == nil {
				err = ErrNotBegun
			}
			return err
		}
		letter, err := s.count(ctx, tx, c.Record(), LetterSigning, false)
		if err != nil {
			return err
		}
		if !letter.sent {
			many = &enrolment.LimitError{What: "letters", Limit: s.cfg.Rules.Letters.OfTemplate}
			return s.sealLetter(ctx, tx, c.Enrolment, letter)
		}
		q.State, q.Name, q.SHA256 = store.SigningWaits, shortened(name), hex.EncodeToString(sum[:])
		q.ExpiresAt = s.now().Add(siteConfirmWithin)
		q.Rev++
		if err := tx.SaveSigning(ctx, q); err != nil {
			return err
		}
		if err := s.cfg.Queue.Enqueue(ctx, tx, jobs.SiteLetter{Template: LetterSigning, ID: q.ID}); err != nil {
			return err
		}
		return s.audit(ctx, tx, by.actor(), AuditSignAsked, q.Enrolment, "hash "+q.SHA256+" for site "+q.Site)
	})
	if err == nil && many != nil {
		err = many
	}
	return q, err
}

// SigningLetter is what the letter about a site's request says; To is empty where it is needed no more.
type SigningLetter struct {
	To, Language, Reference string
	Site                    string // who asks
	Secret                  string // of the link
	Until                   time.Time
}

// SigningLetter returns what the letter about a site's request says now.
func (s *Service) SigningLetter(ctx context.Context, id string) (l SigningLetter, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		q, err := tx.Signing(ctx, id)
		if err != nil || q.State != store.SigningWaits || q.Site == "" || s.Over(q) {
			return store.OrNone(err)
		}
		c, err := tx.Certificate(ctx, q.Certificate)
		if err != nil || !c.AddressConfirmed {
			return store.OrNone(err)
		}
		r := c.Value.Request
		l = SigningLetter{To: r.Email, Language: r.Language, Reference: r.Reference, Site: q.SiteName,
			Secret: s.signingLink(q.ID), Until: q.ExpiresAt}
		return nil
	})
	return l, err
}

// SiteSigning returns a site's request. store.ErrNotFound, also of another's and of one that named no hash.
func (s *Service) SiteSigning(ctx context.Context, site, id string) (q store.Signing, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		q, err = tx.Signing(ctx, id)
		return err
	})
	if err == nil && (site == "" || q.Site != site || q.State == store.SigningBegun) {
		return store.Signing{}, store.ErrNotFound
	}
	return q, err
}

// Activation returns the activation data of a confirmed request (SAD), and how long it lasts. It stands for this hash,
// this certificate and this site alone.
func (s *Service) Activation(q store.Signing) (sad string, lasts time.Duration) {
	of := strings.Join([]string{q.ID, q.Site, q.Certificate, q.SHA256}, "\x00")
	return q.ID + "." + s.signingSecret("signing activation", of), q.ExpiresAt.Sub(s.now())
}

// SignHash signs the hash of a confirmed request, once, and returns the signature (ECDSA, DER). After an error that is
// neither ErrActivation, ErrActivationOver nor a *SigningError the request is as before.
func (s *Service) SignHash(
	ctx context.Context, c store.Certificate, by Asker, sad string, sum [sha256.Size]byte,
) ([]byte, error) {
	id, _, _ := strings.Cut(sad, ".")
	q, err := s.SiteSigning(ctx, by.Site.ID, id)
	if store.OrNone(err) != nil {
		return nil, err
	}
	right, lasts := s.Activation(q)
	switch {
	case err != nil, q.Certificate != c.ID, !hmac.Equal([]byte(right), []byte(sad)), q.State != store.SigningConfirmed:
		return nil, ErrActivation
	case lasts <= 0:
		return nil, ErrActivationOver
	case hex.EncodeToString(sum[:]) != q.SHA256:
		return nil, &SigningError{Problem: SigningOther}
	}
	if err := s.usable(ctx, c); err != nil {
		return nil, err
	}
	q, err = s.move(ctx, q, store.SigningConfirmed, store.SigningRuns, "")
	if _, over := errors.AsType[*SigningError](err); over {
		return nil, ErrActivation // another call was quicker
	}
	if err != nil {
		return nil, err
	}
	value, err := s.signHash(ctx, c, sum)
	if err != nil {
		_, back := s.move(ctx, q, store.SigningRuns, store.SigningConfirmed, "")
		return nil, errors.Join(err, back)
	}
	made := sha256.Sum256(value)
	_, err = s.move(ctx, q, store.SigningRuns, store.SigningDone,
		fmt.Sprintf("hash %s for site %s, signature %s", q.SHA256, q.Site, hex.EncodeToString(made[:])))
	if err != nil {
		return nil, err
	}
	return value, nil
}

func (s *Service) signHash(ctx context.Context, c store.Certificate, sum [sha256.Size]byte) (value []byte, err error) {
	cert, err := x509.ParseCertificate(c.Value.DER)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", c.ID, err)
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, &SigningError{Problem: SigningUnusable}
	}
	err = s.cfg.Certificates.Keys.Use(ctx, subscriberKey(c.Enrolment), func(k crypto.Signer) (err error) {
		value, err = k.Sign(rand.Reader, sum[:], crypto.SHA256)
		return err
	})
	switch {
	case errors.Is(err, keys.ErrUnknown):
		return nil, &SigningError{Problem: SigningUnusable}
	case err != nil:
		return nil, fmt.Errorf("signing: %w", err)
	case !ecdsa.VerifyASN1(key, sum[:], value):
		return nil, errors.New("signing: the signature does not verify with the certificate's key")
	}
	return value, nil
}
