package journey

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/words"
)

func applicant(subject string) enrolment.Actor {
	return enrolment.Actor{Role: enrolment.Applicant, ID: subject}
}

// closed are the states that allow another enrolment.
var closed = []enrolment.State{enrolment.Issued, enrolment.Refused, enrolment.Expired, enrolment.Cancelled}

// Begin returns the applicant's open enrolment, or a new one with the data of their
// account. vouched says that the login's provider vouches for the address.
func (s *Service) Begin(ctx context.Context, subject, language string, d enrolment.Declaration,
	vouched bool) (enrolment.Record, error) {
	known := func(ctx context.Context, tx *store.Tx) (r enrolment.Record, err error) {
		if err := tx.LockOwner(ctx, subject); err != nil {
			return r, err
		}
		list, err := tx.OfOwner(ctx, subject)
		for _, known := range list {
			if !slices.Contains(closed, known.State) {
				return known, err
			}
		}
		return r, err
	}
	if n, err := normalMobile(d.Mobile); err == nil {
		d.Mobile = n
	}
	return s.open(ctx, subject, language, d, vouched, known)
}

// Open begins an enrolment of a subject that nobody knows before the call returns, with data that CheckGiven returned.
// first runs first, in the same transaction: once more each time that the transaction is tried again.
func (s *Service) Open(ctx context.Context, subject, language string, d enrolment.Declaration,
	first func(context.Context, *store.Tx) error) (enrolment.Record, error) {
	return s.open(ctx, subject, language, d, false, func(ctx context.Context, tx *store.Tx) (enrolment.Record, error) {
		return enrolment.Record{}, first(ctx, tx)
	})
}

// open returns the enrolment that known finds, or a new one where that has no id.
func (s *Service) open(
	ctx context.Context, subject, language string, d enrolment.Declaration, vouched bool,
	known func(context.Context, *store.Tx) (enrolment.Record, error),
) (r enrolment.Record, err error) {
	language = words.Find(language).Tag
	created := false
	for range tries {
		err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			if r, err = known(ctx, tx); err != nil || r.ID != "" {
				return err
			}
			r = enrolment.New(uuid.NewString(), s.cfg.Reference(), subject, language, d, s.now())
			if vouched && d.Email != "" {
				r.Address = &enrolment.ConfirmedAddress{Email: d.Email, Way: enrolment.ByLogin, At: s.now()}
			}
			created = true
			if err := s.cfg.Keeper.Create(ctx, tx, r); err != nil || s.cfg.Changed == nil {
				return err
			}
			// Last, since it locks its site: other requests of the site wait until this transaction ends.
			return s.cfg.Changed(ctx, tx, r)
		})
		if !store.ReferenceTaken(err) {
			break
		}
		created = false
	}
	if err == nil && created {
		s.log.InfoContext(ctx, "enrolment opened", "reference", r.Reference)
	}
	return r, err
}

// referenceAlphabet avoids similar letters and words.
const referenceAlphabet = "BCDFGHJKLMNPQRSTVWXZ"

func newReference() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	for i := range b {
		b[i] = referenceAlphabet[int(b[i])%len(referenceAlphabet)]
	}
	return string(b)
}

// Correct replaces the declared data. The error joins an *InputError for each invalid
// field.
func (s *Service) Correct(ctx context.Context, subject, id string, d enrolment.Declaration) (enrolment.Record, error) {
	d, err := s.checkDeclared(d)
	if err != nil {
		return enrolment.Record{}, err
	}
	return s.do(ctx, id, applicant(subject), enrolment.Correct{Declared: d})
}

// ChooseLanguage puts the later letters of an enrolment into another language, which
// words.Lookup finds. *enrolment.ValueError if it finds none.
func (s *Service) ChooseLanguage(ctx context.Context, subject, id, language string) (enrolment.Record, error) {
	found, ok := words.Lookup(language)
	if !ok {
		return enrolment.Record{}, &enrolment.ValueError{Action: enrolment.ActionLanguage, Field: "language"}
	}
	return s.do(ctx, id, applicant(subject), enrolment.ChooseLanguage{Language: found.Tag})
}

