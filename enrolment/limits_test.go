package enrolment

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestThreeAttemptsInADayThenTheTimeOfTheNextIsKnown(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := walk(t, newRecord(), consent)
	for range 3 {
		r = walk(t, r, begin, step{system, FailAttempt{"stills"}})
	}
	now := r.Last.At.Add(time.Hour)
	_, err := rules.Apply(r, applicant, BeginCapture{}, now)
	var limit *LimitError
	want := r.Attempts[0].StartedAt.Add(24 * time.Hour)
	if !errors.As(err, &limit) || limit.What != "attempts" || limit.Limit != 3 || !limit.Next.Equal(want) {
		t.Fatalf("the fourth attempt: %v, want a limit until %s", err, want)
	}
	if left, next := rules.AttemptsLeft(r, now); left != 0 || !next.Equal(want) {
		t.Errorf("left %d, next %s, want 0 and %s", left, next, want)
	}
	if left, _ := rules.AttemptsLeft(r, want); left != 1 {
		t.Errorf("a day after the first: left %d, want 1", left)
	}
	if _, err := rules.Apply(r, applicant, BeginCapture{}, want); err != nil {
		t.Errorf("a day after the first: %v", err)
	}
}

func TestFiveStillsOfASideCountByTheirBytes(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, Capturing)
	for i := range 5 {
		r = walk(t, r, step{applicant, SendStill{"front", fmt.Sprint("d", i)}})
	}
	same, err := rules.Apply(r, applicant, SendStill{"front", "d2"}, r.Last.At)
	if err != nil || same.Rev != r.Rev {
		t.Errorf("the same bytes again: rev %d to %d, %v", r.Rev, same.Rev, err)
	}
	var limit *LimitError
	if _, err := rules.Apply(r, applicant, SendStill{"front", "d9"}, r.Last.At); !errors.As(err, &limit) ||
		limit.What != "stills" || !limit.Next.IsZero() {
		t.Errorf("the sixth: %v, want a limit without a time", err)
	}
	r = walk(t, r, step{applicant, SendStill{"back", "d9"}}, step{system, FailAttempt{"stills"}}, begin)
	if left := rules.StillsLeft(r, "front"); left != 5 {
		t.Errorf("the next attempt has %d stills left, want 5", left)
	}
}

func TestWhatAnotherPhoneTookIsForgottenAndCostsNoAttempt(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	disown := step{applicant, DisownPhone{}}
	r := walk(t, at(t, Capturing), step{applicant, SendStill{"front", "d1"}},
		step{applicant, KeepStill{"front", "passport", Taken{Item: "i1"}}}, disown)
	if len(r.Taken) != 0 || r.Document != "" || rules.StillsLeft(r, "front") != 5 || len(r.Attempts) != 2 ||
		r.Attempts[0].Failure != FailureDisowned {
		t.Errorf("after the strange phone: %+v of %q, attempts %+v", r.Taken, r.Document, r.Attempts)
	}
	if left, _ := rules.AttemptsLeft(r, r.Last.At); left != 2 {
		t.Errorf("%d attempts left, want 2", left)
	}

	r = at(t, Review)
	r.Taken = map[string]Taken{"front": {Item: "i1"}, "selfie": {Item: "i2"}}
	r = walk(t, r, step{reviewer, Decide{Verdict: AskAgain, Again: &Again{Step: "selfie", Words: "…"}}},
		step{applicant, SendStill{"selfie", "d2"}}, disown)
	if len(r.Taken) != 1 || r.Again == nil || rules.StillsLeft(r, "selfie") != 5 || len(r.Attempts) != 1 {
		t.Errorf("one step again: %+v taken, %+v asked for, %d attempts", r.Taken, r.Again, len(r.Attempts))
	}
}

