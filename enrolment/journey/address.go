package journey

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/limits"
	"visavis/words"
)

// AddressProblem says why a confirmation failed.
type AddressProblem string

// The problems.
const (
	AddressWrong   AddressProblem = "wrong"   // other digits than the letter's
	AddressForm    AddressProblem = "form"    // not six digits; does not count as an attempt
	AddressExpired AddressProblem = "expired" // the letter is too old, was used, or is not the newest
	AddressUsedUp  AddressProblem = "used-up" // too many attempts for this letter
)

// AddressError is a failed confirmation.
type AddressError struct {
	Problem AddressProblem
	Left    int // tries, with AddressWrong
}

// Error implements error.
func (e *AddressError) Error() string { return "address: " + string(e.Problem) }

// Asked is the progress of an address's confirmation.
type Asked struct {
	At          time.Time // when the newest letter was requested; zero if none
	DigitsUntil time.Time // when its digits end
	Left        int       // tries at its digits
	Again       time.Time // when another letter may be asked for
}

// asked returns the progress of the confirmation of a record's address.
func (s *Service) asked(ctx context.Context, tx *store.Tx, r enrolment.Record) (Asked, error) {
	c, err := tx.AddressCode(ctx, r.ID)
	if err != nil || c.Nonce == "" || c.Address != enrolment.AddressHash(r.Declared.Email) {
		return Asked{}, err
	}
	rules := s.cfg.Rules.Address
	return Asked{
		At: c.AskedAt, DigitsUntil: c.AskedAt.Add(rules.DigitsFor), Left: max(0, rules.Tries-c.Tries),
		Again: c.AskedAt.Add(rules.Pause),
	}, nil
}

// hold delays a letter until the address is confirmed, and requests the confirmation.
func (s *Service) hold(ctx context.Context, tx *store.Tx, r enrolment.Record, template string) error {
	if err := tx.HoldLetter(ctx, r.ID, template); err != nil {
		return err
	}
	return s.askOnce(ctx, tx, r)
}

// askOnce writes to the declared address unless a previous letter is still valid.
// Reaching a limit is no error: the page shows the state of the confirmation.
func (s *Service) askOnce(ctx context.Context, tx *store.Tx, r enrolment.Record) error {
	a, err := s.asked(ctx, tx, r)
	if err != nil || !a.At.IsZero() && s.now().Before(a.At.Add(s.cfg.Rules.Address.LinkFor)) {
		return err
	}
	_, err = s.ask(ctx, tx, r)
	return err
}

// ask writes to the declared address, unless a limit forbids it.
func (s *Service) ask(ctx context.Context, tx *store.Tx, r enrolment.Record) (counted, error) {
	if r.Declared.Email == "" {
		return counted{}, nil
	}
	letter, err := s.post(ctx, tx, r, letterAddress)
	if err != nil || !letter.sent {
		return letter, err
	}
	c, err := tx.AddressCode(ctx, r.ID)
	if err != nil {
		return letter, err
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the process instead
	c.Address, c.Nonce, c.Tries, c.AskedAt = enrolment.AddressHash(r.Declared.Email), hex.EncodeToString(nonce), 0, s.now()
	return letter, tx.SaveAddressCode(ctx, r.ID, c)
}

// AskAddress writes to the declared address again and invalidates the previous letter.
// *enrolment.LimitError if it is too soon, or there were too many.
func (s *Service) AskAddress(ctx context.Context, subject, id string) (enrolment.Record, error) {
	r, err := s.Own(ctx, subject, id)
	if err != nil || r.AddressConfirmed() {
		return r, err
	}
	if _, err := s.checkEmail(r.Declared.Email); err != nil {
		return r, err
	}
	var letter counted
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(ctx, "address "+id); err != nil {
			return err
		}
		a, err := s.asked(ctx, tx, r)
		if err != nil {
			return err
		}
		if now := s.now(); now.Before(a.Again) {
			return &enrolment.LimitError{What: "letters", Limit: 1, Next: a.Again}
		}
		if letter, err = s.ask(ctx, tx, r); err != nil {
			return err
		}
		return s.sealLetter(ctx, tx, id, letter) // what was audited stays
	})
	if err == nil && !letter.sent {
		err = &enrolment.LimitError{What: "letters", Limit: s.cfg.Rules.Address.OfAccount}
	}
	return r, err
}

// ConfirmAddress checks the digits from a letter. *AddressError.
func (s *Service) ConfirmAddress(ctx context.Context, subject, id, typed string) (enrolment.Record, error) {
	r, err := s.Own(ctx, subject, id)
	if err != nil || r.AddressConfirmed() {
		return r, err
	}
	digits := words.Digits(typed)
	if len(digits) != 6 {
		return r, &AddressError{Problem: AddressForm}
	}
	bad := &AddressError{}
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		left, err := tx.TryAddressCode(ctx, id, s.cfg.Rules.Address.Tries)
		if err != nil {
			return err
		}
		a, err := s.asked(ctx, tx, r)
		if err != nil {
			return err
		}
		right, _, err := s.AddressSecret(ctx, tx, r)
		switch {
		case err != nil:
			return err
		case a.At.IsZero() || !s.now().Before(a.DigitsUntil):
			bad.Problem = AddressExpired
		case !left:
			bad.Problem = AddressUsedUp
		case subtle.ConstantTimeCompare([]byte(right), []byte(digits)) != 1:
			bad.Problem, bad.Left = AddressWrong, a.Left
		}
		return nil // the try is counted in any case
	})
	if err == nil && bad.Problem != "" {
		err = bad
		if bad.Problem == AddressUsedUp {
			limits.Count(limits.ConfirmationTries)
		}
	}
	if err != nil {
		return r, err
	}
	return s.do(ctx, id, applicant(subject), enrolment.ConfirmAddress{Email: r.Declared.Email, Way: enrolment.ByDigits})
}

