package journey

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// most bounds the waiting files among which the draw chooses.
const most = 500

func reviewer(subject string) enrolment.Actor {
	return enrolment.Actor{Role: enrolment.Reviewer, ID: subject}
}

// Queue is the reviewers' queue. Stats have how many files wait for a first look.
type Queue struct {
	Blind int // second looks
	// Drawn is the file that this reviewer holds, or nil.
	Drawn *enrolment.Record
}

// Queue returns the queue and the reviewer's file.
func (s *Service) Queue(ctx context.Context, subject string) (q Queue, err error) {
	var drawn []store.Candidate
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if q.Blind, err = tx.CountBlindDue(ctx); err == nil {
			drawn, err = tx.DrawnForReview(ctx, most)
		}
		return err
	})
	if err != nil {
		return Queue{}, err
	}
	q.Drawn, err = s.drawnBy(drawn, subject)
	return q, err
}

// Oldest returns the files that wait for a decision, the oldest first.
func (s *Service) Oldest(ctx context.Context, limit int) (list []store.Queued, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.Oldest(ctx, limit)
		return err
	})
	return list, err
}

func holds(r enrolment.Record, subject string) bool {
	return r.Review.Drawn != nil && r.Review.Drawn.By == subject
}

// files returns the files that wait for a decision, and those for a blind second look.
func (s *Service) files(ctx context.Context) (waiting, blind []store.Candidate, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, state := range []enrolment.State{enrolment.Review, enrolment.Contested} {
			found, err := tx.ForReview(ctx, state, most)
			if err != nil {
				return err
			}
			waiting = append(waiting, found...)
		}
		blind, err = tx.BlindDue(ctx, most)
		return err
	})
	return waiting, blind, err
}

// drawnBy returns the file among these that a reviewer holds, or nil.
func (s *Service) drawnBy(files []store.Candidate, subject string) (*enrolment.Record, error) {
	for _, f := range files {
		if !f.Drawn() {
			continue
		}
		r, err := f.Record()
		if err != nil {
			return nil, err
		}
		if c := s.cfg.Rules.Candidates([]enrolment.Record{r}, subject, s.now()); len(c) == 1 && s.held(r, subject) {
			return &r, nil
		}
	}
	return nil, nil //nolint:nilnil // no file is a state of its own
}

// held tells whether a file is assigned to a reviewer, and still is.
func (s *Service) held(r enrolment.Record, subject string) bool {
	return holds(r, subject) && s.now().Before(s.cfg.Rules.HeldUntil(*r.Review.Drawn))
}

// candidate returns the file that a reviewer holds, or a random one of those that they may get; nil if there is none.
// It reads no more of them than it has to: ten thousand may wait.
func (s *Service) candidate(files []store.Candidate, subject string) (*enrolment.Record, error) {
	if r, err := s.drawnBy(files, subject); r != nil || err != nil {
		return r, err
	}
	for n := len(files); n > 0; n-- {
		i := draw(n)
		r, err := files[i].Record()
		if err != nil {
			return nil, err
		}
		if len(s.cfg.Rules.Candidates([]enrolment.Record{r}, subject, s.now())) == 1 {
			return &r, nil
		}
		files[i] = files[n-1]
	}
	return nil, nil //nolint:nilnil // no file is a state of its own
}

// Draw assigns a random file to the reviewer, or returns the one they hold; nil if there
// is none for them. Nobody chooses, and nobody gets their own.
func (s *Service) Draw(ctx context.Context, subject string) (*enrolment.Record, error) {
	for range tries {
		files, blind, err := s.files(ctx)
		if err != nil {
			return nil, err
		}
		r, err := s.candidate(append(files, blind...), subject)
		if r == nil || err != nil {
			return nil, err // no file is a state of its own
		}
		looked := r.State != enrolment.Review && r.State != enrolment.Contested
		drawn, err := s.do(ctx, r.ID, reviewer(subject), enrolment.Draw{Blind: looked})
		var taken *enrolment.ReviewError
		var moved *enrolment.StateError
		if errors.As(err, &taken) || errors.As(err, &moved) {
			continue // somebody was faster
		}
		if err != nil {
			return nil, err
		}
		return &drawn, nil
	}
	return nil, store.ErrConflict
}

// draw returns an unpredictable number in [0, n).
func draw(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil { // crypto/rand does not fail
		return 0
	}
	return int(v.Int64())
}

// PutBack returns a drawn file.
func (s *Service) PutBack(ctx context.Context, subject, id string) error {
	_, err := s.do(ctx, id, reviewer(subject), enrolment.PutBack{})
	return err
}

// Extend lets the reviewer hold their file for longer, up to a limit.
func (s *Service) Extend(ctx context.Context, subject, id string) (enrolment.Record, error) {
	return s.do(ctx, id, reviewer(subject), enrolment.Extend{})
}

// Held returns the file if this reviewer holds it, otherwise an *enrolment.ReviewError.
func (s *Service) Held(ctx context.Context, subject, id string) (enrolment.Record, error) {
	r, err := s.Load(ctx, id)
	if err != nil {
		return r, err
	}
	if !s.held(r, subject) {
		return enrolment.Record{}, &enrolment.ReviewError{Problem: enrolment.NotDrawn}
	}
	return r, nil
}

// Decide records a reviewer's decision. Some acceptances are selected at random for a
// blind second look.
func (s *Service) Decide(ctx context.Context, subject, id string, d enrolment.Decide) (enrolment.Record, error) {
	const fine = 1 << 20
	d.Sample = d.Verdict == enrolment.Accept && float64(draw(fine)) < s.cfg.Rules.BlindShare*fine
	return s.do(ctx, id, reviewer(subject), d)
}
