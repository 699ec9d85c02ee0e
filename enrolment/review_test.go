package enrolment

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func problem(err error) ReviewProblem {
	if review, ok := errors.AsType[*ReviewError](err); ok {
		return review.Problem
	}
	return ""
}

func by(a Actor, e Event) step { return step{a, e} }

func TestAFaceUnderTheThresholdTakesTwoReviewers(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	for name, s := range map[string]*float64{"under": new(faceThreshold - 0.01), "none": nil} {
		r := walk(t, newRecord(), consent, begin, finish, by(system, Verify{Extracted: specimen, FaceScore: s}), draw, accept)
		if r.State != Review {
			t.Fatalf("score %s: one acceptance leads to %s", name, r.State)
		}
		if _, err := rules.Apply(r, reviewer, Draw{}, r.Last.At); problem(err) != AlreadyDecided {
			t.Errorf("score %s: the same reviewer draws it again: %v", name, err)
		}
		r = walk(t, r, by(second, Draw{}), by(second, Decide{Verdict: Accept}))
		if r.State != ToConfirm {
			t.Errorf("score %s: two acceptances lead to %s", name, r.State)
		}
	}
	r := walk(t, newRecord(), consent, begin, finish,
		by(system, Verify{Extracted: specimen, FaceScore: new(faceThreshold)}), draw, accept)
	if r.State != ToConfirm {
		t.Errorf("at the threshold one acceptance leads to %s", r.State)
	}
	r = walk(t, newRecord(), consent, begin, finish, by(system, Verify{Extracted: specimen}), draw, accept,
		by(second, Draw{}), by(second, Decide{Verdict: Refuse, Reason: "face"}))
	if r.State != Refused {
		t.Errorf("the second says no: %s", r.State)
	}
}

func TestFilesAreDrawnNotPicked(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := walk(t, newRecord(), consent, begin, finish, verify)
	now := r.Last.At
	own := r.Clone()
	own.ID, own.Owner = "own", reviewer.ID
	held := walk(t, r, by(second, Draw{}))
	held.ID = "held"
	if got := rules.Candidates([]Record{own, held, r}, reviewer.ID, now); len(got) != 1 || got[0].ID != "id" {
		t.Errorf("candidates %v, want the one that is neither own nor held", got)
	}
	mine := walk(t, r, draw)
	mine.ID = "mine"
	if got := rules.Candidates([]Record{r, mine}, reviewer.ID, mine.Last.At); len(got) != 1 || got[0].ID != "mine" {
		t.Errorf("candidates %v, want the one in hand alone", got)
	}
	if _, err := rules.Apply(own, reviewer, Draw{}, now); problem(err) != OwnFile {
		t.Errorf("the own file: %v", err)
	}
	if _, err := rules.Apply(held, reviewer, Draw{}, held.Last.At); problem(err) != DrawnByAnother {
		t.Errorf("a held file: %v", err)
	}
	lapsed := held.Last.At.Add(rules.DrawFor)
	taken, err := rules.Apply(held, reviewer, Draw{}, lapsed)
	if err != nil {
		t.Fatalf("a draw that lapsed: %v", err)
	}
	if _, err := rules.Apply(taken, second, Decide{Verdict: Accept}, lapsed); problem(err) != DrawnByAnother {
		t.Errorf("who let it lapse decides: %v", err)
	}
	if _, err := rules.Apply(r, reviewer, Decide{Verdict: Accept}, now); problem(err) != NotDrawn {
		t.Errorf("a file that nobody drew: %v", err)
	}
}

func TestAskingOneStepAgainCostsNoAttempt(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := walk(t, at(t, Review), again)
	if r.State != Capturing || r.Again == nil || r.Again.Step != "document-back" {
		t.Fatalf("state %s, again %+v", r.State, r.Again)
	}
	if same, err := rules.Apply(r, applicant, BeginCapture{}, r.Last.At); err != nil || same.Rev != r.Rev {
		t.Errorf("begin: rev %d to %d, %v: it goes on", r.Rev, same.Rev, err)
	}
	back := walk(t, r, finish, verify, draw, accept) // the same reviewer may see it again
	if len(back.Attempts) != 1 || back.State != ToConfirm || back.Again != nil {
		t.Errorf("%d attempts, %s, again %+v", len(back.Attempts), back.State, back.Again)
	}
	failed := walk(t, r, by(system, FailAttempt{"stills"}))
	if failed.State != Review || len(failed.Attempts) != 1 {
		t.Errorf("not retaken: %s after %d attempts, want review after 1", failed.State, len(failed.Attempts))
	}
}

