package enrolment

import (
	"maps"
	"slices"
	"time"
)

// Verdict is a reviewer's decision.
type Verdict string

// The verdicts.
const (
	Accept   Verdict = "accept"
	Refuse   Verdict = "refuse"
	AskAgain Verdict = "ask-again"
)

// CertainReason is a reason for which the machine may refuse alone: certain facts, never
// a score.
type CertainReason string

// The certain reasons.
const (
	KindNotAccepted  CertainReason = "kind-not-accepted"
	DocumentExpired  CertainReason = "document-expired"
	UnderAge         CertainReason = "under-age"
	ReplayedSequence CertainReason = "replayed-sequence"
)

func (c CertainReason) known() bool {
	return slices.Contains([]CertainReason{KindNotAccepted, DocumentExpired, UnderAge, ReplayedSequence}, c)
}

// Reasons and doubts that the state machine itself sets.
const (
	ReasonDoubt     = "doubt"  // without review every doubt refuses
	ReasonIssuer    = "issuer" // the issuer would not
	ReasonInPerson  = "in-person"
	ReasonCancelled = "cancelled"
	ReasonAbandoned = "abandoned"
	DoubtNotRetaken = "step-not-retaken" // a step asked again, without a result
	DoubtFace       = "face"             // the score is under the threshold, or there is none
)

// Decision is one reviewer's decision.
type Decision struct {
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Verdict Verdict   `json:"verdict"`
	Reason  string    `json:"reason,omitempty"`
	Words   string    `json:"words,omitempty"`
	Round   int       `json:"round"`
	Blind   bool      `json:"blind,omitempty"`
	// Extracted is the accepted data, Checklist the answers.
	Extracted *Extracted      `json:"extracted,omitempty"`
	Checklist map[string]bool `json:"checklist,omitempty"`
}

// Drawn is a file assigned to a reviewer.
type Drawn struct {
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Blind bool      `json:"blind,omitempty"`
	// Until is when an extended file returns to the queue. Zero: DrawFor after At.
	Until time.Time `json:"until,omitzero"`
}

// ReviewState is the state of a file's review.
type ReviewState struct {
	FaceScore *float64 `json:"faceScore,omitempty"`
	// Read is the machine's reading. Accepting other data takes two people.
	Read   *Extracted `json:"read,omitempty"`
	Doubts []string   `json:"doubts,omitempty"`
	// Round grows with new material to decide on. Acceptances of one round add up.
	Round     int        `json:"round,omitempty"`
	Drawn     *Drawn     `json:"drawn,omitempty"`
	Decisions []Decision `json:"decisions,omitempty"`
	// Contested says that the applicant asked for another reviewer, which is allowed
	// once. Anybody who decided before ContestRound may not decide again.
	Contested    bool `json:"contested,omitempty"`
	ContestRound int  `json:"contestRound,omitempty"`
	// BlindDue says that the file was selected for a blind second look.
	BlindDue bool `json:"blindDue,omitempty"`
}

func (s ReviewState) clone() ReviewState {
	s.FaceScore = clonePointer(s.FaceScore)
	s.Doubts = slices.Clone(s.Doubts)
	s.Drawn = clonePointer(s.Drawn)
	s.Read = clonePointer(s.Read)
	s.Decisions = slices.Clone(s.Decisions)
	for i := range s.Decisions {
		s.Decisions[i].Extracted = clonePointer(s.Decisions[i].Extracted)
		s.Decisions[i].Checklist = maps.Clone(s.Decisions[i].Checklist)
	}
	return s
}

// state returns the state in which a person decides.
func (s ReviewState) state() State {
	if s.Contested {
		return Contested
	}
	return Review
}

// NeedsSecond reports whether two reviewers have to accept: the face score is under the
// threshold or missing, or the data differ from the machine's reading.
func (rules Rules) NeedsSecond(r Record) bool {
	return rules.faceDoubt(r) || r.Extracted != nil && (r.Review.Read == nil || *r.Extracted != *r.Review.Read)
}

func (rules Rules) faceDoubt(r Record) bool {
	return r.Review.FaceScore == nil || *r.Review.FaceScore < rules.FaceThreshold
}

// mayReview checks whether a reviewer may take this file now; the error is a
// *ReviewError. Nobody decides on their own file, or twice on the same question.
func (rules Rules) mayReview(r Record, reviewer string, now time.Time) error {
	blind := r.State != Review && r.State != Contested
	if blind && (!r.Review.BlindDue || !permitted(r.State, Reviewer, ActionDraw)) {
		return &ReviewError{NothingToDo}
	}
	if reviewer == r.Owner {
		return &ReviewError{OwnFile}
	}
	for _, d := range r.Review.Decisions {
		said := d.By == reviewer && d.Verdict != AskAgain
		if said && (blind || d.Round == r.Review.Round || d.Round < r.Review.ContestRound) {
			return &ReviewError{AlreadyDecided}
		}
	}
	if d := r.Review.Drawn; d != nil && d.By != reviewer && now.Before(rules.HeldUntil(*d)) {
		return &ReviewError{DrawnByAnother}
	}
	return nil
}

