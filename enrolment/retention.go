package enrolment

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kept is a kind of data kept of an enrolment.
type Kept string

// The kinds.
const (
	KeptDeclared Kept = "declared" // what the applicant gave
	KeptConsents Kept = "consents" // answers, with the texts' hashes
	KeptEvidence Kept = "evidence" // pictures, sequences, readings; their key
	KeptLog      Kept = "log"      // transitions and decisions
	KeptReceipt  Kept = "receipt"  // that something was deleted; no name in it
	KeptRegister Kept = "register" // of certificates: names, birth date, address, answers, proof
	KeptAudit    Kept = "audit"    // who of the staff looked when; no name of the applicant
	KeptCounts   Kept = "counts"   // hashes by which attempts and letters are counted
	KeptHeads    Kept = "heads"    // hashes of the log; nothing can be read from them
	// KeptVerification is what a site asked for: its reference and metadata, statuses, events.
	KeptVerification Kept = "verification"
)

// everything of an enrolment but the receipt is deleted together: part of a file proves
// nothing and is still personal data.
var everything = []Kept{KeptDeclared, KeptConsents, KeptEvidence, KeptLog}

// Purpose is one row of the retention table: what is kept, why and until when. Durations
// are in days.
type Purpose struct {
	What []Kept
	Rule string // as in Deletion.Rule
	Days int
	From string // what the days count from
}

// Why returns the code of the reason: the rule's, with "-owed" if the file has to be
// handed over.
func (p Purpose) Why() string {
	if p.From == fromHandOver {
		return p.Rule + "-owed"
	}
	return p.Rule
}

// fromHandOver counts from the hand-over to the provider.
const fromHandOver = "hand-over"

// Purposes returns the retention table. Deletion follows it.
func (rules Rules) Purposes() []Purpose {
	days := func(d time.Duration) int { return int(d / (24 * time.Hour)) }
	return []Purpose{
		{everything, RuleAbandoned, days(rules.OpenFor), "last-action"},
		{everything, RuleVisit, days(rules.InPersonFor), "last-action"},
		{everything, RuleCancelled, 0, "cancellation"},
		{everything, RuleRefused, days(rules.KeepRefused), "refusal"},
		rules.accepted(days(rules.KeepAccepted)),
		{[]Kept{KeptReceipt}, RuleReceipt, days(rules.KeepReceipts), "deletion"},
		{[]Kept{KeptRegister}, RuleRegister, days(rules.KeepRegister), "certificate-end"},
		{[]Kept{KeptAudit}, RuleAudit, days(rules.KeepAudit), "entry"},
		{[]Kept{KeptCounts}, RuleCounts, days(rules.KeepCounts()), "attempt-or-letter"},
		{[]Kept{KeptVerification}, RuleVerification, days(rules.KeepVerifications), "verification-end"},
	}
}

// accepted returns the row of files with an issued certificate.
func (rules Rules) accepted(days int) Purpose {
	if !rules.Owed {
		return Purpose{everything, RuleAccepted, days, "issuing"}
	}
	return Purpose{everything, RuleAccepted, days, fromHandOver}
}

// The rules named in deletions.
const (
	RuleAbandoned = "abandoned"
	RuleVisit     = "visit-missed"
	RuleCancelled = "cancelled"
	RuleRefused   = "refused"
	RuleAccepted  = "accepted"

	RuleVerification = "verification"

	RuleReceipt  = "receipt"
	RuleRegister = "register"
	RuleAudit    = "audit"
	RuleCounts   = "counts"
	RuleRequest  = "on-request" // the applicant asked for it
)

// Deletion says what has to be deleted, since when, and under which rule.
type Deletion struct {
	Enrolment string    `json:"enrolment"`
	Rule      string    `json:"rule"`
	What      []Kept    `json:"what"`
	Due       time.Time `json:"due"`
	// Stays is what is not deleted, and for how long from now or from the end of the
	// certificate; 0 means without end.
	Stays map[Kept]time.Duration `json:"-"`
}