func TestARefusalIsContestedOnceBeforeAnotherPerson(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, Contested)
	if _, err := rules.Apply(r, reviewer, Draw{}, r.Last.At); problem(err) != AlreadyDecided {
		t.Errorf("who refused looks again: %v", err)
	}
	if got := walk(t, r, by(second, Draw{}), by(second, Decide{Verdict: Accept})); got.State != ToConfirm {
		t.Errorf("accepted by another: %s", got.State)
	}
	redone := walk(t, r, by(second, Draw{}),
		by(second, Decide{Verdict: AskAgain, Again: &Again{Step: "selfie", Words: "…"}}), finish, verify)
	if redone.State != Contested {
		t.Errorf("a step redone of a contest: %s", redone.State)
	}
	if got := walk(t, redone, by(second, Draw{}), by(second, Decide{Verdict: Accept})); got.State != ToConfirm {
		t.Errorf("the second person, after the step: %s", got.State)
	}
	if _, err := rules.Apply(redone, reviewer, Draw{}, redone.Last.At); problem(err) != AlreadyDecided {
		t.Errorf("who refused, after the step: %v", err)
	}
	refused := walk(t, r, by(second, Draw{}), by(second, Decide{Verdict: Refuse, Reason: "copy"}))
	var limit *LimitError
	if _, err := rules.Apply(refused, applicant, Contest{"once more"}, refused.Last.At); !errors.As(err, &limit) ||
		limit.What != "contests" {
		t.Errorf("a second contest: %v", err)
	}
}

func TestABlindSecondLookChangesNothingForTheApplicant(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := walk(t, at(t, Review), by(reviewer, Decide{Verdict: Accept, Sample: true}), confirm)
	if _, err := rules.Apply(r, reviewer, Draw{Blind: true}, r.Last.At); problem(err) != AlreadyDecided {
		t.Errorf("the first reviewer looks blind: %v", err)
	}
	r = walk(t, r, by(second, Draw{Blind: true}), request, by(second, Decide{Verdict: Refuse, Reason: "copy"}))
	if last := r.Review.Decisions[len(r.Review.Decisions)-1]; r.State != Requested || !last.Blind ||
		last.Verdict != Refuse {
		t.Errorf("%s, last decision %+v", r.State, last)
	}
	if _, err := rules.Apply(r, third, Draw{Blind: true}, r.Last.At); problem(err) != NothingToDo {
		t.Errorf("a third look: %v", err)
	}
	if r.LastAction.Before(r.Attempts[0].StartedAt) {
		t.Error("the applicant's last action is lost")
	}
}

func TestTheMachineRefusesAloneOnlyWhatIsCertain(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, Verifying)
	for _, c := range []CertainReason{KindNotAccepted, DocumentExpired, UnderAge, ReplayedSequence} {
		got := walk(t, r, by(system, Verify{Extracted: specimen, Certain: c}))
		if got.State != Refused || !got.Refusal.Automatic || got.Refusal.Reason != string(c) {
			t.Errorf("%s: %s, %+v", c, got.State, got.Refusal)
		}
		if contested := walk(t, got, by(applicant, Contest{"no"})); contested.State != Contested {
			t.Errorf("%s, contested: %s", c, contested.State)
		}
	}
	doubtful := walk(t, r, by(system, Verify{Doubts: []string{"zone-unreadable"}, FaceScore: new(0.01)}))
	if doubtful.State != Review {
		t.Errorf("doubts lead to %s, want a person", doubtful.State)
	}
	doubtful = walk(t, doubtful, draw)
	var value *ValueError
	if _, err := rules.Apply(doubtful, reviewer, Decide{Verdict: Accept}, doubtful.Last.At); !errors.As(err, &value) {
		t.Errorf("accepted without any data: %v", err)
	}
	read := specimen
	twice := []step{by(reviewer, Decide{Verdict: Accept, Extracted: &read}), by(second, Draw{}),
		by(second, Decide{Verdict: Accept})}
	if got := walk(t, doubtful, twice...); got.State != ToConfirm || !reflect.DeepEqual(got.Extracted, &read) {
		t.Errorf("what the reviewer read: %+v", got.Extracted)
	}
}

func TestWithoutReviewEveryDoubtRefuses(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	rules.NoReview = true
	r := at(t, Verifying)
	for name, c := range map[string]struct {
		e    Verify
		want State
	}{
		"nothing in doubt": {Verify{Extracted: specimen, FaceScore: new(0.8)}, ToConfirm},
		"a doubt":          {Verify{Extracted: specimen, FaceScore: new(0.8), Doubts: []string{"screen"}}, Refused},
		"a low score":      {Verify{Extracted: specimen, FaceScore: new(0.1)}, Refused},
		"nothing read":     {Verify{FaceScore: new(0.8)}, Refused},
	} {
		got, err := rules.Apply(r, system, c.e, r.Last.At)
		if err != nil || got.State != c.want {
			t.Errorf("%s: %s, %v, want %s", name, got.State, err, c.want)
		}
	}
}

