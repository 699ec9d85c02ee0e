package enrolment

import (
	"fmt"
	"strings"
	"time"
)

// StateError is an event that is out of its order, or not this role's to make.
type StateError struct {
	State  State
	Action Action
	Role   Role
	// Allowed is what this role may do in this state.
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

// LimitError is something that was done as often as it may be.
type LimitError struct {
	What  string // "attempts" or "stills"
	Limit int
	// Next is when it may be done again; zero where it may not in this attempt.
	Next time.Time
}

// Error implements error.
func (e *LimitError) Error() string {
	if e.Next.IsZero() {
		return fmt.Sprintf("%s: the limit of %d is reached", e.What, e.Limit)
	}
	return fmt.Sprintf("%s: the limit of %d is reached, next at %s", e.What, e.Limit, e.Next.Format(time.RFC3339))
}

// ConsentError is a consent without which the journey cannot go on this way.
type ConsentError struct {
	Missing ConsentKind
}

// Error implements error.
func (e *ConsentError) Error() string {
	return fmt.Sprintf("consent %s is missing", e.Missing)
}

// ReviewProblem says why somebody may not decide on a file.
type ReviewProblem string

// The problems.
const (
	OwnFile        ReviewProblem = "own-file"
	DrawnByAnother ReviewProblem = "drawn-by-another"
	NotDrawn       ReviewProblem = "not-drawn"
	AlreadyDecided ReviewProblem = "already-decided" // a second reviewer, or a contest, takes another person
	NothingToDo    ReviewProblem = "nothing-to-review"
	Lapsed         ReviewProblem = "lapsed"        // the file was in these hands for too long
	NeedsAnother   ReviewProblem = "needs-another" // somebody else has to see the same
)

// ReviewError is a reviewer who may not do this to this file.
type ReviewError struct {
	Problem ReviewProblem
}

// Error implements error.
func (e *ReviewError) Error() string { return "review: " + string(e.Problem) }

// ValueError is an event whose contents cannot be.
type ValueError struct {
	Action Action
	Field  string
	Err    error // what is wrong with it; nil where the field says it all
}

// Error implements error. It never holds the value.
func (e *ValueError) Error() string { return fmt.Sprintf("%s: %s cannot be this", e.Action, e.Field) }

// Unwrap returns what is wrong.
func (e *ValueError) Unwrap() error { return e.Err }
