package enrolment

import (
	"errors"
	"slices"
	"time"
)

// Kept is a kind of data that an enrolment keeps.
type Kept string

// The kinds.
const (
	KeptDeclared Kept = "declared" // what the applicant gave
	KeptConsents Kept = "consents" // answers, with the texts' hashes
	KeptEvidence Kept = "evidence" // pictures, sequences, readings; their key
	KeptLog      Kept = "log"      // transitions and decisions
	KeptReceipt  Kept = "receipt"  // that something was deleted; no name in it
)

// everything of an enrolment but the receipt goes together: a part of a file
// proves nothing and is still personal.
var everything = []Kept{KeptDeclared, KeptConsents, KeptEvidence, KeptLog}

// Purpose is one row of what is kept, why and until when, for people. Durations
// are in days.
type Purpose struct {
	What            []Kept
	Rule            string // as in Deletion.Rule
	Days            int
	From            string // what the days count from
	French, English string
}

// Purposes is the one table of what is kept; Deletion obeys it.
func (rules Rules) Purposes() []Purpose {
	days := func(d time.Duration) int { return int(d / (24 * time.Hour)) }
	return []Purpose{
		{everything, RuleAbandoned, days(rules.OpenFor), "last-action",
			"Pour reprendre votre demande là où vous l’avez laissée.", "To go on with your request where you left it."},
		{everything, RuleVisit, days(rules.InPersonFor), "last-action",
			"Pour vous recevoir au rendez-vous.", "To receive you at your appointment."},
		{everything, RuleCancelled, 0, "cancellation",
			"Rien n’est conservé d’une demande annulée.", "Nothing is kept of a cancelled request."},
		{everything, RuleRefused, days(rules.KeepRefused), "refusal",
			"Pour que vous puissiez contester le refus.", "So that you can contest the refusal."},
		{everything, RuleAccepted, days(rules.KeepAccepted), "hand-over",
			"Pour remettre le dossier au prestataire, qui doit le conserver.", "To hand the file over to the provider, who has to keep it."},
		{[]Kept{KeptReceipt}, RuleReceipt, days(rules.KeepReceipts), "deletion",
			"Pour prouver l’effacement. Aucun nom n’y figure.", "To prove the deletion. It holds no name."},
	}
}

// The rules that a deletion names.
const (
	RuleAbandoned = "abandoned"
	RuleVisit     = "visit-missed"
	RuleCancelled = "cancelled"
	RuleRefused   = "refused"
	RuleAccepted  = "accepted"
	RuleReceipt   = "receipt"
	RuleRequest   = "on-request" // the applicant asked for it
)

// Deletion is what has to go, since when, and under which rule.
type Deletion struct {
	Enrolment string    `json:"enrolment"`
	Rule      string    `json:"rule"`
	What      []Kept    `json:"what"`
	Due       time.Time `json:"due"`
}

// Deletion returns what of an enrolment has to be deleted by now; false when
// nothing has. One that waits for its applicant is due as soon as it is abandoned,
// whether or not that was noted.
func (rules Rules) Deletion(r Record, now time.Time) (Deletion, bool) {
	rule, due := rules.deletionDue(r)
	if rule == "" || now.Before(due) {
		return Deletion{}, false
	}
	return Deletion{Enrolment: r.ID, Rule: rule, What: slices.Clone(everything), Due: due}, true
}

// DeletedAt returns when an enrolment will be deleted as it stands; zero when
// that depends on something still to happen.
func (rules Rules) DeletedAt(r Record) time.Time {
	_, due := rules.deletionDue(r)
	return due
}

func (rules Rules) deletionDue(r Record) (rule string, due time.Time) {
	switch r.State {
	case Declared, Consented, Capturing, ToConfirm, Confirmed:
		return RuleAbandoned, rules.ExpiresAt(r)
	case InPerson:
		return RuleVisit, rules.ExpiresAt(r)
	case Expired: // it waited as long as it should before
		if r.Last.From == InPerson {
			return RuleVisit, r.Last.At
		}
		return RuleAbandoned, r.Last.At
	case Cancelled:
		return RuleCancelled, r.Last.At
	case Refused:
		return RuleRefused, r.Refusal.At.Add(rules.KeepRefused)
	case Issued:
		if !r.HandedOverAt.IsZero() {
			return RuleAccepted, r.HandedOverAt.Add(rules.KeepAccepted)
		}
	}
	return "", time.Time{}
}

// ErrOwed is a file that may not be deleted yet, even at its applicant's wish: it
// is owed to the provider, who has to keep it (GDPR article 17(3)(b)).
var ErrOwed = errors.New("the file is owed to the provider of the certificate")

// DeletionOnRequest returns what the applicant's wish deletes at once.
func (rules Rules) DeletionOnRequest(r Record, now time.Time) (Deletion, error) {
	if r.State == Requested || r.State == Issued && r.HandedOverAt.IsZero() {
		return Deletion{}, ErrOwed
	}
	return Deletion{Enrolment: r.ID, Rule: RuleRequest, What: slices.Clone(everything), Due: now}, nil
}