func TestADisputeLeadsToNewPicturesOrAPersonAndOverwritesNothing(t *testing.T) {
	r := at(t, ToConfirm)
	person := walk(t, r, by(applicant, DisputeData{Dispute: Dispute{"surname", "…"}}))
	if person.State != Review || person.Dispute.Field != "surname" || *person.Extracted != specimen {
		t.Errorf("%s, %+v, %+v", person.State, person.Dispute, person.Extracted)
	}
	if got := walk(t, person, draw, accept); got.State != ToConfirm {
		t.Errorf("accepted again: %s", got.State)
	}
	pictures := walk(t, r, by(applicant, DisputeData{Dispute{"surname", ""}, true}), begin)
	if len(pictures.Attempts) != 2 {
		t.Errorf("%d attempts, want a second", len(pictures.Attempts))
	}
}

func TestTheRegistrarsCheckGoesOnWithTheDataOrRefuses(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, InPerson)
	whole := RecordInPerson{Accept: true, Extracted: specimen}
	if got := walk(t, r, by(registrar, whole), confirm); got.State != Confirmed {
		t.Errorf("accepted: %s", got.State)
	}
	if got := walk(t, r, by(registrar, RecordInPerson{Reason: "document"})); got.State != Refused ||
		got.Refusal.At != t0.Add(2*time.Minute) {
		t.Errorf("refused: %s %+v", got.State, got.Refusal)
	}
	if _, err := rules.Apply(r, Actor{Registrar, r.Owner}, whole, t0); problem(err) != OwnFile {
		t.Errorf("their own check: %v", err)
	}
}

func TestADrawnFileCanBeHeldLonger(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := walk(t, newRecord(), consent, begin, finish, verify, draw)
	drawn := r.Review.Drawn.At
	extend := func(r Record, by Actor, after time.Duration) (Record, error) {
		return rules.Apply(r, by, Extend{}, drawn.Add(after))
	}
	if _, err := extend(r, second, time.Minute); problem(err) != DrawnByAnother {
		t.Errorf("somebody else extends: %v", err)
	}
	if _, err := extend(r, reviewer, rules.DrawFor); problem(err) != Lapsed {
		t.Errorf("too late: %v", err)
	}
	longer, err := extend(r, reviewer, 25*time.Minute)
	until := drawn.Add(55 * time.Minute)
	if d := longer.Review.Drawn; err != nil || !rules.HeldUntil(*d).Equal(until) || !d.At.Equal(drawn) {
		t.Fatalf("%+v, %v", d, err)
	}
	if twice, err := extend(longer, reviewer, 25*time.Minute+time.Second); err != nil || twice.Rev != longer.Rev {
		t.Errorf("a second click: rev %d to %d, %v", longer.Rev, twice.Rev, err)
	}
	if _, err := rules.Apply(longer, second, Draw{}, drawn.Add(40*time.Minute)); problem(err) != DrawnByAnother {
		t.Errorf("another one takes a file that is held longer: %v", err)
	}
	if _, err := rules.Apply(longer, reviewer, Decide{Verdict: Accept}, drawn.Add(50*time.Minute)); err != nil {
		t.Errorf("a decision within the extension: %v", err)
	}
	if _, err := rules.Apply(longer, reviewer, Decide{Verdict: Accept}, until); problem(err) != Lapsed {
		t.Errorf("a decision after the extension: %v", err)
	}
	longest, err := extend(longer, reviewer, 50*time.Minute)
	if err == nil {
		longest, err = extend(longest, reviewer, 75*time.Minute)
	}
	if err != nil || !rules.HeldUntil(*longest.Review.Drawn).Equal(rules.HeldAtMost(*longest.Review.Drawn)) {
		t.Fatalf("%+v, %v", longest.Review.Drawn, err)
	}
	if same, err := extend(longest, reviewer, 76*time.Minute); err != nil || same.Rev != longest.Rev {
		t.Errorf("beyond the longest: rev %d to %d, %v", longest.Rev, same.Rev, err)
	}
	most := rules.HeldAtMost(*longest.Review.Drawn)
	if _, err := rules.Apply(longest, reviewer, Decide{Verdict: Accept}, most); problem(err) != Lapsed {
		t.Errorf("a decision after the longest: %v", err)
	}
}
