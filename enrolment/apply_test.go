package enrolment

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const faceThreshold = 0.4

var (
	t0        = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	applicant = Actor{Applicant, "owner"}
	reviewer  = Actor{Reviewer, "first"}
	second    = Actor{Reviewer, "second"}
	third     = Actor{Reviewer, "third"}
	registrar = Actor{Registrar, "desk"}
	system    = Actor{System, "test"}
	specimen  = Extracted{Surname: "SPECIMEN", GivenNames: "Maéva", BirthDate: "1990-07-13"}
)

func answers(kinds ...ConsentKind) []ConsentAnswer {
	var out []ConsentAnswer
	for _, k := range kinds {
		out = append(out, ConsentAnswer{Kind: k, Version: "1", TextHash: strings.Repeat("ab", 32), Language: "fr", Yes: true})
	}
	return out
}

func newRecord() Record {
	declared := Declaration{Surname: "SPECIMEN", GivenNames: "Maéva", Email: "a@example.org"}
	return New("id", "ABC234", "owner", "fr", declared, t0)
}

type step struct {
	by Actor
	e  Event
}

var (
	consent = step{applicant, Consent{answers(Processing, Terms, Privacy, Faces)}}
	begin   = step{applicant, BeginCapture{}}
	finish  = step{applicant, FinishCapture{}}
	verify  = step{system, Verify{Extracted: specimen, FaceScore: new(0.7)}}
	draw    = step{reviewer, Draw{}}
	accept  = step{reviewer, Decide{Verdict: Accept}}
	refuse  = step{reviewer, Decide{Verdict: Refuse, Reason: "copy", Words: "…"}}
	again   = step{reviewer, Decide{Verdict: AskAgain, Again: &Again{Step: "document-back", Words: "…"}}}
	confirm = step{applicant, ConfirmData{}}
	request = step{applicant, RequestCertificate{answers(Subscription, Archive, Publication)}}
	issue   = step{system, Issue{"serial"}}
)

// walk applies steps, a minute apart, each of which must change the record.
func walk(t *testing.T, r Record, steps ...step) Record {
	t.Helper()
	rules := DefaultRules(faceThreshold)
	for i, s := range steps {
		at := r.Last.At.Add(time.Minute)
		next, err := rules.Apply(r, s.by, s.e, at)
		if err != nil {
			t.Fatalf("step %d, %s while %s: %v", i, s.e.action(), r.State, err)
		}
		want := Transition{
			Seq: r.Rev + 1, From: r.State, To: next.State, Action: s.e.action(), By: s.by, At: at, Why: next.Last.Why,
		}
		if next.Last != want || next.Rev != r.Rev+1 {
			t.Fatalf("step %d: transition %+v of rev %d, want %+v", i, next.Last, next.Rev, want)
		}
		r = next
	}
	return r
}

// paths lead to every state.
func paths() map[State][]step {
	toReview := []step{consent, begin, finish, verify}
	toConfirm := slices.Concat(toReview, []step{draw, accept})
	toRefused := slices.Concat(toReview, []step{draw, refuse})
	return map[State][]step{
		Declared:  {},
		Consented: {consent},
		Capturing: {consent, begin},
		Verifying: {consent, begin, finish},
		Review:    slices.Concat(toReview, []step{draw}),
		ToConfirm: toConfirm,
		Confirmed: slices.Concat(toConfirm, []step{confirm}),
		Requested: slices.Concat(toConfirm, []step{confirm, request}),
		Issued:    slices.Concat(toConfirm, []step{confirm, request, issue}),
		InPerson:  {{applicant, GoInPerson{}}},
		Refused:   toRefused,
		Contested: slices.Concat(toRefused, []step{{applicant, Contest{"…"}}}),
		Expired:   {{system, Expire{}}},
		Cancelled: {{applicant, Cancel{"test"}}},
	}
}

func at(t *testing.T, s State) Record {
	t.Helper()
	r := newRecord()
	if s == Expired {
		r.LastAction = t0.Add(-30 * 24 * time.Hour)
	}
	r = walk(t, r, paths()[s]...)
	if r.State != s {
		t.Fatalf("the path to %s leads to %s", s, r.State)
	}
	return r
}

