package journey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
		ID:   fmt.Sprintf("still-%s-%s-%s", runOf(r), still.Side, sum[:16]),
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

// DisownPhone begins the capture again without what a phone took that was not the
// applicant's.
func (s *Service) DisownPhone(ctx context.Context, id string) (enrolment.Record, error) {
	r, err := s.Load(ctx, id)
	if err != nil {
		return r, err
	}
	return s.do(ctx, id, applicant(r.Owner), enrolment.DisownPhone{})
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// runOf names an attempt and the round of review within it, as ids of items do.
func runOf(r enrolment.Record) string { return fmt.Sprintf("%d-%d", len(r.Attempts), r.Review.Round) }

// sequencePrefix begins the ids of the sequences of an attempt.
func sequencePrefix(r enrolment.Record) string { return fmt.Sprintf("sequence-%d-", len(r.Attempts)) }

// KeepSequence puts the frames of a step into the evidence.
func (s *Service) KeepSequence(ctx context.Context, id, side string, frames evidence.Frames) error {
	r, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	body, err := json.Marshal(frames)
	if err != nil {
		return err
	}
	item := evidence.Item{
		ID:   fmt.Sprintf("sequence-%s-%s-%s", runOf(r), side, digest(body)[:16]),
		Kind: evidence.Sequence, Step: side, MediaType: "application/json",
	}
	return s.cfg.Keeper.Add(ctx, id, item, body, s.now())
}

// framesOf returns some frames of the newest sequence that was taken in the same run
// as a side's still, spread over all of it; none without one.
func (s *Service) framesOf(ctx context.Context, r enrolment.Record, side string, some int) ([][]byte, error) {
	items, err := s.cfg.Keeper.Items(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, item := range slices.Backward(items) {
		if item.Kind != evidence.Sequence || item.Step != side || !sameRun(item.ID, r.Taken[side].Item) {
			continue
		}
		body, _, err := s.cfg.Keeper.Read(ctx, r.ID, item.ID)
		if err != nil {
			return nil, err
		}
		var kept evidence.Frames
		if err := json.Unmarshal(body, &kept); err != nil {
			return nil, fmt.Errorf("sequence: %w", err)
		}
		return spread(kept.JPEG, some), nil
	}
	return nil, nil
}

// sameRun tells whether two items were kept in one attempt and round.
func sameRun(a, b string) bool {
	x, y := strings.SplitN(a, "-", 4), strings.SplitN(b, "-", 4)
	return len(x) == 4 && len(y) == 4 && x[1] == y[1] && x[2] == y[2]
}

// spread returns some elements of a list, at even distances.
func spread(list [][]byte, some int) [][]byte {
	if len(list) <= some {
		return list
	}
	out := make([][]byte, some)
	for i := range out {
		out[i] = list[(2*i+1)*len(list)/(2*some)]
	}
	return out
}