// linkActor acts for whoever opens a letter's link.
var linkActor = enrolment.Actor{Role: enrolment.System, ID: "address-link"}

// openLink runs what a letter's link is good for: the secret is the enrolment's id, a
// point and 43 letters. r is the record; of a deleted enrolment, whose certificate stays,
// kept is false. *AddressError.
func (s *Service) openLink(ctx context.Context, token string,
	deleted func(context.Context, *store.Tx, enrolment.Record) error) (r enrolment.Record, kept bool, err error) {
	id, link, _ := strings.Cut(token, ".")
	if uuid.Validate(id) != nil || link == "" {
		return r, false, &AddressError{Problem: AddressExpired}
	}
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		r, kept, err = tx.LoadForLetters(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return &AddressError{Problem: AddressExpired}
		}
		if err != nil {
			return err
		}
		a, err := s.asked(ctx, tx, r)
		if err != nil {
			return err
		}
		_, right, err := s.AddressSecret(ctx, tx, r)
		if err != nil {
			return err
		}
		good := !a.At.IsZero() && s.now().Before(a.At.Add(s.cfg.Rules.Address.LinkFor))
		if !good || subtle.ConstantTimeCompare([]byte(right), []byte(link)) != 1 {
			return &AddressError{Problem: AddressExpired}
		}
		if kept {
			return nil
		}
		return deleted(ctx, tx, r)
	})
	return r, kept, err
}

// byLink applies what a letter's link says to an enrolment.
func (s *Service) byLink(ctx context.Context, id string, e enrolment.Event) error {
	_, err := s.do(ctx, id, linkActor, e)
	_, ended := errors.AsType[*enrolment.StateError](err)
	_, another := errors.AsType[*enrolment.ValueError](err) // another address was declared after the link was checked
	if ended || another {
		return &AddressError{Problem: AddressExpired}
	}
	return err
}

// ConfirmAddressByLink confirms the address that got a letter's link. It needs no login.
// *AddressError.
func (s *Service) ConfirmAddressByLink(ctx context.Context, token string) error {
	r, kept, err := s.openLink(ctx, token, s.release)
	if err != nil || !kept {
		return err
	}
	return s.byLink(ctx, r.ID, enrolment.ConfirmAddress{Email: r.Declared.Email, Way: enrolment.ByLink})
}

// DisownAddressByLink takes the word of whoever got a letter's link that the request is
// not theirs: the address is forgotten, the request says so, and nobody is asked at this
// address again for a day. It needs no login. *AddressError.
func (s *Service) DisownAddressByLink(ctx context.Context, token string) error {
	r, kept, err := s.openLink(ctx, token, s.forget)
	if err != nil || !kept {
		return err
	}
	return s.byLink(ctx, r.ID, enrolment.DisownAddress{Email: r.Declared.Email})
}

// AddressSecret returns the secrets of the newest letter to a record's address; empty if
// none is open. The mailer calls it when sending, so that no job contains them.
func (s *Service) AddressSecret(
	ctx context.Context, tx *store.Tx, r enrolment.Record,
) (digits, link string, err error) {
	c, err := tx.AddressCode(ctx, r.ID)
	if err != nil || c.Nonce == "" || c.Address != enrolment.AddressHash(r.Declared.Email) {
		return "", "", err
	}
	digits, link = enrolment.AddressSecret(s.cfg.AddressKey, r.ID, c.Address, c.Nonce)
	return digits, link, nil
}

// release completes the confirmation of an address and sends the delayed letters that are
// still true.
func (s *Service) release(ctx context.Context, tx *store.Tx, r enrolment.Record) error {
	if _, err := tx.ConfirmCertificateAddress(ctx, r.ID); err != nil {
		return err
	}
	c, err := tx.AddressCode(ctx, r.ID)
	if err != nil {
		return err
	}
	if err := tx.SaveAddressCode(ctx, r.ID, store.AddressCode{Address: c.Address}); err != nil {
		return err
	}
	for _, template := range c.Held {
		if !stillSays(r, template) {
			continue
		}
		if _, err := s.post(ctx, tx, r, template); err != nil {
			return err
		}
	}
	return nil
}

// forget removes a disowned address from what is stored beside its record. The letters
// that wait go to the next address, if there is one.
func (s *Service) forget(ctx context.Context, tx *store.Tx, before enrolment.Record) error {
	l := store.Letter{Enrolment: before.ID, Owner: before.Owner, Address: enrolment.AddressHash(before.Declared.Email),
		Template: store.Disowned, At: s.now()}
	if err := tx.AddLetter(ctx, l); err != nil {
		return err
	}
	code, err := tx.AddressCode(ctx, before.ID)
	if err != nil {
		return err
	}
	if err := tx.SaveAddressCode(ctx, before.ID, store.AddressCode{Held: code.Held}); err != nil {
		return err
	}
	c, err := tx.CertificateOf(ctx, before.ID)
	if err != nil {
		return store.OrNone(err)
	}
	c.Value.Request.Email = ""
	c.Rev++
	return tx.SaveCertificate(ctx, c)
}