// TellZone records the time zone of the applicant's browser, in which later letters tell
// times. *enrolment.ValueError if it is none.
func (s *Service) TellZone(ctx context.Context, subject, id, zone string) (enrolment.Record, error) {
	return s.do(ctx, id, applicant(subject), enrolment.TellZone{Zone: zone})
}

// Consent records the answers to the texts shown before the capture. The error joins an
// *InputError for each unusable declared field, or is one for a text that is not current.
func (s *Service) Consent(
	ctx context.Context, subject, id string, answers []enrolment.ConsentAnswer,
) (enrolment.Record, error) {
	r, err := s.Own(ctx, subject, id)
	if err != nil {
		return r, err
	}
	if r.State == enrolment.Declared {
		if _, err := s.checkDeclared(r.Declared); err != nil {
			return r, err
		}
	}
	if err := s.checkAnswers(answers); err != nil {
		return r, err
	}
	return s.do(ctx, id, applicant(subject), enrolment.Consent{Answers: answers})
}

// checkAnswers refuses an answer to a text that is not current: nobody agrees to what
// they were not shown.
func (s *Service) checkAnswers(answers []enrolment.ConsentAnswer) error {
	for _, a := range answers {
		if t := s.cfg.Text(a.Kind, a.Language); t.Hash == "" || t.Hash != a.TextHash || t.Version != a.Version ||
			t.Language != a.Language {
			return &InputError{Field: "answers." + string(a.Kind), Problem: TextChanged}
		}
	}
	return nil
}

// InPerson replaces phone and face comparison by a check by a registrar.
func (s *Service) InPerson(ctx context.Context, subject, id string) (enrolment.Record, error) {
	return s.do(ctx, id, applicant(subject), enrolment.GoInPerson{})
}

// Remote undoes InPerson.
func (s *Service) Remote(ctx context.Context, subject, id string) (enrolment.Record, error) {
	return s.do(ctx, id, applicant(subject), enrolment.GoRemote{})
}

// Cancel ends the enrolment.
func (s *Service) Cancel(ctx context.Context, subject, id string) (enrolment.Record, error) {
	return s.do(ctx, id, applicant(subject), enrolment.Cancel{})
}

// CancelFor ends an enrolment at the request of its site, or because it waited too long
// for the site. why is a code for the log.
func (s *Service) CancelFor(ctx context.Context, id, why string) (enrolment.Record, error) {
	return s.change(ctx, id, change{by: enrolment.Actor{Role: enrolment.Applicant}, event: enrolment.Cancel{Reason: why}})
}

// Contest asks for another reviewer after a refusal.
func (s *Service) Contest(ctx context.Context, subject, id, words string) (enrolment.Record, error) {
	return s.do(ctx, id, applicant(subject), enrolment.Contest{Words: words})
}

// Confirm confirms the data and the name: with usageName the printed nom d'usage.
// *enrolment.ValueError if none is printed.
func (s *Service) Confirm(ctx context.Context, subject, id string, usageName bool) (enrolment.Record, error) {
	return s.do(ctx, id, applicant(subject), enrolment.ConfirmData{UsageName: usageName})
}

// disputable are the fields that an applicant may dispute.
var disputable = []string{"surname", "givenNames", "birthDate", "picture"}

// Dispute says which field is wrong, and whether new pictures follow.
func (s *Service) Dispute(ctx context.Context, subject, id string, d enrolment.Dispute,
	capture bool) (enrolment.Record, error) {
	if !slices.Contains(disputable, d.Field) {
		return enrolment.Record{}, &enrolment.ValueError{Action: enrolment.ActionDispute, Field: "field"}
	}
	return s.do(ctx, id, applicant(subject), enrolment.DisputeData{Dispute: d, Capture: capture})
}