// Candidates returns the waiting files that a reviewer may get now; the caller chooses
// one at random. A file that the reviewer already holds is the only candidate, so that
// nobody can draw again for a better one.
func (rules Rules) Candidates(waiting []Record, reviewer string, now time.Time) []Record {
	var out []Record
	for _, r := range waiting {
		if rules.mayReview(r, reviewer, now) != nil {
			continue
		}
		if d := r.Review.Drawn; d != nil && d.By == reviewer && now.Before(rules.HeldUntil(*d)) {
			return []Record{r}
		}
		out = append(out, r)
	}
	return out
}

func (e Verify) apply(r *Record, _ Actor, rules *Rules, now time.Time) (string, error) {
	if e.Certain != "" && !e.Certain.known() {
		return "", &ValueError{Action: ActionVerify, Field: "certain"}
	}
	x := e.Extracted
	read := e.Extracted
	r.Extracted, r.Review.Read = &x, &read
	r.Review.FaceScore = clonePointer(e.FaceScore)
	r.Review.Doubts = slices.Clone(e.Doubts)
	if rules.faceDoubt(*r) {
		r.Review.Doubts = append(r.Review.Doubts, DoubtFace)
	}
	r.Review.Drawn = nil
	r.Review.Round++
	switch {
	case r.Review.Contested: // the applicant asked for a human review
		if e.Certain != "" {
			r.Review.Doubts = append(r.Review.Doubts, string(e.Certain))
		}
		r.State = Contested
	case e.Certain != "":
		r.refuse(Refusal{Reason: string(e.Certain), Paper: e.Paper, Automatic: true, At: now})
		return string(e.Certain), nil
	case !rules.NoReview:
		r.State = Review
	case len(r.Review.Doubts) > 0 || x.check(ActionVerify, now) != nil:
		r.refuse(Refusal{Reason: ReasonDoubt, Automatic: true, At: now})
		return ReasonDoubt, nil //nolint:nilerr // what cannot stand in a certificate is a doubt, and refuses
	default:
		r.State = ToConfirm
	}
	return "", nil
}

func (e Draw) apply(r *Record, by Actor, rules *Rules, now time.Time) (string, error) {
	if err := rules.mayReview(*r, by.ID, now); err != nil {
		return "", err
	}
	if d := r.Review.Drawn; d != nil && d.By == by.ID && now.Before(rules.HeldUntil(*d)) {
		return "", errNoChange
	}
	blind := r.State != Review && r.State != Contested
	if e.Blind != blind {
		return "", &ReviewError{NothingToDo}
	}
	r.Review.Drawn = &Drawn{By: by.ID, At: now, Blind: blind}
	return "", nil
}

// holds reports whether the reviewer holds the file.
func (r *Record) holds(by Actor) error {
	switch d := r.Review.Drawn; {
	case d == nil:
		return &ReviewError{NotDrawn}
	case d.By != by.ID:
		return &ReviewError{DrawnByAnother}
	}
	return nil
}

// HeldUntil is when a drawn file returns to the queue.
func (rules Rules) HeldUntil(d Drawn) time.Time {
	if d.Until.IsZero() {
		return d.At.Add(rules.DrawFor)
	}
	return d.Until
}

// HeldAtMost is the latest time to which a drawn file can be extended.
func (rules Rules) HeldAtMost(d Drawn) time.Time {
	return d.At.Add(maxDraws * rules.DrawFor)
}

// maxDraws bounds how long a file can be held, in multiples of DrawFor: one who went home
// must not keep an applicant waiting all day.
const maxDraws = 3

// hardlyLonger is less than a reviewer means to gain: the same button, clicked twice.
const hardlyLonger = time.Minute

func (Extend) apply(r *Record, by Actor, rules *Rules, now time.Time) (string, error) {
	if err := r.holds(by); err != nil {
		return "", err
	}
	d := *r.Review.Drawn
	until := rules.HeldUntil(d)
	if !now.Before(until) {
		return "", &ReviewError{Lapsed}
	}
	most := rules.HeldAtMost(d)
	next := now.Add(rules.DrawFor)
	if next.After(most) {
		next = most
	} else if next.Sub(until) < hardlyLonger {
		return "", errNoChange
	}
	if !until.Before(next) {
		return "", errNoChange
	}
	r.Review.Drawn.Until = next
	return "", nil
}

func (PutBack) apply(r *Record, by Actor, _ *Rules, _ time.Time) (string, error) {
	if err := r.holds(by); err != nil {
		return "", err
	}
	r.Review.Drawn = nil
	return "", nil
}

func (e Contest) apply(r *Record, _ Actor, rules *Rules, _ time.Time) (string, error) {
	if rules.NoReview || r.Refusal.Reason == ReasonIssuer {
		return "", &ReviewError{NothingToDo} // no reviewer can change it
	}
	if r.Review.Contested {
		return "", &LimitError{What: "contests", Limit: 1}
	}
	r.Review.Round++
	r.Review.Contested, r.Review.ContestRound = true, r.Review.Round
	r.State = Contested
	return e.Words, nil
}
