package live

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"visavis/capture"
)

// Subjects is what captures of enrolments bring to the record plane. A subject is one
// capture of one enrolment.
type Subjects interface {
	// Sent counts a still that was sent, accepted or not. Keep makes an accepted one
	// durable: an error means that it is not accepted. Both may be called again
	// with the same bytes. ErrOver when the subject takes no pictures any more.
	Sent(ctx context.Context, subject string, step capture.Step, jpeg []byte) error
	Keep(ctx context.Context, subject string, k Kept) error
	// Sequence keeps the frames of a step's challenge.
	Sequence(ctx context.Context, subject string, step capture.Step, frames []SequenceFrame) error
	// Done says that every step is there, with what each one's capture noted; Failed
	// that there will be no result. Both may be called again.
	Done(ctx context.Context, subject string, steps []capture.StepRecord) error
	Failed(ctx context.Context, subject, reason string) error

	// Disown forgets what was taken by a phone that was not the applicant's, and says
	// where the capture begins again. May be called again.
	Disown(ctx context.Context, subject string) (Start, error)
	// Asker names the site that asked for a subject's enrolment; empty: it was this one.
	Asker(ctx context.Context, subject string) string
}

// asker names who asks, for the pages of a session.
func (p *Plane) asker(ctx context.Context, subject string) string {
	if subject == "" || p.Subjects == nil {
		return p.Site
	}
	ctx, cancel := context.WithTimeout(ctx, p.Store)
	defer cancel()
	return cmp.Or(p.Subjects.Asker(ctx, subject), p.Site)
}

// ErrOver says that an enrolment takes no pictures any more: it was cancelled, or
// another capture of it goes on.
var ErrOver = errors.New("the enrolment takes no pictures any more")

// Start is where a capture of an enrolment begins.
type Start struct {
	Subject string
	// Document, where it is known and the phone need not ask; empty otherwise.
	Document capture.Document
	// Taken, Sent and Only are as in capture.FlowOptions.
	Taken map[capture.Step]capture.Layout
	Sent  map[capture.Step]int
	Only  capture.Step
}

// Kept is an accepted still.
type Kept struct {
	Document capture.Document
	Step     capture.StepRecord // with its layout, notes and doubts
	JPEG     []byte
}

// StartFlow is the stored state that a capture begins with; nil before a document
// is chosen.
func (p *Plane) StartFlow(start Start) (json.RawMessage, error) {
	if start.Document == "" {
		return nil, nil
	}
	flow, err := capture.NewFlow(start.Document, capture.FlowOptions{
		Challenge: p.Challenge, Intn: draw, Taken: start.Taken, Sent: start.Sent, Only: start.Only,
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(captureState{Document: start.Document, Flow: &flow})
}
