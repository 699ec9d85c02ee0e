package enrolment

import (
	"errors"
	"testing"
	"time"
)

func TestEachStateIsDeletedWhenItsRuleSays(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	day := 24 * time.Hour
	cases := map[State]struct {
		rule  string
		after time.Duration // of the last transition; negative: not by itself
	}{
		Declared: {RuleAbandoned, 7 * day}, Consented: {RuleAbandoned, 7 * day}, Capturing: {RuleAbandoned, 7 * day},
		ToConfirm: {RuleAbandoned, 7 * day}, Confirmed: {RuleAbandoned, 7 * day}, InPerson: {RuleVisit, 30 * day},
		Expired: {RuleAbandoned, 0}, Cancelled: {RuleCancelled, 0}, Refused: {RuleRefused, 30 * day},
		Verifying: {"", -1}, Review: {"", -1}, Contested: {"", -1}, Requested: {"", -1}, Issued: {"", -1},
	}
	if len(cases) != len(States()) {
		t.Fatalf("%d cases, want one a state", len(cases))
	}
	known := map[string]bool{}
	for _, p := range rules.Purposes() {
		known[p.Rule] = p.Why() != ""
	}
	for s, c := range cases {
		r := at(t, s)
		if c.after < 0 {
			if d, due := rules.Deletion(r, r.Last.At.Add(1000*day)); due || !rules.DeletedAt(r).IsZero() {
				t.Errorf("%s is deleted by itself: %+v", s, d)
			}
			continue
		}
		when := r.Last.At.Add(c.after)
		if d, due := rules.Deletion(r, when.Add(-time.Second)); due {
			t.Errorf("%s is deleted a second early: %+v", s, d)
		}
		d, due := rules.Deletion(r, when)
		if !due || d.Rule != c.rule || !d.Due.Equal(when) || d.Enrolment != r.ID || len(d.What) != 4 || !known[d.Rule] {
			t.Errorf("%s: %+v, %t, want rule %s at %s", s, d, due, c.rule, when)
		}
		if !rules.DeletedAt(r).Equal(when) {
			t.Errorf("%s: told %s, want %s", s, rules.DeletedAt(r), when)
		}
	}
}

func TestAMissedAppointmentKeepsItsRuleOnceNoted(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, InPerson)
	r, err := rules.Apply(r, system, Expire{}, rules.ExpiresAt(r))
	if err != nil {
		t.Fatal(err)
	}
	if d, due := rules.Deletion(r, r.Last.At); !due || d.Rule != RuleVisit {
		t.Errorf("%+v, %t", d, due)
	}
}

func TestAnAcceptedFileIsHandedOverThenDeletedSevenDaysLater(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := walk(t, at(t, Issued), by(system, HandOver{To: "provider"}))
	when := r.Last.At.Add(7 * 24 * time.Hour)
	if _, due := rules.Deletion(r, when.Add(-time.Second)); due {
		t.Error("deleted a second early")
	}
	if d, due := rules.Deletion(r, when); !due || d.Rule != RuleAccepted {
		t.Errorf("%+v, %t", d, due)
	}
	rules.KeepAccepted = time.Hour
	if _, due := rules.Deletion(r, r.Last.At.Add(time.Hour)); !due {
		t.Error("the setting does not count")
	}
}

func TestTheApplicantsWishDeletesAllButWhatIsOwed(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	for _, s := range States() {
		r := at(t, s)
		_, err := rules.DeletionOnRequest(r, r.Last.At)
		owed := s == Requested || s == Issued
		if errors.Is(err, ErrOwed) != owed || !owed && err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	if d, err := rules.DeletionOnRequest(walk(t, at(t, Issued), by(system, HandOver{To: "p"})), t0); err != nil ||
		d.Rule != RuleRequest {
		t.Errorf("handed over: %+v, %v", d, err)
	}
}

func TestAFileThatIsOwedToNobodyGoesByTheOperatorsRule(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, Issued)
	if at := rules.DeletedAt(r); !at.IsZero() {
		t.Errorf("owed, and deleted at %s", at)
	}
	rules.Owed = false
	if d, due := rules.Deletion(r, r.LastAction.Add(rules.KeepAccepted)); !due || d.Rule != RuleAccepted {
		t.Errorf("owed to nobody: %+v %t", d, due)
	}
	if _, due := rules.Deletion(r, r.LastAction.Add(rules.KeepAccepted-time.Second)); due {
		t.Error("a second early")
	}
	if _, err := rules.DeletionOnRequest(r, t0); err != nil {
		t.Errorf("at the person's wish: %v", err)
	}
	for _, p := range rules.Purposes() {
		if p.Rule == RuleAccepted && p.From != "issuing" {
			t.Errorf("the table says %+v", p)
		}
	}
}
