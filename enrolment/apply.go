package enrolment

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// errNoChange ends an allowed event that changes nothing.
var errNoChange = errors.New("nothing changes")

// ErrNotDue says that the enrolment has not expired yet.
var ErrNotDue = errors.New("the enrolment is not due to expire")

// ErrNotOwner says that the enrolment is another applicant's. To this applicant it does
// not exist.
var ErrNotOwner = errors.New("not this applicant's enrolment")

// Apply returns the record after an event. A repeated event returns r itself, with the
// same Rev. The errors are *StateError, *LimitError, *ConsentError, *ReviewError,
// *ValueError, ErrNotOwner and ErrNotDue; r stays valid then.
func (rules Rules) Apply(r Record, by Actor, e Event, now time.Time) (Record, error) {
	action := e.action()
	if by.Role == Applicant && by.ID != r.Owner {
		return r, ErrNotOwner
	}
	seen := fingerprint(by, e)
	if !slices.Contains(rules.Allowed(r.State, by.Role), action) {
		if r.Done[action] == seen {
			return r, nil // a repeated click
		}
		return r, &StateError{State: r.State, Action: action, Role: by.Role, Allowed: rules.Allowed(r.State, by.Role)}
	}
	next := r.Clone()
	why, err := e.apply(&next, by, &rules, now)
	if errors.Is(err, errNoChange) {
		return r, nil
	}
	if err != nil {
		var review *ReviewError
		if errors.As(err, &review) && action != ActionDraw && r.Done[action] == seen {
			return r, nil // a repeated decision: this reviewer no longer holds the file
		}
		return r, err
	}
	if next.State != InPerson {
		next.Appointment = nil
	}
	next.Rev++
	next.Last = Transition{Seq: next.Rev, From: r.State, To: next.State, Action: action, By: by, At: now, Why: why}
	// An applicant's action extends the deadline only in a state that waits for the applicant.
	if next.State != r.State || by.Role == Applicant && !rules.ExpiresAt(r).IsZero() {
		next.LastAction = now
	}
	if next.Done == nil {
		next.Done = map[Action]string{}
	}
	next.Done[action] = seen
	return next, nil
}

func (e Correct) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if r.Declared == e.Declared {
		return "", errNoChange
	}
	r.Declared = e.Declared
	if r.Declared.Email != "" {
		r.DisownedAt = time.Time{}
	}
	return "", nil
}

func (e ChooseLanguage) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if e.Language == "" {
		return "", &ValueError{Action: ActionLanguage, Field: "language"}
	}
	if e.Language == r.Language {
		return "", errNoChange
	}
	r.Language = e.Language
	return e.Language, nil
}

func (e TellZone) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if _, err := ParseZone(e.Zone); err != nil {
		return "", &ValueError{Action: ActionZone, Field: "zone"}
	}
	if e.Zone == r.Zone {
		return "", errNoChange
	}
	r.Zone = e.Zone
	return e.Zone, nil
}

func (e BeginCapture) apply(r *Record, _ Actor, rules *Rules, now time.Time) (string, error) {
	if r.State == Capturing {
		return "", errNoChange // the next QR goes on with this attempt
	}
	if left, next := rules.AttemptsLeft(*r, now, e.Others...); left == 0 {
		return "", &LimitError{What: LimitAttempts, Limit: rules.Attempts, Next: next}
	}
	r.Attempts = append(r.Attempts, Attempt{StartedAt: now})
	r.Stills, r.Taken, r.Again, r.Dispute = nil, nil, nil, nil
	r.State = Capturing
	return "", nil
}

func (e SendStill) apply(r *Record, _ Actor, rules *Rules, _ time.Time) (string, error) {
	if e.Side == "" || e.Digest == "" {
		return "", &ValueError{Action: ActionStill, Field: "side"}
	}
	if slices.Contains(r.Stills[e.Side], e.Digest) {
		return "", errNoChange
	}
	if rules.StillsLeft(*r, e.Side) == 0 {
		return "", &LimitError{What: "stills", Limit: rules.StillsPerSide}
	}
	if r.Stills == nil {
		r.Stills = map[string][]string{}
	}
	r.Stills[e.Side] = append(r.Stills[e.Side], e.Digest)
	return e.Side, nil
}

func (e FailAttempt) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	if e.Reason == "" {
		return "", &ValueError{Action: ActionFail, Field: "reason"}
	}
	if r.Again != nil { // asked for by a reviewer, who decides without it
		r.Again, r.Stills = nil, nil
		r.Review.Doubts = append(r.Review.Doubts, DoubtNotRetaken)
		r.State = r.Review.state()
		return e.Reason, nil
	}
	r.endAttempt(now, e.Reason)
	r.State = Consented
	return e.Reason, nil
}

