package journey

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

// BeginCapture starts an attempt, or continues the current one, and returns the resulting
// record. If nothing is missing, the capture is submitted for verification.
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
			State: r.State, Action: enrolment.ActionBegin, Role: enrolment.Applicant,
			Allowed: s.cfg.Rules.Allowed(r.State, enrolment.Applicant),
		}
	}
	return r, err
}

// capture applies an event if its capture is the current one. ErrOver.
func (s *Service) capture(ctx context.Context, subject Subject, c change) (enrolment.Record, error) {
	c.check = subject.current
	return s.change(ctx, subject.ID(), c)
}

// Sent counts a still of a side sent by the phone, accepted or not. ErrOver.
func (s *Service) Sent(ctx context.Context, subject Subject, side string, jpeg []byte) error {
	_, err := s.capture(ctx, subject, change{event: enrolment.SendStill{Side: side, Digest: digest(jpeg)}})
	return err
}

// Still is an accepted still.
type Still struct {
	Side, Document, Layout string
	Box                    []float64 // as enrolment.Taken.Box
	Notes, Doubts          []string
	JPEG                   []byte
}

// Keep stores an accepted still as evidence and records it, in one transaction. The still
// is durable when Keep returns nil. ErrOver if the capture is not the current one;
// nothing is kept then.
func (s *Service) Keep(ctx context.Context, subject Subject, still Still) error {
	sum := digest(still.JPEG)
	item := evidence.Item{
		ID:   fmt.Sprintf("still-%s-%s-%s", subject.run(), still.Side, sum[:16]),
		Kind: evidence.Still, Step: still.Side, MediaType: "image/jpeg",
	}
	w, err := s.cfg.Keeper.Write(ctx, subject.ID(), item, still.JPEG)
	if err != nil {
		return err
	}
	_, err = s.capture(ctx, subject, change{
		event: enrolment.KeepStill{Side: still.Side, Document: still.Document, Taken: enrolment.Taken{
			Item: item.ID, Digest: sum, Layout: still.Layout, Box: still.Box, Notes: still.Notes, Doubts: still.Doubts,
		}},
		also: func(ctx context.Context, tx *store.Tx) error { return s.cfg.Keeper.List(ctx, tx, w, s.now()) },
	})
	return errors.Join(err, s.cfg.Keeper.Tidy(ctx, w, err))
}

// Note adds the capture's notes on a side after its still was kept, such as a skipped
// tilt. ErrOver.
func (s *Service) Note(ctx context.Context, subject Subject, side string, notes, doubts []string) error {
	r, err := s.Load(ctx, subject.ID())
	if err != nil {
		return err
	}
	taken, ok := r.Taken[side]
	if !ok {
		return nil
	}
	taken.Notes, taken.Doubts = notes, doubts
	_, err = s.capture(ctx, subject, change{event: enrolment.KeepStill{Side: side, Document: r.Document, Taken: taken}})
	return err
}

var capturer = enrolment.Actor{Role: enrolment.System, ID: "capture"}

// FinishCapture submits the pictures for verification if none is missing.
func (s *Service) FinishCapture(ctx context.Context, id string) (enrolment.Record, error) {
	return s.change(ctx, id, change{by: capturer, event: enrolment.FinishCapture{}, check: nothingMissing})
}

// Finish is FinishCapture for the current capture. ErrOver.
func (s *Service) Finish(ctx context.Context, subject Subject) error {
	_, err := s.change(ctx, subject.ID(),
		change{by: capturer, event: enrolment.FinishCapture{}, check: func(r enrolment.Record) error {
			return cmp.Or(subject.current(r), nothingMissing(r)) // errors are comparable
		}})
	return err
}

func nothingMissing(r enrolment.Record) error {
	if r.State == enrolment.Capturing && len(r.Missing()) > 0 {
		return &enrolment.ValueError{Action: enrolment.ActionFinish, Field: "stills"}
	}
	return nil
}

// FailAttempt ends an attempt without a result. ErrOver.
func (s *Service) FailAttempt(ctx context.Context, subject Subject, reason string) error {
	_, err := s.capture(ctx, subject, change{by: capturer, event: enrolment.FailAttempt{Reason: reason}})
	return err
}

// DisownPhone restarts the capture without the pictures of a phone that was not the
// applicant's. ErrOver.
func (s *Service) DisownPhone(ctx context.Context, subject Subject) (enrolment.Record, error) {
	return s.capture(ctx, subject, change{event: enrolment.DisownPhone{}})
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// runOf names an attempt and its round of review, for ids of items.
func runOf(r enrolment.Record) string { return fmt.Sprintf("%d-%d", len(r.Attempts), r.Review.Round) }

// sequencePrefix is the id prefix of an attempt's sequences.
func sequencePrefix(r enrolment.Record) string { return fmt.Sprintf("sequence-%d-", len(r.Attempts)) }

// KeepSequence stores the frames of a step as evidence. ErrOver.
func (s *Service) KeepSequence(ctx context.Context, subject Subject, side string, frames evidence.Frames) error {
	body, err := json.Marshal(frames)
	if err != nil {
		return err
	}
	item := evidence.Item{
		ID:   fmt.Sprintf("sequence-%s-%s-%s", subject.run(), side, digest(body)[:16]),
		Kind: evidence.Sequence, Step: side, MediaType: "application/json",
	}
	w, err := s.cfg.Keeper.Write(ctx, subject.ID(), item, body)
	if err != nil {
		return err
	}
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		r, err := tx.Load(ctx, subject.ID())
		if err == nil {
			err = subject.current(r)
		}
		if err != nil {
			return err
		}
		return s.cfg.Keeper.List(ctx, tx, w, s.now())
	})
	return errors.Join(err, s.cfg.Keeper.Tidy(ctx, w, err))
}

// framesOf returns some frames, evenly spread, of the newest sequence taken in the same
// run as a side's still; none without one.
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

// sameRun reports whether two items belong to one attempt and round.
func sameRun(a, b string) bool {
	x, y := strings.SplitN(a, "-", 4), strings.SplitN(b, "-", 4)
	return len(x) == 4 && len(y) == 4 && x[1] == y[1] && x[2] == y[2]
}

// spread returns some elements of a list at even distances.
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