// Every action once, with contents that no path uses, so that none is a repeat.
func fresh() map[Action]step {
	other := answers(Processing, Terms, Privacy, Faces, Subscription, Archive, Publication)
	for i := range other {
		other[i].Version = "2"
	}
	return map[Action]step{
		ActionConfirmAddress: {applicant, ConfirmAddress{"a@example.org", ByDigits}},
		ActionDisownAddress:  {system, DisownAddress{"a@example.org"}},
		ActionLanguage:       {applicant, ChooseLanguage{"de"}},
		ActionZone:           {applicant, TellZone{"Pacific/Auckland"}},
		ActionCorrect:        {applicant, Correct{Declaration{Surname: "Other"}}}, ActionConsent: {applicant, Consent{other}},
		ActionBegin: {applicant, BeginCapture{}}, ActionStill: {applicant, SendStill{"front", "d1"}},
		ActionKeep: {applicant, KeepStill{"front", "passport", Taken{Item: "i1", Digest: "d1"}}},
		ActionFail: {system, FailAttempt{"stills"}}, ActionFinish: {system, FinishCapture{}},
		ActionDisown: {applicant, DisownPhone{}},
		ActionVerify: {system, Verify{Extracted: specimen, FaceScore: new(0.9)}},
		ActionDraw:   {third, Draw{}}, ActionPutBack: {reviewer, PutBack{}}, ActionExtend: {reviewer, Extend{}}, ActionDecide: {reviewer, Decide{Verdict: Accept, Words: "fresh"}},
		ActionContest: {applicant, Contest{"fresh"}}, ActionConfirm: {applicant, ConfirmData{}},
		ActionDispute: {applicant, DisputeData{Dispute: Dispute{Field: "surname"}, Capture: true}},
		ActionRequest: {applicant, RequestCertificate{other}}, ActionIssue: {system, Issue{"fresh"}},
		ActionIssuerRefuse: {system, IssuerRefuses{Reason: "fresh"}}, ActionGoInPerson: {applicant, GoInPerson{}},
		ActionGoRemote: {applicant, GoRemote{}}, ActionInPerson: {registrar, RecordInPerson{Accept: true, Extracted: specimen}},
		ActionBook:     {applicant, BookAppointment{Appointment{time.Date(2030, 1, 7, 9, 0, 0, 0, time.UTC), 20}}},
		ActionGiveBack: {applicant, GiveBackAppointment{}},
		ActionHandOver: {system, HandOver{To: "provider"}}, ActionCancel: {applicant, Cancel{"fresh"}}, ActionExpire: {system, Expire{}},
	}
}

