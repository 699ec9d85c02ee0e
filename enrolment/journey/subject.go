package journey

import (
	"errors"
	"fmt"

	"visavis/enrolment"
)

// Subject names one capture of one enrolment: its id, the attempt, and the round of
// review that asked for it. Pictures of an earlier one are not taken.
type Subject string

// SubjectOf is what an enrolment captures now.
func SubjectOf(r enrolment.Record) Subject { return Subject(r.ID + "/" + captureOf(r)) }

func captureOf(r enrolment.Record) string {
	return fmt.Sprintf("%d/%d", len(r.Attempts), r.Review.Round)
}

// ErrOver is a capture that takes no pictures any more: the enrolment has moved on,
// was cancelled, or begins another attempt.
var ErrOver = errors.New("the enrolment takes no pictures of this capture any more")

// ID is the enrolment's.
func (s Subject) ID() string {
	for i, c := range s {
		if c == '/' {
			return string(s[:i])
		}
	}
	return string(s)
}

// run is the attempt and round as ids of items have them.
func (s Subject) run() string {
	out := []byte(s[min(len(s), len(s.ID())+1):])
	for i, c := range out {
		if c == '/' {
			out[i] = '-'
		}
	}
	return string(out)
}

// current refuses a record that does not take this capture's pictures. ErrOver.
func (s Subject) current(r enrolment.Record) error {
	if r.State != enrolment.Capturing || SubjectOf(r) != s {
		return ErrOver
	}
	return nil
}
