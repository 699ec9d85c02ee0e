package evidence_test

import (
	"errors"
	"flag"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/evidence/evidencetest"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

// drawn are the events that the machine draws from, each with whoever does it.
func drawn() []struct {
	by enrolment.Actor
	e  enrolment.Event
} {
	var (
		owner     = enrolment.Actor{Role: enrolment.Applicant, ID: "owner"}
		first     = enrolment.Actor{Role: enrolment.Reviewer, ID: "first"}
		second    = enrolment.Actor{Role: enrolment.Reviewer, ID: "second"}
		machine   = enrolment.Actor{Role: enrolment.System, ID: "test"}
		score     = 0.7
		extracted = enrolment.Extracted{Surname: "SPECIMEN", GivenNames: "Maéva", BirthDate: "1990-07-13"}
	)
	answers := func(yes bool, kinds ...enrolment.ConsentKind) (out []enrolment.ConsentAnswer) {
		for _, k := range kinds {
			out = append(out,
				enrolment.ConsentAnswer{Kind: k, Version: "1", TextHash: strings.Repeat("ab", 32), Language: "fr", Yes: yes})
		}
		return out
	}
	return []struct {
		by enrolment.Actor
		e  enrolment.Event
	}{
		{
			owner,
			enrolment.Correct{Declared: enrolment.Declaration{Surname: "SPECIMEN", Email: "b@example.org"}},
		},
		{owner, enrolment.ChooseLanguage{Language: "de"}},
		{
			owner,
			enrolment.Consent{Answers: answers(true, enrolment.Processing, enrolment.Terms, enrolment.Privacy, enrolment.Faces)},
		},
		{owner, enrolment.Consent{Answers: answers(false, enrolment.Processing)}},
		{enrolment.Actor{Role: enrolment.Applicant, ID: "another"}, enrolment.BeginCapture{}},
		{owner, enrolment.BeginCapture{}},
		{machine, enrolment.FailAttempt{Reason: "idle"}},
		{owner, enrolment.FinishCapture{}},
		{machine, enrolment.Verify{Extracted: extracted, FaceScore: &score}},
		{first, enrolment.Draw{}},
		{second, enrolment.Draw{}},
		{first, enrolment.PutBack{}},
		{first, enrolment.Decide{Verdict: enrolment.Accept}},
		{first, enrolment.Decide{Verdict: enrolment.Refuse, Reason: "copy", Words: "…"}},
		{second, enrolment.Decide{Verdict: enrolment.Accept}},
		{owner, enrolment.Contest{Words: "…"}},
		{owner, enrolment.ConfirmData{}},
		{
			owner,
			enrolment.RequestCertificate{
				Answers: answers(true, enrolment.Subscription, enrolment.Archive, enrolment.Publication),
			},
		},
		{machine, enrolment.Issue{Certificate: "serial"}},
		{owner, enrolment.GoInPerson{}},
		{owner, enrolment.GoRemote{}},
		{owner, enrolment.Cancel{}},
	}
}

// Random events from two instances, some of them with a record that is no longer the
// newest, leave what the pure state machine says, and a manifest that is whole.
func TestAnEnrolmentIsItsModelUnderRandomEvents(t *testing.T) {
	defer func(before string) { _ = flag.Set("rapid.checks", before) }(flag.Lookup("rapid.checks").Value.String())
	if flag.Lookup("rapid.checks").Value.String() == "100" { // the default: each event is synced to a disk
		if err := flag.Set("rapid.checks", "12"); err != nil {
			t.Fatal(err)
		}
	}
	rules := enrolment.DefaultRules(0.4)
	postgres.Each(t, func(t *testing.T, url string) {
		k := evidencetest.New(t, storetest.Open(t, url))
		other := *k.Keeper
		var err error
		if other.Store, err = store.Open(t.Context(), store.Config{URL: url}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = other.Store.Close() })
		keepers, made := []*evidence.Keeper{k.Keeper, &other}, 0
		rapid.Check(t, func(r *rapid.T) {
			made++
			id := fmt.Sprintf("id-%d", made)
			now := t0
			model := enrolment.New(id, fmt.Sprintf("R%05d", made), "owner", "fr",
				enrolment.Declaration{Surname: "SPECIMEN", GivenNames: "Maéva", Email: "a@example.org"}, now)
			stale := model
			save := func(k *evidence.Keeper, next enrolment.Record) error {
				return k.Store.InTx(t.Context(), func(tx *store.Tx) error {
					return errors.Join(tx.Save(t.Context(), next), k.Transition(t.Context(), tx, id, next.Last))
				})
			}
			err := k.Store.InTx(t.Context(), func(tx *store.Tx) error {
				return errors.Join(tx.Create(t.Context(), model), k.Transition(t.Context(), tx, id, model.Last))
			})
			if err != nil {
				r.Fatal(err)
			}
			for range rapid.IntRange(5, 25).Draw(r, "events") {
				at := rapid.SampledFrom(drawn()).Draw(r, "event")
				k := rapid.SampledFrom(keepers).Draw(r, "instance")
				now = now.Add(time.Minute)
				next, err := rules.Apply(model, at.by, at.e, now)
				if err != nil || next.Rev == model.Rev {
					continue // nothing is stored; the state machine has tests of its own
				}
				if err := save(k, next); err != nil {
					r.Fatalf("%T: %v", at.e, err)
				}
				if late, err := rules.Apply(stale, at.by, at.e, now); err == nil && late.Rev != stale.Rev && stale.Rev < model.Rev {
					if err := save(k, late); !errors.Is(err, store.ErrConflict) {
						r.Fatalf("a late %T is stored: %v", at.e, err)
					}
				}
				stale, model = model, next
				var got enrolment.Record
				err = rapid.SampledFrom(keepers).Draw(r, "reader").Store.InTx(t.Context(), func(tx *store.Tx) error {
					got, err = tx.Load(t.Context(), id)
					return err
				})
				if err != nil || got.State != model.State || got.Rev != model.Rev || got.Language != model.Language ||
					!reflect.DeepEqual(got.Declared,
						model.Declared) || !reflect.DeepEqual(got.Done, model.Done) || !got.LastAction.Equal(model.LastAction) {
					r.Fatalf("%v\nstored %+v\nmodel  %+v", err, got, model)
				}
			}
			v, err := k.Verify(t.Context(), id)
			if err != nil || len(v.Findings) > 0 && !onlyUnlogged(v) || v.Transitions != int(model.Rev) {
				r.Fatalf("%v, %d transitions, want %d: %+v", err, v.Transitions, model.Rev, v.Findings)
			}
		})
	})
}

// onlyUnlogged reports whether all that is found is that the log outside of the database
// has nothing: this test's clock is another.
func onlyUnlogged(v evidence.Verification) bool {
	for _, f := range v.Findings {
		if !strings.Contains(f.What, "the log outside of the database does not know it") {
			return false
		}
	}
	return true
}