// Where each action leads, by state. "=" is no change and no error, "review" and
// "due" are the typed refusals of an action that the state has.
var leads = map[Action]map[State]string{
	ActionCorrect: {Declared: "declared", Consented: "consented", Capturing: "capturing"},
	ActionConsent: {Declared: "consented"},
	ActionBegin: {Consented: "capturing", Capturing: "=", Verifying: "=", Review: "=", ToConfirm: "=",
		Confirmed: "=", Requested: "=", Issued: "=", Refused: "=", Contested: "="}, // everybody clicks the same « Commencer »
	ActionStill: {Capturing: "capturing"}, ActionKeep: {Capturing: "capturing"},
	ActionFail: {Capturing: "consented"}, ActionFinish: {Capturing: "verifying"},
	ActionDisown: {Capturing: "="}, // nothing was sent
	ActionVerify: {Verifying: "review"},
	ActionDraw: {Review: "review!", Contested: "contested", ToConfirm: "review!", Confirmed: "review!",
		Requested: "review!", Issued: "review!"},
	ActionPutBack: {Review: "review", Contested: "review!", ToConfirm: "review!", Confirmed: "review!",
		Requested: "review!", Issued: "review!"},
	ActionExtend: {Review: "review", Contested: "review!", ToConfirm: "review!", Confirmed: "review!",
		Requested: "review!", Issued: "review!"},
	ActionDecide: {Review: "to-confirm", Contested: "review!", ToConfirm: "review!", Confirmed: "review!",
		Requested: "review!", Issued: "review!"},
	ActionContest: {Refused: "contested"}, ActionConfirm: {ToConfirm: "confirmed", Confirmed: "=", Requested: "=", Issued: "="},
	ActionDispute: {ToConfirm: "consented"}, ActionRequest: {Confirmed: "requested"}, ActionIssue: {Requested: "issued"},
	ActionIssuerRefuse: {Requested: "refused"}, ActionHandOver: {Issued: "issued"},
	ActionGoInPerson: {Declared: "in-person", Consented: "in-person", Capturing: "in-person", InPerson: "="},
	ActionBook:       {InPerson: "in-person"}, ActionGiveBack: {InPerson: "="}, // none was booked
	ActionGoRemote: {InPerson: "declared"}, ActionInPerson: {InPerson: "to-confirm"},
	ActionCancel: {Declared: "cancelled", Consented: "cancelled", Capturing: "cancelled", Verifying: "cancelled",
		Review: "cancelled", ToConfirm: "cancelled", Confirmed: "cancelled", InPerson: "cancelled", Contested: "cancelled"},
	ActionLanguage: {Declared: "declared", Consented: "consented", Capturing: "capturing", Verifying: "verifying",
		Review: "review", ToConfirm: "to-confirm", Confirmed: "confirmed", Requested: "requested", Issued: "issued",
		InPerson: "in-person", Refused: "refused", Contested: "contested"},
	ActionConfirmAddress: {Declared: "declared", Consented: "consented", Capturing: "capturing", Verifying: "verifying",
		Review: "review", ToConfirm: "to-confirm", Confirmed: "confirmed", Requested: "requested", Issued: "issued",
		InPerson: "in-person", Refused: "refused", Contested: "contested"},
	ActionDisownAddress: {Declared: "declared", Consented: "consented", Capturing: "capturing", Verifying: "verifying",
		Review: "review", ToConfirm: "to-confirm", Confirmed: "confirmed", Requested: "requested", Issued: "issued",
		InPerson: "in-person", Refused: "refused", Contested: "contested"},
	ActionZone: {Declared: "declared", Consented: "consented", Capturing: "capturing", Verifying: "verifying",
		Review: "review", ToConfirm: "to-confirm", Confirmed: "confirmed", Requested: "requested", Issued: "issued",
		InPerson: "in-person", Refused: "refused", Contested: "contested"},
	ActionExpire: {Declared: "due", Consented: "due", Capturing: "due", ToConfirm: "due", Confirmed: "due", InPerson: "due", Expired: "="},
}

func outcome(before, after Record, err error) string {
	var state *StateError
	var review *ReviewError
	switch {
	case errors.As(err, &state):
		return ""
	case errors.As(err, &review):
		return "review!"
	case errors.Is(err, ErrNotDue):
		return "due"
	case err != nil:
		return err.Error()
	case after.Rev == before.Rev:
		return "="
	}
	return string(after.State)
}

func TestEveryActionInEveryStateLeadsWhereTheTableSays(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	actions := fresh()
	if len(actions) != len(permits) || len(leads) != len(permits) {
		t.Fatalf("%d actions, %d rows, want %d of both", len(actions), len(leads), len(permits))
	}
	for _, s := range States() {
		r := at(t, s)
		for _, a := range slices.Sorted(maps.Keys(actions)) {
			before := r.Clone()
			got, err := rules.Apply(r, actions[a].by, actions[a].e, r.Last.At.Add(time.Minute))
			if o := outcome(r, got, err); o != leads[a][s] {
				t.Errorf("%s while %s: %q (%v), want %q", a, s, o, err, leads[a][s])
			}
			if !reflect.DeepEqual(r, before) {
				t.Errorf("%s while %s changed the record it was given", a, s)
			}
			if err != nil && !reflect.DeepEqual(got, r) {
				t.Errorf("%s while %s was refused and changed the record", a, s)
			}
			var state *StateError
			if errors.As(err, &state) && (state.State != s || state.Action != a ||
				!slices.Equal(state.Allowed, Allowed(s, actions[a].by.Role)) || slices.Contains(state.Allowed, a)) {
				t.Errorf("%s while %s: the error says %+v", a, s, state)
			}
		}
	}
}

func TestTheSameEventAgainChangesNothing(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	for s, path := range paths() {
		r := newRecord()
		if s == Expired {
			r.LastAction = t0.Add(-30 * 24 * time.Hour)
		}
		for _, st := range path {
			r = walk(t, r, st)
			twice, err := rules.Apply(r, st.by, st.e, r.Last.At.Add(time.Second))
			if err != nil || !reflect.DeepEqual(twice, r) {
				t.Errorf("%s again, now %s: rev %d to %d, %v", st.e.action(), r.State, r.Rev, twice.Rev, err)
			}
		}
		for _, st := range path { // the back button: old pages, clicked again
			if a := st.e.action(); a == ActionDraw {
				continue // drawing is a new question each time
			}
			if s == Cancelled || s == Expired {
				continue
			}
			old, err := rules.Apply(r, st.by, st.e, r.Last.At.Add(time.Second))
			if err != nil || old.Rev != r.Rev {
				t.Errorf("%s of long ago, now %s: rev %d to %d, %v", st.e.action(), r.State, r.Rev, old.Rev, err)
			}
		}
	}
}