func TestAnAbandonedEnrolmentExpiresSevenDaysAfterTheLastAction(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	for s, days := range map[State]int{Declared: 7, Consented: 7, Capturing: 7, ToConfirm: 7, Confirmed: 7, InPerson: 30} {
		r := at(t, s)
		due := r.LastAction.Add(time.Duration(days) * 24 * time.Hour)
		if _, err := rules.Apply(r, system, Expire{}, due.Add(-time.Second)); !errors.Is(err, ErrNotDue) {
			t.Errorf("%s, a second early: %v, want ErrNotDue", s, err)
		}
		if got, err := rules.Apply(r, system, Expire{}, due); err != nil || got.State != Expired {
			t.Errorf("%s, in time: %s, %v", s, got.State, err)
		}
	}
	for _, s := range []State{Verifying, Review, Contested, Requested, Issued, Refused} {
		if due := rules.ExpiresAt(at(t, s)); !due.IsZero() {
			t.Errorf("%s waits for others, yet expires at %s", s, due)
		}
	}
}

func TestConsentNeedsEveryYesAndItsText(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	for _, missing := range []ConsentKind{Processing, Terms, Privacy, Faces} {
		all := answers(Processing, Terms, Privacy, Faces)
		for i := range all {
			all[i].Yes = all[i].Kind != missing
		}
		var consent *ConsentError
		if _, err := rules.Apply(newRecord(), applicant, Consent{all}, t0); !errors.As(err, &consent) ||
			consent.Missing != missing {
			t.Errorf("no to %s: %v", missing, err)
		}
	}
	noHash := answers(Processing, Terms, Privacy, Faces)
	noHash[2].TextHash = ""
	var value *ValueError
	if _, err := rules.Apply(newRecord(), applicant, Consent{noHash}, t0); !errors.As(err, &value) {
		t.Errorf("a text without its hash: %v", err)
	}
}

func TestPublicationMayBeRefusedButNotLeftOut(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, Confirmed)
	no := answers(Subscription, Archive, Publication)
	no[2].Yes = false
	if got, err := rules.Apply(r, applicant, RequestCertificate{no}, r.Last.At); err != nil || got.State != Requested {
		t.Errorf("no to publication: %s, %v", got.State, err)
	}
	var consent *ConsentError
	if _, err := rules.Apply(r, applicant, RequestCertificate{no[:2]}, r.Last.At); !errors.As(err, &consent) ||
		consent.Missing != Publication {
		t.Errorf("no answer to publication: %v", err)
	}
}

func TestEventsWithoutTheirContentsAreRefused(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	cases := map[string]struct {
		state State
		step
	}{
		"a still without a side":                {Capturing, step{applicant, SendStill{Digest: "d"}}},
		"a kept still of nothing":               {Capturing, step{applicant, KeepStill{Side: "front", Document: "passport"}}},
		"the back of a passport":                {Capturing, step{applicant, KeepStill{"back", "passport", Taken{Item: "i"}}}},
		"a failure without a reason":            {Capturing, step{system, FailAttempt{}}},
		"a refusal for what is not certain":     {Verifying, step{system, Verify{Certain: "face"}}},
		"a verdict that is none":                {Review, step{reviewer, Decide{Verdict: "perhaps"}}},
		"a refusal without a reason":            {Review, step{reviewer, Decide{Verdict: Refuse}}},
		"asking again for nothing":              {Review, step{reviewer, Decide{Verdict: AskAgain}}},
		"a dispute without a field":             {ToConfirm, step{applicant, DisputeData{}}},
		"a certificate without an id":           {Requested, step{system, Issue{}}},
		"an issuer that gives no reason":        {Requested, step{system, IssuerRefuses{}}},
		"a visit without data":                  {InPerson, step{registrar, RecordInPerson{Accept: true}}},
		"a visit refused without a reason":      {InPerson, step{registrar, RecordInPerson{}}},
		"a file handed over to nobody":          {Issued, step{system, HandOver{}}},
		"an impossible date of birth in person": {InPerson, step{registrar, RecordInPerson{Accept: true, Extracted: Extracted{"A", "B", "", "1990-02-30"}}}},
	}
	for name, c := range cases {
		r := at(t, c.state)
		var value *ValueError
		if got, err := rules.Apply(r, c.by, c.e, r.Last.At); !errors.As(err, &value) || got.Rev != r.Rev {
			t.Errorf("%s: %v, want a *ValueError", name, err)
		}
	}
}
