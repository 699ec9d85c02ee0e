package enrolment

import (
	"fmt"
	"strings"
	"time"
)

// StateError says that an action is not allowed in this state or for this role.
type StateError struct {
	State  State
	Action Action
	Role   Role
	// Allowed lists this role's actions in this state.
	Allowed []Action
}

// Error implements error.
func (e *StateError) Error() string {
	allowed := make([]string, len(e.Allowed))
	for i, a := range e.Allowed {
		allowed[i] = string(a)
	}
	return fmt.Sprintf("%s is not for %s while %s; allowed: %s", e.Action, e.Role, e.State, strings.Join(allowed, ", "))
}

// LimitAttempts is what a LimitError names for attempts.
const LimitAttempts = "attempts"

// LimitError says that a limit is reached.
type LimitError struct {
	What  string // LimitAttempts, "stills", "letters", "sms" or "contests"
	Limit int
	// Next is when it is allowed again; zero if not within this attempt.
	Next time.Time
}

// Error implements error.
func (e *LimitError) Error() string {
	if e.Next.IsZero() {
		return fmt.Sprintf("%s: the limit of %d is reached", e.What, e.Limit)
	}
	return fmt.Sprintf("%s: the limit of %d is reached, next at %s", e.What, e.Limit, e.Next.Format(time.RFC3339))
}

// ConsentError names a missing consent.
type ConsentError struct {
	Missing ConsentKind
}

// Error implements error.
func (e *ConsentError) Error() string {
	return fmt.Sprintf("consent %s is missing", e.Missing)
}

// ReviewProblem says why a reviewer may not decide on a file.
type ReviewProblem string

// The problems.
const (
	OwnFile        ReviewProblem = "own-file"
	DrawnByAnother ReviewProblem = "drawn-by-another"
	NotDrawn       ReviewProblem = "not-drawn"
	AlreadyDecided ReviewProblem = "already-decided" // a second reviewer or a contest needs another person
	NothingToDo    ReviewProblem = "nothing-to-review"
	Lapsed         ReviewProblem = "lapsed"        // the reviewer held the file for too long
	NeedsAnother   ReviewProblem = "needs-another" // somebody else has to confirm the same
)

// ReviewError says that a reviewer may not do this to this file.
type ReviewError struct {
	Problem ReviewProblem
}

// Error implements error.
func (e *ReviewError) Error() string { return "review: " + string(e.Problem) }

// ValueError reports an invalid value in an event.
type ValueError struct {
	Action Action
	Field  string
	Err    error // the cause; nil if the field says it all
}

// Error implements error. It never holds the value.
func (e *ValueError) Error() string { return fmt.Sprintf("%s: %s cannot be this", e.Action, e.Field) }

// Unwrap returns the cause.
func (e *ValueError) Unwrap() error { return e.Err }