func TestOnlyTheOwnRoleMayAct(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	for a, st := range fresh() {
		for _, s := range permits[a].states {
			r := at(t, s)
			for _, by := range []Actor{applicant, third, registrar, system} {
				if slices.Contains(permits[a].roles, by.Role) {
					continue
				}
				var state *StateError
				if _, err := rules.Apply(r, by, st.e, r.Last.At); !errors.As(err, &state) {
					t.Errorf("%s as %s while %s: %v, want a *StateError", a, by.Role, s, err)
				}
			}
		}
		if permits[a].roles[0] == Applicant {
			r := at(t, permits[a].states[0])
			if _, err := rules.Apply(r, Actor{Applicant, "stranger"}, st.e, r.Last.At); !errors.Is(err, ErrNotOwner) {
				t.Errorf("%s by a stranger: %v, want ErrNotOwner", a, err)
			}
		}
	}
}

// TestWithoutAPlaceNobodyIsSentThere: where no registrar checks, the way in person is
// neither offered nor taken, and who was sent there before comes back as ever.
func TestWithoutAPlaceNobodyIsSentThere(t *testing.T) {
	remote := DefaultRules(faceThreshold)
	remote.RemoteOnly = true
	for _, s := range []State{Declared, Consented, Capturing} {
		if slices.Contains(remote.Allowed(s, Applicant), ActionGoInPerson) {
			t.Errorf("%s: in person is offered", s)
		}
		r := at(t, s)
		var refused *StateError
		_, err := remote.Apply(r, applicant, GoInPerson{}, r.Last.At)
		if !errors.As(err, &refused) || slices.Contains(refused.Allowed, ActionGoInPerson) {
			t.Errorf("%s: in person: %v, want a *StateError that does not offer it", s, err)
		}
	}
	before := at(t, InPerson)
	if back, err := remote.Apply(before, applicant, GoRemote{}, before.Last.At); err != nil || back.State != Declared {
		t.Errorf("back: %s, %v", back.State, err)
	}
}

// What an applicant does while somebody else is waited for moves neither the deletion
// of an issued file nor the time that they have waited.
func TestAddressLanguageAndZoneMoveNoDeadlineOfOthers(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	rules.Owed = false
	for _, a := range []Action{ActionConfirmAddress, ActionLanguage, ActionZone} {
		for _, s := range permits[a].states {
			before := at(t, s)
			later := before.Last.At.Add(24 * time.Hour)
			r, err := rules.Apply(before, applicant, fresh()[a].e, later)
			if err != nil {
				t.Fatalf("%s while %s: %v", a, s, err)
			}
			want := before.LastAction
			if !rules.ExpiresAt(before).IsZero() {
				want = later
			}
			if !r.LastAction.Equal(want) {
				t.Errorf("%s while %s: last action %s, want %s", a, s, r.LastAction, want)
			}
			if s == Issued && !rules.DeletedAt(r).Equal(rules.DeletedAt(before)) {
				t.Errorf("%s: an issued file is deleted on %s, want %s", a, rules.DeletedAt(r), rules.DeletedAt(before))
			}
		}
	}
}

func TestTheLanguageChosenLast(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	german, french := by(applicant, ChooseLanguage{"de"}), by(applicant, ChooseLanguage{"fr"})
	r := walk(t, newRecord(), german, french, german)
	same, err := rules.Apply(r, applicant, ChooseLanguage{"de"}, r.Last.At)
	if err != nil || same.Rev != r.Rev || r.Language != "de" || r.Last.Why != "de" {
		t.Errorf("%s, rev %d to %d, %v", r.Language, r.Rev, same.Rev, err)
	}
	var bad *ValueError
	if _, err := rules.Apply(r, applicant, ChooseLanguage{}, r.Last.At); !errors.As(err, &bad) || bad.Field != "language" {
		t.Errorf("none: %v", err)
	}
}
