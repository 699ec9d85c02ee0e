package journey

import (
	"context"
	"fmt"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
	"visavis/limits"
	"visavis/sites"
)

// letter sends a letter to an applicant once their address is confirmed.
func (s *Service) letter(ctx context.Context, tx *store.Tx, r enrolment.Record, template string) error {
	if !r.AddressConfirmed() {
		return s.hold(ctx, tx, r, template)
	}
	_, err := s.post(ctx, tx, r, template)
	return err
}

// counted is what the limits on letters say of one. The enrolment's rows are changed, and have to be sealed, if it is
// to be sent or its refusal was audited.
type counted struct{ sent, changed bool }

// post enqueues a letter that no limit forbids.
func (s *Service) post(ctx context.Context, tx *store.Tx, r enrolment.Record, template string) (counted, error) {
	c, err := s.count(ctx, tx, r, template, template == letterAddress)
	if err != nil || !c.sent {
		return c, err
	}
	return c, s.cfg.Queue.Enqueue(ctx, tx, jobs.Email{Enrolment: r.ID, Template: template})
}

// sealLetter seals what was changed for a letter, as the last step of its transaction.
func (s *Service) sealLetter(ctx context.Context, tx *store.Tx, id string, c counted) error {
	if !c.changed {
		return nil
	}
	return s.cfg.Keeper.Seal(ctx, tx, id, "letter", s.now())
}

// SendLink sends the letter with the capture's link to the applicant again, who opens it on
// their phone. *InputError while the address is not confirmed, *enrolment.LimitError if
// there were too many letters, *enrolment.StateError where nothing is to be captured, and for
// people whom a site sent: their letters hold no link, since they have no login here.
func (s *Service) SendLink(ctx context.Context, subject, id string) (enrolment.Record, error) {
	r, err := s.Own(ctx, subject, id)
	_, _, ofSite := sites.OfSubject(r.Owner)
	switch {
	case err != nil:
		return r, err
	case ofSite || r.State != enrolment.Consented && r.State != enrolment.Capturing:
		return r, &enrolment.StateError{
			State: r.State, Action: enrolment.ActionBegin, Role: enrolment.Applicant,
			Allowed: s.cfg.Rules.Allowed(r.State, enrolment.Applicant),
		}
	case !r.AddressConfirmed():
		return r, &InputError{Field: "email", Problem: Unconfirmed}
	}
	var c counted
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		if c, err = s.post(ctx, tx, r, letterLink); err != nil {
			return err
		}
		return s.sealLetter(ctx, tx, id, c) // what was audited stays
	})
	if err == nil && !c.sent {
		err = &enrolment.LimitError{What: "letters", Limit: s.cfg.Rules.Letters.OfTemplate}
	}
	return r, err
}

// CountLetter counts a letter to the declared address that another package enqueues. It
// returns false if a limit forbids the letter; the transaction is to be kept even so, with
// the audit's record of it.
func (s *Service) CountLetter(ctx context.Context, tx *store.Tx, r enrolment.Record, template string) (bool, error) {
	c, err := s.count(ctx, tx, r, template, !r.AddressConfirmed())
	if err != nil {
		return false, err
	}
	return c.sent, s.sealLetter(ctx, tx, r.ID, c)
}

// count stores a letter, or records in the audit which limit forbids it. An address that
// nobody confirmed may be a stranger's: it gets few letters.
func (s *Service) count(ctx context.Context, tx *store.Tx, r enrolment.Record, template string,
	unconfirmed bool) (c counted, err error) {
	l := store.Letter{Enrolment: r.ID, Owner: r.Owner, Address: enrolment.AddressHash(r.Declared.Email),
		Template: template, At: s.now()}
	b, reached, err := s.tooMany(ctx, tx, l, unconfirmed)
	if err != nil {
		return c, err
	}
	if reached {
		limits.Count(b.limit)
		s.log.WarnContext(ctx, "a letter is not sent: there were too many", "reference", r.Reference, "letter", template,
			"of", b.of, "limit", b.most)
		what := fmt.Sprintf("letter %s: %d for one %s", template, b.most, b.of)
		c.changed, err = s.auditRefusal(ctx, tx, issuing, r.ID, what)
		return c, err
	}
	return counted{sent: true, changed: true}, tx.AddLetter(ctx, l)
}

// letterBound is one limit on letters and what is used of it.
type letterBound struct {
	limit      limits.Limit
	of         string // in the log and the audit
	sent, most int
}

// tooMany returns the limit of letters that is reached, if there is one.
func (s *Service) tooMany(
	ctx context.Context, tx *store.Tx, l store.Letter, unconfirmed bool,
) (b letterBound, reached bool, err error) {
	rules := s.cfg.Rules.Letters
	sent, err := tx.LettersSince(ctx, l, l.At.Add(-rules.Window))
	if err != nil {
		return b, false, err
	}
	bounds := []letterBound{
		{limits.LettersTemplate, "template", sent.Template, rules.OfTemplate},
		{limits.LettersEnrolment, "enrolment", sent.Enrolment, rules.OfEnrolment},
		{limits.LettersAccount, "account", sent.Owner, rules.OfAccount},
		{limits.LettersAddress, "address", sent.Address, rules.ToAddress},
	}
	if rules := s.cfg.Rules.Address; unconfirmed {
		bounds = append(bounds,
			letterBound{limits.ConfirmationsAccount, "account", sent.OwnerTemplate, rules.OfAccount},
			letterBound{limits.ConfirmationsAddress, "address", sent.AddressTemplate, rules.ToAddress},
			letterBound{limits.ConfirmationsAddress, "address that was disowned", sent.Disowned, 1})
	}
	for _, b := range bounds {
		if b.most > 0 && b.sent >= b.most {
			return b, true, nil
		}
	}
	return b, false, nil
}

// letterOf is letter for a certificate whose enrolment may be deleted.
func (s *Service) letterOf(ctx context.Context, tx *store.Tx, c store.Certificate, template string) error {
	return s.letter(ctx, tx, c.Record(), template)
}

// LetterSent implements jobs.Sent: it records a sent letter in the transaction that ends
// the job.
func (s *Service) LetterSent(ctx context.Context, tx *store.Tx, m jobs.Email) error {
	u, err := tx.UndeliveredOf(ctx, m.Enrolment)
	if store.OrNone(err) != nil || err == nil && u.Letter == m.Template {
		return store.OrNone(err) // the mailer gave up and recorded it
	}
	noted, err := tx.LetterSent(ctx, m.Enrolment, m.Template, s.now())
	if err != nil || !noted {
		return err
	}
	return s.cfg.Keeper.Seal(ctx, tx, m.Enrolment, "letter", s.now())
}
