package enrolments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"visavis/capture"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/identity"
	"visavis/server/live"
	"visavis/server/login"
)

// Maps the steps of the live plane to the sides of the record plane.
var sides = map[capture.Step]string{
	capture.DocumentFront: string(identity.Front),
	capture.DocumentBack:  string(identity.Back),
	capture.Selfie:        enrolment.SideSelfie,
}

func stepOf(side string) capture.Step {
	for step, s := range sides {
		if s == side {
			return step
		}
	}
	return ""
}

// Open implements server.Enrolments. Only the owner may open a session, after consent.
func (p *Plane) Open(ctx context.Context, r *http.Request, id string) (live.Start, error) {
	who, err := p.account(r, login.Applicant)
	if err != nil {
		return live.Start{}, err
	}
	e, err := p.journey.BeginCapture(ctx, who.Subject, id)
	if err != nil {
		return live.Start{}, err
	}
	if e.State != enrolment.Capturing {
		return live.Start{}, &enrolment.StateError{
			State: e.State, Action: enrolment.ActionBegin, Role: enrolment.Applicant,
			Allowed: enrolment.Allowed(e.State, enrolment.Applicant),
		}
	}
	return startOf(e), nil
}

// startOf returns where the capture of an enrolment continues.
func startOf(e enrolment.Record) live.Start {
	s := live.Start{Subject: string(journey.SubjectOf(e)), Reference: e.Reference}
	if len(e.Taken) == 0 && e.Again == nil {
		return s // the person says which document they show
	}
	s.Document = capture.Document(e.Document)
	s.Taken, s.Sent = map[capture.Step]capture.Layout{}, map[capture.Step]int{}
	for side, taken := range e.Taken {
		s.Taken[stepOf(side)] = capture.Layout(taken.Layout)
	}
	for side, sent := range e.Stills {
		s.Sent[stepOf(side)] = len(sent)
	}
	if e.Again != nil {
		s.Only = stepOf(e.Again.Step)
	}
	return s
}

// Sent implements server.Enrolments.
func (p *Plane) Sent(ctx context.Context, subject string, step capture.Step, jpeg []byte) error {
	return over(p.journey.Sent(ctx, journey.Subject(subject), sides[step], jpeg))
}

// Keep implements server.Enrolments.
func (p *Plane) Keep(ctx context.Context, subject string, k live.Kept) error {
	return over(p.journey.Keep(ctx, journey.Subject(subject), journey.Still{
		Side: sides[k.Step.Step], Document: string(k.Document), Layout: string(k.Step.Layout), Box: k.Step.Box,
		Notes: k.Step.Notes, Doubts: doubtsOf(k.Step), JPEG: k.JPEG,
	}))
}

// over maps the error of an enrolment that has moved on to the live plane's.
func over(err error) error {
	var state *enrolment.StateError
	var limit *enrolment.LimitError
	if errors.Is(err, journey.ErrOver) || errors.As(err, &state) || errors.As(err, &limit) ||
		errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: %w", live.ErrOver, err)
	}
	return err
}

// overIsDone is over, where an ended capture is no error.
func overIsDone(err error) error {
	if err = over(err); errors.Is(err, live.ErrOver) {
		return nil
	}
	return err
}

func doubtsOf(s capture.StepRecord) []string {
	var out []string
	for _, d := range s.Doubts {
		out = append(out, d.Name+" "+strconv.FormatFloat(d.Score, 'f', 3, 64)+" < "+strconv.FormatFloat(d.Limit, 'f', 3, 64))
	}
	return out
}

// Done implements server.Enrolments.
func (p *Plane) Done(ctx context.Context, subject string, steps []capture.StepRecord) error {
	for _, s := range steps {
		if !s.Kept || len(s.Notes)+len(s.Doubts) == 0 {
			continue
		}
		if err := p.journey.Note(ctx, journey.Subject(subject), sides[s.Step], s.Notes, doubtsOf(s)); err != nil {
			return overIsDone(err)
		}
	}
	return overIsDone(p.journey.Finish(ctx, journey.Subject(subject)))
}

// Failed implements server.Enrolments.
func (p *Plane) Failed(ctx context.Context, subject, reason string) error {
	return overIsDone(p.journey.FailAttempt(ctx, journey.Subject(subject), reason))
}

// Disown implements server.Enrolments.
func (p *Plane) Disown(ctx context.Context, subject string) (live.Start, error) {
	e, err := p.journey.DisownPhone(ctx, journey.Subject(subject))
	if err != nil {
		return live.Start{}, over(err)
	}
	return startOf(e), nil
}

// Sequence implements server.Enrolments.
func (p *Plane) Sequence(ctx context.Context, subject string, step capture.Step, frames []live.SequenceFrame) error {
	var s evidence.Frames
	for _, f := range frames {
		s.JPEG = append(s.JPEG, f.JPEG)
		s.Millis = append(s.Millis, f.At.Sub(frames[0].At).Milliseconds())
	}
	return over(p.journey.KeepSequence(ctx, journey.Subject(subject), sides[step], s))
}
