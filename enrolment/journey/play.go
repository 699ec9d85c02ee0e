package journey

import (
	"context"
	"slices"

	"visavis/document"
	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/sites"
)

// sandbox is the actor that stands for machine and reviewer in a test.
const sandbox = "sandbox"

// PlayedDocument is the kind of document that a played test counts as showing: it has no
// pictures.
const PlayedDocument = string(document.Passport)

// playSteps bounds the steps from the first state to the last.
const playSteps = 20

// Play advances a site's test enrolment to one of the states, as if person, machine and
// reviewer had acted: by the same rules, in one transaction, without pictures. Then it
// applies last in order. enrolment.ErrNotOwner if it is not a site's test;
// *enrolment.StateError if no way leads there.
func (s *Service) Play(ctx context.Context, id string, to []enrolment.State,
	last ...enrolment.Event) (r enrolment.Record, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		if r, err = tx.Load(ctx, id); err != nil {
			return err
		}
		if _, live, ok := sites.OfSubject(r.Owner); !ok || live {
			return enrolment.ErrNotOwner
		}
		for range playSteps {
			if slices.Contains(to, r.State) {
				break
			}
			events := s.playNext(r)
			if len(events) == 0 {
				return &enrolment.StateError{State: r.State, Action: enrolment.ActionVerify, Role: enrolment.System}
			}
			if r, err = s.playAll(ctx, tx, r, events); err != nil {
				return err
			}
		}
		r, err = s.playAll(ctx, tx, r, last)
		return err
	})
	if err == nil {
		s.hub.tell(id)
	}
	return r, err
}

func (s *Service) playAll(ctx context.Context, tx *store.Tx, r enrolment.Record,
	events []enrolment.Event) (enrolment.Record, error) {
	for _, e := range events {
		by := applicant(r.Owner)
		switch d := e.(type) {
		case enrolment.Verify, enrolment.FailAttempt:
			by = enrolment.Actor{Role: enrolment.System, ID: sandbox}
		case enrolment.Draw:
			by = reviewer(sandbox)
		case enrolment.Decide:
			by = reviewer(sandbox)
			if d.Verdict == enrolment.Accept {
				d.Checklist = map[string]bool{}
				for _, q := range checklist(r) {
					d.Checklist[q.ID] = true
				}
				e = d
			}
		}
		var err error
		if r, _, err = s.step(ctx, tx, r.ID, change{by: by, event: e, played: true}); err != nil {
			return r, err
		}
	}
	return r, nil
}

// playNext returns the events that lead from a state towards success.
func (s *Service) playNext(r enrolment.Record) []enrolment.Event {
	switch r.State {
	case enrolment.Declared:
		return []enrolment.Event{enrolment.Consent{
			Answers: s.playAnswers(r, enrolment.Processing, enrolment.Terms, enrolment.Privacy, enrolment.Faces)}}
	case enrolment.Consented:
		return []enrolment.Event{enrolment.BeginCapture{}}
	case enrolment.Capturing:
		return []enrolment.Event{enrolment.FinishCapture{}}
	case enrolment.Verifying:
		score := 1.0
		return []enrolment.Event{enrolment.Verify{Extracted: playedData(r.Declared), FaceScore: &score}}
	case enrolment.Review, enrolment.Contested:
		return []enrolment.Event{enrolment.Draw{}, enrolment.Decide{Verdict: enrolment.Accept}}
	case enrolment.ToConfirm:
		return []enrolment.Event{enrolment.ConfirmData{}}
	case enrolment.InPerson:
		return []enrolment.Event{enrolment.GoRemote{}}
	}
	return nil
}

// playedData returns the data of a test's specimen: the declared data, or the
// demonstration's person.
func playedData(d enrolment.Declaration) enrolment.Extracted {
	x := enrolment.Extracted{Surname: d.Surname, GivenNames: d.GivenNames, BirthDate: d.BirthDate}
	if x.Surname+x.GivenNames == "" {
		x.Surname, x.GivenNames = "Specimen", "Maéva Claire"
	}
	if x.BirthDate == "" {
		x.BirthDate = "1990-07-13"
	}
	return x
}

func (s *Service) playAnswers(r enrolment.Record, kinds ...enrolment.ConsentKind) []enrolment.ConsentAnswer {
	var out []enrolment.ConsentAnswer
	for _, kind := range kinds {
		t := s.cfg.Text(kind, r.Language)
		out = append(out, enrolment.ConsentAnswer{Kind: kind, Version: t.Version, TextHash: t.Hash,
			Language: t.Language, Yes: true})
	}
	return out
}

// PlayRequest requests the certificate of a site's test, as its person would.
func (s *Service) PlayRequest(ctx context.Context, r enrolment.Record) (enrolment.Record, error) {
	if _, live, ok := sites.OfSubject(r.Owner); !ok || live {
		return r, enrolment.ErrNotOwner
	}
	answers := s.playAnswers(r, enrolment.Subscription, enrolment.Archive, enrolment.Publication)
	answers[len(answers)-1].Yes = false // the directory lists no tests
	return s.Request(ctx, r.Owner, r.ID, answers)
}