// endAttempt closes the current attempt.
func (r *Record) endAttempt(now time.Time, failure string) {
	if n := len(r.Attempts); n > 0 && r.Attempts[n-1].EndedAt.IsZero() {
		r.Attempts[n-1].EndedAt, r.Attempts[n-1].Failure = now, failure
	}
}

func (DisownPhone) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	if len(r.Stills) == 0 {
		return "", errNoChange
	}
	r.Stills = nil
	// Where a reviewer asked for one step again, the other pictures are of an earlier attempt and stay.
	if r.Again == nil {
		r.endAttempt(now, FailureDisowned)
		r.Attempts = append(r.Attempts, Attempt{StartedAt: now})
		r.Taken, r.Document = nil, ""
	}
	return "", nil
}

func (FinishCapture) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	r.endAttempt(now, "")
	r.Again = nil
	r.State = Verifying
	return "", nil
}

func (e ConfirmData) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if e.UsageName && (r.Extracted == nil || r.Extracted.UsageName == "") {
		return "", &ValueError{Action: ActionConfirm, Field: "name"}
	}
	r.ShowUsage = e.UsageName
	r.State = Confirmed
	return "", nil
}

func (e DisputeData) apply(r *Record, _ Actor, rules *Rules, _ time.Time) (string, error) {
	if e.Field == "" {
		return "", &ValueError{Action: ActionDispute, Field: "field"}
	}
	d := e.Dispute
	r.Dispute = &d
	if e.Capture || rules.NoReview {
		r.State = Consented // a new attempt, within the limits
		return e.Field, nil
	}
	r.State = r.Review.state()
	r.Review.Round++
	r.Review.Drawn, r.Review.BlindDue = nil, false // no longer an accepted file
	return e.Field, nil
}

func (e Issue) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if e.Certificate == "" {
		return "", &ValueError{Action: ActionIssue, Field: "certificate"}
	}
	r.Certificate = e.Certificate
	r.State = Issued
	return "", nil
}

func (e IssuerRefuses) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	if e.Reason == "" {
		return "", &ValueError{Action: ActionIssuerRefuse, Field: "reason"}
	}
	r.refuse(Refusal{Reason: ReasonIssuer, Words: e.Words, At: now})
	return e.Reason, nil
}

func (GoInPerson) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	r.endAttempt(now, ReasonInPerson)
	r.Stills, r.Taken, r.Again = nil, nil, nil
	r.State = InPerson
	return "", nil
}

func (GoRemote) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	r.Visit = nil
	r.State = Declared // the consents are asked again: they may never have been given
	return "", nil
}

func (e RecordInPerson) apply(r *Record, by Actor, rules *Rules, now time.Time) (string, error) {
	if by.ID == r.Owner {
		return "", &ReviewError{OwnFile}
	}
	if by.Role == Reviewer && r.Visit == nil {
		return "", &ReviewError{NothingToDo} // the first who sees the person is a registrar
	}
	if !e.Accept {
		if e.Reason == "" {
			return "", &ValueError{Action: ActionInPerson, Field: "reason"}
		}
		r.Visit = nil
		r.refuse(Refusal{Reason: e.Reason, At: now})
		return e.Reason, nil
	}
	x := e.Extracted.tidy()
	if err := errors.Join(x.check(ActionInPerson, now),
		rules.checkAnswers(*r, by, ActionInPerson, e.Checklist)); err != nil {
		return "", err
	}
	if r.Declared.differs(x) {
		first := r.Visit
		switch {
		case first != nil && first.By.ID == by.ID && first.Extracted == x:
			return "", &ReviewError{NeedsAnother}
		case first == nil || first.By.ID == by.ID || first.Extracted != x:
			r.Visit = &Visit{By: by, At: now, Extracted: x, Checklist: maps.Clone(e.Checklist)}
			return "waits for a second person", nil
		}
	}
	r.Extracted, r.Visit = &x, nil
	r.State = ToConfirm
	return "", nil
}

func (r *Record) refuse(why Refusal) {
	r.Refusal = &why
	r.Review.Drawn = nil
	r.State = Refused
}

func (e HandOver) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	if e.To == "" {
		return "", &ValueError{Action: ActionHandOver, Field: "to"}
	}
	if !r.HandedOverAt.IsZero() {
		return "", errNoChange
	}
	r.HandedOverAt = now
	why := e.To
	if e.SHA256 != "" {
		why += ", SHA-256 " + e.SHA256
	}
	if e.Reference != "" {
		why += ", " + e.Reference
	}
	return why, nil
}

func (e Cancel) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	r.endAttempt(now, ReasonCancelled)
	r.Review.Drawn = nil
	r.State = Cancelled
	return e.Reason, nil
}

func (Expire) apply(r *Record, _ Actor, rules *Rules, now time.Time) (string, error) {
	if now.Before(rules.ExpiresAt(*r)) {
		return "", ErrNotDue
	}
	r.endAttempt(now, ReasonAbandoned)
	r.Review.Drawn = nil
	r.State = Expired
	return "", nil
}
