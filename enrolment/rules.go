package enrolment

import (
	"slices"
	"time"

	"visavis/limits"
)

// Rules are the limits and policies of a deployment.
type Rules struct {
	// Attempts bounds the attempts in Window, and Stills the stills of a side in one
	// attempt.
	Attempts      int
	Window        time.Duration
	StillsPerSide int
	// Letters bounds the letters to people.
	Letters LetterLimits
	// Address bounds the letters that confirm an address.
	Address AddressRules
	// OpenFor is how long an enrolment waits for the applicant, InPersonFor how long for
	// their visit.
	OpenFor     time.Duration
	InPersonFor time.Duration
	// RemoteOnly says that no registrar checks in person.
	RemoteOnly bool
	// NoAppointments says that registrars check without appointments.
	NoAppointments bool
	// NoReview lets the machine decide alone: every doubt refuses. For tests and
	// demonstrations.
	NoReview bool
	// FaceThreshold is the score under which a second reviewer is required.
	FaceThreshold float64
	// DrawFor is how long a drawn file stays with its reviewer. A later decision is
	// refused.
	DrawFor time.Duration
	// Questions returns the ids that this role has to answer before it accepts this
	// record. nil: none.
	Questions func(r Record, role Role) []string `json:"-"`
	// BlindShare is the share of accepted files that get a blind second look.
	BlindShare float64
	// Owed says that the file of an issued certificate has to be handed over. It is kept
	// until the recipient acknowledged it. Otherwise KeepAccepted counts from the
	// issuing.
	Owed bool
	// KeepRefused counts from the refusal, KeepAccepted from the hand-over or the
	// issuing. An abandoned enrolment is deleted after OpenFor, a cancelled one at once.
	// Receipts of deletion, which hold no name, are kept for KeepReceipts.
	KeepRefused  time.Duration
	KeepAccepted time.Duration
	KeepReceipts time.Duration
	// KeepRegister counts from the end of a certificate, KeepAudit from the entry.
	KeepRegister time.Duration
	KeepAudit    time.Duration
	// KeepVerifications counts from the end of what a site asked for. It is not deleted before its enrolments.
	KeepVerifications time.Duration
}

// LetterLimits bound the letters in Window. A journey has five, and two for each repeated
// step. More suggest an abuse of somebody's address.
type LetterLimits struct {
	Window      time.Duration
	OfTemplate  int // of one kind, of one enrolment
	OfEnrolment int
	OfAccount   int // over all enrolments of one login
	ToAddress   int // over all accounts
}

// DefaultRules returns the defaults. The caller gives the face threshold, which depends
// on the model.
func DefaultRules(faceThreshold float64) Rules {
	return Rules{
		Attempts: limits.Attempts.Number(), Window: limits.Attempts.Per(),
		StillsPerSide: 5,
		Letters: LetterLimits{
			Window: limits.LettersAddress.Per(), OfTemplate: limits.LettersTemplate.Number(),
			OfEnrolment: limits.LettersEnrolment.Number(),
			OfAccount:   limits.LettersAccount.Number(), ToAddress: limits.LettersAddress.Number(),
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

		KeepVerifications: 400 * 24 * time.Hour, // a year of a site's figures, and a month to read them
	}
}

// Allowed returns a role's actions in a state under these rules, sorted.
func (rules Rules) Allowed(s State, role Role) []Action {
	return slices.DeleteFunc(Allowed(s, role), func(a Action) bool {
		return a == ActionGoInPerson && rules.RemoteOnly || a == ActionBook && rules.NoAppointments
	})
}

// AttemptsLeft returns how many attempts may still start and, if none, when the next one
// may (otherwise zero). others are the same person's attempts in other enrolments.
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

// checkAnswers refuses an acceptance unless every question was answered yes.
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

// StillsLeft returns how many stills of a side may still be sent in this attempt.
func (rules Rules) StillsLeft(r Record, side string) int {
	return max(0, rules.StillsPerSide-len(r.Stills[side]))
}

// ExpiresAt is when an enrolment that waits for its applicant expires; zero if it waits
// for somebody else.
func (rules Rules) ExpiresAt(r Record) time.Time {
	switch r.State {
	case Declared, Consented, Capturing, ToConfirm, Confirmed:
		return r.LastAction.Add(rules.OpenFor)
	case InPerson:
		return r.LastAction.Add(rules.InPersonFor)
	}
	return time.Time{}
}
