package journey

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/limits"
	"visavis/sites"
	"visavis/sms"
)

// SMS is how the capture's link goes to a declared mobile number.
type SMS struct {
	// Send sends it to the number of the declaration. *sms.Error: the provider did not take it.
	Send func(ctx context.Context, r enrolment.Record) error
	// Prefixes are the numbers that are written to; none: nobody is.
	Prefixes sms.Prefixes
}

// NoSMS says that no text messages go to a number.
const NoSMS InputProblem = "sms-number"

// ErrNotTexted is a text message that the provider did not take.
var ErrNotTexted = errors.New("the text message was not taken")

const (
	textLink  = "sms-link" // counted like a letter
	auditText = "sms"
	// textWithin bounds the sending of a message and its record, also after its person left.
	textWithin = 12 * time.Second
)

// SendsTexts tells whether there are text messages at all.
func (s *Service) SendsTexts() bool { return s.cfg.SMS != nil }

// Texts tells whether the capture's link can be sent to the declared number of an enrolment.
func (s *Service) Texts(r enrolment.Record) bool {
	_, _, ofSite := sites.OfSubject(r.Owner)
	return s.cfg.SMS != nil && !ofSite && s.textable(r.Declared.Mobile) &&
		(r.State == enrolment.Consented || r.State == enrolment.Capturing)
}

// textable tells whether text messages go to a declared number: one of a prefix that is paid
// for.
func (s *Service) textable(mobile string) bool {
	n, err := sms.ParseNumber(mobile)
	return err == nil && s.cfg.SMS.Prefixes.Allow(n)
}

// TextLink sends the capture's link to the declared number. admit counts what the caller
// counts, once nothing else forbids the message; its error forbids it. store.ErrNotFound where there
// are no text messages, *InputError for a number that gets none, *enrolment.LimitError if there were
// too many, *enrolment.StateError as SendLink, ErrNotTexted if the provider did not take it.
func (s *Service) TextLink(ctx context.Context, subject, id string, admit func() error) (enrolment.Record, error) {
	r, err := s.Own(ctx, subject, id)
	switch {
	case err != nil:
		return r, err
	case s.cfg.SMS == nil:
		return r, fmt.Errorf("text messages: %w", store.ErrNotFound)
	case !s.Texts(r) && s.textable(r.Declared.Mobile):
		return r, &enrolment.StateError{
			State: r.State, Action: enrolment.ActionBegin, Role: enrolment.Applicant,
			Allowed: s.cfg.Rules.Allowed(r.State, enrolment.Applicant),
		}
	case !s.Texts(r):
		return r, &InputError{Field: "mobile", Problem: NoSMS}
	}
	if err := s.countText(ctx, r, admit); err != nil {
		return r, err
	}
	// It is counted and may be paid for: what becomes of it is recorded though nobody may wait any more.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), textWithin)
	defer cancel()
	by := applicant(subject)
	if err := s.cfg.SMS.Send(ctx, r); err != nil {
		s.log.WarnContext(ctx, "a text message is not sent", "reference", r.Reference, "err", err)
		return r, errors.Join(ErrNotTexted, s.Audit(ctx, by, auditText, id, "link not sent: "+err.Error()))
	}
	return r, s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.LetterSent(ctx, id, textLink, s.now()); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, auditText, id, "link sent")
	})
}

// countText stores that a message is to be sent, or audits which limit forbids it.
func (s *Service) countText(ctx context.Context, r enrolment.Record, admit func() error) error {
	l := store.Letter{
		Enrolment: r.ID, Owner: r.Owner, Address: s.numberHash(r.Declared.Mobile), Template: textLink, At: s.now(),
	}
	var over *enrolment.LimitError
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		over = nil
		// A message to the same number, or of the same account, waits here and then counts this one.
		locks := []string{"sms " + l.Address, "sms of " + l.Owner}
		slices.Sort(locks)
		for _, name := range locks {
			if err := tx.Lock(ctx, name); err != nil {
				return err
			}
		}
		sent, err := tx.LettersSince(ctx, l, l.At.Add(-limits.SMSAccount.Per()))
		if err != nil {
			return err
		}
		for _, b := range []struct {
			limit limits.Limit
			sent  int
		}{{limits.SMSAccount, sent.OwnerTemplate}, {limits.SMSNumber, sent.AddressTemplate}} {
			if b.sent >= b.limit.Number() {
				limits.Count(b.limit)
				over = &enrolment.LimitError{What: "sms", Limit: b.limit.Number()}
				recorded, err := s.auditRefusal(ctx, tx, applicant(r.Owner), r.ID,
					fmt.Sprintf("text message: %d for one %s", b.limit.Number(), b.limit.Of().Scope))
				if err != nil || !recorded {
					return err
				}
				return s.cfg.Keeper.Seal(ctx, tx, r.ID, auditText, s.now())
			}
		}
		if err := admit(); err != nil {
			return err
		}
		if err := tx.AddLetter(ctx, l); err != nil {
			return err
		}
		return s.cfg.Keeper.Seal(ctx, tx, r.ID, auditText, s.now())
	})
	if err == nil && over != nil {
		return over
	}
	return err
}

// numberHash stands for a number in what counts: there are so few numbers that a hash
// without a key would reveal them.
func (s *Service) numberHash(mobile string) string {
	m := hmac.New(sha256.New, s.cfg.AddressKey)
	m.Write([]byte("visavis mobile " + mobile))
	return hex.EncodeToString(m.Sum(nil))
}
