package enrolment

import (
	"slices"
	"time"

	"visavis/limits"
)

// Rules are the numbers and choices of a deployment.
type Rules struct {
	// Attempts in Window, and stills of a side in one attempt.
	Attempts      int
	Window        time.Duration
	StillsPerSide int
	// Letters bounds what is written to people.
	Letters LetterLimits
	// Address bounds the letters that ask whether an address is its applicant's.
	Address AddressRules
	// OpenFor is how long an enrolment waits for the applicant; InPersonFor how
	// long for their visit.
	OpenFor     time.Duration
	InPersonFor time.Duration
	// RemoteOnly: there is no place where a registrar checks, so nobody is sent there.
	RemoteOnly bool
	// NoReview lets the machine decide alone and turns every doubt into a refusal.
	// For tests and demonstrations.
	NoReview bool
	// FaceThreshold is the score under which a second reviewer is needed.
	FaceThreshold float64
	// DrawFor is how long a drawn file stays with its reviewer. A decision after it
	// is refused.
	DrawFor time.Duration
	// Questions are the ids that this role has to answer before it accepts this
	// record; nil: none.
	Questions func(r Record, role Role) []string `json:"-"`
	// BlindShare of the accepted files is looked at a second time, blind.
	BlindShare float64
	// Owed: the file of an issued certificate is owed to who has to keep it. It stays
	// until they acknowledged that they have it. Where it is owed to nobody, the
	// operator's rule counts from the issuing.
	Owed bool
	// KeepRefused counts from the refusal, KeepAccepted from the hand-over, or from the issuing; what is
	// abandoned is deleted when OpenFor is over, what is cancelled at once. The
	// receipts of deletion, without any name, are kept for KeepReceipts.
	KeepRefused  time.Duration
	KeepAccepted time.Duration
	KeepReceipts time.Duration
	// KeepRegister counts from the end of a certificate, KeepAudit from the entry.
	KeepRegister time.Duration
	KeepAudit    time.Duration
}

// LetterLimits are how many letters may be sent in Window. A journey has five, and
// two more for each step that is asked again; above them somebody plays with the
// address of another.
type LetterLimits struct {
	Window      time.Duration
	OfTemplate  int // of one kind, of one enrolment
	OfEnrolment int
	OfAccount   int // over all enrolments of one login
	ToAddress   int // over all accounts
}

// DefaultRules returns the defaults; the face threshold belongs to the model that
// scores and is given by who knows it.
func DefaultRules(faceThreshold float64) Rules {
	return Rules{
		Attempts: limits.Attempts.Number(), Window: limits.Attempts.Per(),
		StillsPerSide: 5,
		Letters: LetterLimits{
			Window: limits.LettersAddress.Per(), OfTemplate: limits.LettersTemplate.Number(), OfEnrolment: limits.LettersEnrolment.Number(),
			OfAccount: limits.LettersAccount.Number(), ToAddress: limits.LettersAddress.Number(),
		},
		Address: AddressRules{
			DigitsFor: limits.ConfirmationTries.Per(), LinkFor: 24 * time.Hour, // letters may be slow, and people too
			Tries: limits.ConfirmationTries.Number(), Pause: 30 * time.Second,
			OfAccount: limits.ConfirmationsAccount.Number(), ToAddress: limits.ConfirmationsAddress.Number(),
		},
		OpenFor:       7 * 24 * time.Hour,
		InPersonFor:   30 * 24 * time.Hour, // an appointment takes longer than a phone
		FaceThreshold: faceThreshold,
		DrawFor:       30 * time.Minute, // a file takes minutes; a reviewer who left must not block it for long
		BlindShare:    0.05,
		Owed:          true,
		KeepRefused:   30 * 24 * time.Hour, // as long as the refusal can be contested
		KeepAccepted:  7 * 24 * time.Hour,  // in case the hand-over has to be repeated
		KeepReceipts:  365 * 24 * time.Hour,
		KeepRegister:  7 * 365 * 24 * time.Hour, // what national rules ask at least
		KeepAudit:     365 * 24 * time.Hour,
	}
}

// Allowed returns what a role may do in a state here, sorted.
func (rules Rules) Allowed(s State, role Role) []Action {
	all := Allowed(s, role)
	if rules.RemoteOnly {
		return slices.DeleteFunc(all, func(a Action) bool { return a == ActionGoInPerson })
	}
	return all
}

// AttemptsLeft says how many attempts may still begin, and when the next may when
// there is none left (zero otherwise). others are attempts of the same person in
// other enrolments.
func (rules Rules) AttemptsLeft(r Record, now time.Time, others ...time.Time) (left int, next time.Time) {
	var recent []time.Time
	for _, at := range others {
		if now.Sub(at) < rules.Window {
			recent = append(recent, at)
		}
	}
	for _, a := range r.Attempts {
		if now.Sub(a.StartedAt) < rules.Window && a.Failure != FailureDisowned {
			recent = append(recent, a.StartedAt)
		}
	}
	slices.SortFunc(recent, time.Time.Compare)
	if left = rules.Attempts - len(recent); left > 0 {
		return left, time.Time{}
	}
	return 0, recent[len(recent)-rules.Attempts].Add(rules.Window)
}

// checkAnswers refuses an acceptance unless every question was answered with yes.
func (rules Rules) checkAnswers(r Record, by Actor, a Action, answers map[string]bool) error {
	if rules.Questions == nil {
		return nil
	}
	for _, id := range rules.Questions(r, by.Role) {
		if !answers[id] {
			return &ValueError{Action: a, Field: "checklist"}
		}
	}
	return nil
}

// StillsLeft says how many stills of a side may still be sent in this attempt.
func (rules Rules) StillsLeft(r Record, side string) int {
	return max(0, rules.StillsPerSide-len(r.Stills[side]))
}

// ExpiresAt is when an enrolment that waits for its applicant ends; zero where it
// waits for somebody else.
func (rules Rules) ExpiresAt(r Record) time.Time {
	switch r.State {
	case Declared, Consented, Capturing, ToConfirm, Confirmed:
		return r.LastAction.Add(rules.OpenFor)
	case InPerson:
		return r.LastAction.Add(rules.InPersonFor)
	}
	return time.Time{}
}
