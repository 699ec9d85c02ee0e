package journey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
)

// BeginCapture begins an attempt, or goes on with the one under way. It returns
// the record as it stands then: where nothing is missing, the capture is handed
// over, and the record says so.
func (s *Service) BeginCapture(ctx context.Context, subject, id string) (enrolment.Record, error) {
	r, err := s.Own(ctx, subject, id)
	if err != nil {
		return r, err
	}
	if r.State == enrolment.Capturing && len(r.Missing()) == 0 {
		return s.FinishCapture(ctx, id) // what a crash left undone
	}
	r, err = s.do(ctx, id, applicant(subject), enrolment.BeginCapture{})
	if err == nil && r.State != enrolment.Capturing { // a repeat, after the journey went on
		err = &enrolment.StateError{
			State: r.State, Action: enrolment.ActionBegin, Role: enrolment.Applicant, Allowed: enrolment.Allowed(r.State, enrolment.Applicant),
		}
	}
	return r, err
}

// Sent counts one still of a side that the phone has sent, accepted or not.
func (s *Service) Sent(ctx context.Context, id, side string, jpeg []byte) error {
	r, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	_, err = s.do(ctx, id, applicant(r.Owner), enrolment.SendStill{Side: side, Digest: digest(jpeg)})
	return err
}

// Still is an accepted still.
type Still struct {
	Side, Document, Layout string
	Notes, Doubts          []string
	JPEG                   []byte
}

// Keep puts an accepted still into the evidence and notes it. When it returns nil
// the still is durable.
func (s *Service) Keep(ctx context.Context, id string, still Still) error {
	r, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	by := applicant(r.Owner)
	if r.State != enrolment.Capturing { // nothing is kept of what nobody asked for
		return &enrolment.StateError{State: r.State, Action: enrolment.ActionKeep, Role: by.Role, Allowed: enrolment.Allowed(r.State, by.Role)}
	}
	sum := digest(still.JPEG)
	item := evidence.Item{
		ID:   fmt.Sprintf("still-%d-%d-%s-%s", len(r.Attempts), r.Review.Round, still.Side, sum[:16]),
		Kind: evidence.Still, Step: still.Side, MediaType: "image/jpeg",
	}
	if err := s.cfg.Keeper.Add(ctx, id, item, still.JPEG, s.now()); err != nil {
		return err
	}
	_, err = s.do(ctx, id, by, enrolment.KeepStill{Side: still.Side, Document: still.Document, Taken: enrolment.Taken{
		Item: item.ID, Digest: sum, Layout: still.Layout, Notes: still.Notes, Doubts: still.Doubts,
	}})
	return err
}

// Note adds what the capture noted of a side after its still was kept, such as a
// tilt that was left out.
func (s *Service) Note(ctx context.Context, id, side string, notes, doubts []string) error {
	r, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	taken, ok := r.Taken[side]
	if !ok {
		return nil
	}
	taken.Notes, taken.Doubts = notes, doubts
	_, err = s.do(ctx, id, applicant(r.Owner), enrolment.KeepStill{Side: side, Document: r.Document, Taken: taken})
	return err
}

var capturer = enrolment.Actor{Role: enrolment.System, ID: "capture"}

// FinishCapture hands the pictures over to be verified, once none is missing.
func (s *Service) FinishCapture(ctx context.Context, id string) (enrolment.Record, error) {
	r, err := s.Load(ctx, id)
	if err != nil {
		return r, err
	}
	if r.State == enrolment.Capturing && len(r.Missing()) > 0 {
		return r, &enrolment.ValueError{Action: enrolment.ActionFinish, Field: "stills"}
	}
	return s.do(ctx, id, capturer, enrolment.FinishCapture{})
}

// FailAttempt ends an attempt without a result.
func (s *Service) FailAttempt(ctx context.Context, id, reason string) error {
	_, err := s.do(ctx, id, capturer, enrolment.FailAttempt{Reason: reason})
	return err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// sequencePrefix begins the ids of the sequences of an attempt.
func sequencePrefix(r enrolment.Record) string { return fmt.Sprintf("sequence-%d-", len(r.Attempts)) }

// Sequence is the frames of one step's challenge: JPEGs, and when each came, in
// milliseconds from the first.
type Sequence struct {
	Frames [][]byte `json:"frames"`
	Millis []int64  `json:"ms"`
}

// KeepSequence puts the frames of a step into the evidence.
func (s *Service) KeepSequence(ctx context.Context, id, side string, frames Sequence) error {
	r, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	body, err := json.Marshal(frames)
	if err != nil {
		return err
	}
	sum := digest(body)
	item := evidence.Item{
		ID:   fmt.Sprintf("%s%d-%s-%s", sequencePrefix(r), r.Review.Round, side, sum[:16]),
		Kind: evidence.Sequence, Step: side, MediaType: "application/json",
	}
	return s.cfg.Keeper.Add(ctx, id, item, body, s.now())
}
