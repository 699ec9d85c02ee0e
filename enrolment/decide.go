package enrolment

import (
	"maps"
	"time"
)

func (e Decide) apply(r *Record, by Actor, rules *Rules, now time.Time) (string, error) {
	if err := r.holds(by); err != nil {
		return "", err
	}
	if !now.Before(rules.HeldUntil(*r.Review.Drawn)) {
		return "", &ReviewError{Lapsed}
	}
	if err := e.check(); err != nil {
		return "", err
	}
	accepted, err := e.accepted(r, by, rules, now)
	if err != nil {
		return "", err
	}
	blind := r.Review.Drawn.Blind
	r.Review.Drawn = nil
	r.Review.Decisions = append(r.Review.Decisions, Decision{
		By: by.ID, At: now, Verdict: e.Verdict, Reason: e.Reason, Words: e.Words, Round: r.Review.Round, Blind: blind,
		Extracted: accepted, Checklist: maps.Clone(e.Checklist),
	})
	why := string(e.Verdict)
	if e.Reason != "" {
		why += ": " + e.Reason
	}
	if blind {
		if e.Verdict == AskAgain {
			return "", &ValueError{Action: ActionDecide, Field: "verdict"}
		}
		r.Review.BlindDue = false
		return "blind " + why, nil
	}
	switch e.Verdict {
	case Accept:
		e.accept(r, rules, *accepted)
	case Refuse:
		r.refuse(Refusal{Reason: e.Reason, Words: e.Words, At: now})
	case AskAgain:
		r.Again = clonePointer(e.Again)
		r.Stills = nil
		r.Again.Item = r.Taken[r.Again.Step].Item
		delete(r.Taken, r.Again.Step)
		r.State = Capturing
	}
	return why, nil
}

func (e Decide) check() error {
	switch {
	case e.Verdict != Accept && e.Verdict != Refuse && e.Verdict != AskAgain:
		return &ValueError{Action: ActionDecide, Field: "verdict"}
	case e.Verdict == Refuse && e.Reason == "":
		return &ValueError{Action: ActionDecide, Field: "reason"}
	case e.Verdict == AskAgain && (e.Again == nil || e.Again.Step == "" || e.Again.Words == ""):
		return &ValueError{Action: ActionDecide, Field: "again"}
	}
	return nil
}

// accepted returns the data of an acceptance after checking its answers; nil for any
// other verdict.
func (e Decide) accepted(r *Record, by Actor, rules *Rules, now time.Time) (*Extracted, error) {
	if e.Verdict != Accept {
		return nil, nil //nolint:nilnil // nothing is accepted
	}
	if err := rules.checkAnswers(*r, by, ActionDecide, e.Checklist); err != nil {
		return nil, err
	}
	x := r.Extracted
	if e.Extracted != nil {
		x = clonePointer(e.Extracted)
		*x = x.tidy()
	}
	if x == nil {
		return nil, &ValueError{Action: ActionDecide, Field: "extracted"}
	}
	return clonePointer(x), x.check(ActionDecide, now)
}

// accept continues after enough people accepted the same data.
func (e Decide) accept(r *Record, rules *Rules, x Extracted) {
	r.Extracted = &x
	people := map[string]bool{}
	for _, d := range r.Review.Decisions {
		same := d.Extracted == nil || *d.Extracted == x // nil: decided before values were stored
		if d.Verdict == Accept && d.Round == r.Review.Round && !d.Blind && same {
			people[d.By] = true
		}
	}
	if rules.NeedsSecond(*r) && len(people) < 2 {
		return // waits for another person
	}
	r.Review.BlindDue = r.Review.BlindDue || e.Sample
	r.State = ToConfirm
}