// stays is what the law or the protection of the service keeps beyond a deletion.
func (rules Rules) stays() map[Kept]time.Duration {
	return map[Kept]time.Duration{
		KeptReceipt: rules.KeepReceipts, KeptRegister: rules.KeepRegister, KeptAudit: rules.KeepAudit,
		KeptCounts: rules.KeepCounts(), KeptHeads: 0, KeptVerification: rules.KeepVerifications,
	}
}

// KeepCounts is how long attempts and letters count: a window, and a day for clock
// differences.
func (rules Rules) KeepCounts() time.Duration { return rules.Window + 24*time.Hour }

// Deletion returns what has to be deleted of an enrolment by now, or false. An enrolment
// that waits for its applicant is due as soon as it is abandoned, whether or not that was
// recorded.
func (rules Rules) Deletion(r Record, now time.Time) (Deletion, bool) {
	rule, due := rules.deletionDue(r)
	if rule == "" || now.Before(due) {
		return Deletion{}, false
	}
	return Deletion{Enrolment: r.ID, Rule: rule, What: slices.Clone(everything), Due: due, Stays: rules.stays()}, true
}

// DeletedAt returns when an enrolment will be deleted; zero if that depends on a future
// event.
func (rules Rules) DeletedAt(r Record) time.Time {
	_, due := rules.deletionDue(r)
	return due
}

// NextDeletion returns the rule by which an enrolment will be deleted, and when; an empty
// rule if that depends on a future event.
func (rules Rules) NextDeletion(r Record) (rule string, due time.Time) { return rules.deletionDue(r) }

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
		return RuleCancelled, rules.keptCancelled(r)
	case Refused:
		return RuleRefused, r.Refusal.At.Add(rules.KeepRefused)
	case Issued:
		switch {
		case !r.HandedOverAt.IsZero():
			return RuleAccepted, r.HandedOverAt.Add(rules.KeepAccepted)
		case !rules.Owed:
			return RuleAccepted, r.LastAction.Add(rules.KeepAccepted) // nothing moves it after the issuing
		}
	}
	return "", time.Time{}
}

// keptCancelled is when a cancelled enrolment is deleted: at once, but not before the
// window of its attempts is over. Otherwise an impostor could destroy the pictures of a
// failed attempt.
func (rules Rules) keptCancelled(r Record) time.Time {
	due := r.Last.At
	for _, a := range r.Attempts {
		if until := a.StartedAt.Add(rules.Window); a.Failure != FailureDisowned && until.After(due) {
			due = until
		}
	}
	return due
}

// ErrOwed says that the file may not be deleted yet, even at its applicant's request: it
// is owed to the provider, who has to keep it (GDPR article 17(3)(b)).
var ErrOwed = errors.New("the file is owed to the provider of the certificate")

// OwedError is [ErrOwed] with what its person has to know.
type OwedError struct {
	Days int // after the acknowledgement, when the file is deleted without their doing
}

// Error implements error.
func (e *OwedError) Error() string {
	return fmt.Sprintf("%v, who has not acknowledged it; it is deleted %d days after that", ErrOwed, e.Days)
}

// Is makes it an ErrOwed.
func (e *OwedError) Is(target error) bool { return target == ErrOwed }

// Owes tells whether the file of an issued certificate is owed and was not acknowledged.
func (rules Rules) Owes(r Record) bool {
	return r.State == Issued && rules.Owed && r.HandedOverAt.IsZero()
}

// DeletionOnRequest returns what is deleted at once at the applicant's request, or an
// *OwedError.
func (rules Rules) DeletionOnRequest(r Record, now time.Time) (Deletion, error) {
	if r.State == Requested || rules.Owes(r) {
		return Deletion{}, &OwedError{Days: int(rules.KeepAccepted / (24 * time.Hour))}
	}
	return Deletion{Enrolment: r.ID, Rule: RuleRequest, What: slices.Clone(everything), Due: now, Stays: rules.stays()},
		nil
}
