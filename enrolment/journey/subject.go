package journey

import (
	"errors"
	"fmt"

	"visavis/enrolment"
)

// Subject names one capture of one enrolment: its id, the attempt, and the round of
// review that asked for it. Pictures of an earlier capture are refused.
type Subject string

// SubjectOf returns the current capture of an enrolment.
func SubjectOf(r enrolment.Record) Subject { return Subject(r.ID + "/" + captureOf(r)) }

func captureOf(r enrolment.Record) string {
	return fmt.Sprintf("%d/%d", len(r.Attempts), r.Review.Round)
}

// ErrOver says that a capture accepts no more pictures: the enrolment has moved on, was
// cancelled, or started another attempt.
var ErrOver = errors.New("the enrolment takes no pictures of this capture any more")

// ID returns the enrolment's id.
func (s Subject) ID() string {
	for i, c := range s {
		if c == '/' {
			return string(s[:i])
		}
	}
	return string(s)
}

// run returns attempt and round, in the form of item ids.
func (s Subject) run() string {
	out := []byte(s[min(len(s), len(s.ID())+1):])
	for i, c := range out {
		if c == '/' {
			out[i] = '-'
		}
	}
	return string(out)
}

// current returns ErrOver if the record does not accept this capture's pictures.
func (s Subject) current(r enrolment.Record) error {
	if r.State != enrolment.Capturing || SubjectOf(r) != s {
		return ErrOver
	}
	return nil
}
