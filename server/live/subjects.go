package live

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"math/big"

	"visavis/capture"
)

// Subjects is the record plane's side of captures. A subject is one capture of one
// enrolment.
type Subjects interface {
	// Sent counts a sent still, accepted or not. Keep makes an accepted still durable;
	// after an error it is not accepted. Both are idempotent for the same bytes. ErrOver
	// if the subject accepts no more pictures.
	Sent(ctx context.Context, subject string, step capture.Step, jpeg []byte) error
	Keep(ctx context.Context, subject string, k Kept) error
	// Sequence stores the frames of a step's challenge.
	Sequence(ctx context.Context, subject string, step capture.Step, frames []SequenceFrame) error
	// Done says that every step is accepted, with the notes of each step. Failed says
	// that there will be no result. Both are idempotent.
	Done(ctx context.Context, subject string, steps []capture.StepRecord) error
	Failed(ctx context.Context, subject, reason string) error

	// Disown discards the captures of a phone that was not the applicant's, and returns
	// where the capture starts again. Idempotent.
	Disown(ctx context.Context, subject string) (Start, error)
	// Asker returns the site that asked for a subject's enrolment, and the path of its logo here; empty for this server
	// itself, or a site without one.
	Asker(ctx context.Context, subject string) (site, logo string)
	// Joined notes which kind of phone took a subject's session, such as "Android, Chrome".
	Joined(ctx context.Context, subject, browser string)
}

// joined notes which kind of phone took a session.
func (p *Plane) joined(ctx context.Context, subject, browser string) {
	if subject == "" || p.Subjects == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, p.Store)
	defer cancel()
	p.Subjects.Joined(ctx, subject, browser)
}

// asker returns who asks and the path of its logo, for the pages of a session.
func (p *Plane) asker(ctx context.Context, subject string) (site, logo string) {
	if subject == "" || p.Subjects == nil {
		return p.Site, ""
	}
	ctx, cancel := context.WithTimeout(ctx, p.Store)
	defer cancel()
	site, logo = p.Subjects.Asker(ctx, subject)
	return cmp.Or(site, p.Site), logo
}

// ErrOver says that an enrolment accepts no more pictures: it was cancelled, or another
// capture of it has started.
var ErrOver = errors.New("the enrolment takes no pictures any more")

// Start is where a capture of an enrolment starts.
type Start struct {
	Subject string
	// Reference is the subject's own, which its sessions have too.
	Reference string
	// Document is set if it is known and the phone need not ask.
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

// StartFlow returns the initial state of a capture; nil before a document is chosen.
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

// draw returns an unpredictable random number in [0, n).
func draw(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil { // crypto/rand does not fail
		return 0
	}
	return int(v.Int64())
}
