package journey

import (
	"context"
	"slices"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// Status is the applicant's view of an enrolment.
type Status struct {
	enrolment.Record
	Allowed      []enrolment.Action
	AttemptsLeft int
	AttemptsOf   int
	NextAttempt  time.Time // zero while one is left
	ExpiresAt    time.Time
	DeletedAt    time.Time
	Contestable  bool
	Wait         *Wait // nil where nobody waits for a decision
	// Undelivered is the last letter if it could not be sent; otherwise nil.
	Undelivered *store.Undelivered
	// Asked is the progress of the address's confirmation; zero once confirmed.
	Asked Asked
}

// Wait estimates the wait for a decision, from the last ones.
type Wait struct {
	From, To time.Duration // of the reviewers' time
	Queue    int           // other files that wait; which comes first is chance's choice
	OpensAt  time.Time     // when reviewers are there again; zero while they are
	Overdue  bool          // it takes longer than To
	Since    time.Time
}

// waits are the default estimates, used until there are enough decisions.
const (
	waitFrom = 3 * time.Minute
	waitTo   = 6 * time.Minute
	// enough is the number of decisions for an estimate; recent is how many of the last
	// count.
	enough = 5
	recent = 50
)

// Status returns the applicant's view of an enrolment.
func (s *Service) Status(ctx context.Context, subject, id string) (Status, error) {
	r, err := s.Own(ctx, subject, id)
	if err != nil {
		return Status{}, err
	}
	return s.StatusOf(ctx, r)
}

// StatusOf adds the data of rules and queue to a record.
func (s *Service) StatusOf(ctx context.Context, r enrolment.Record) (Status, error) {
	now := s.now()
	rules := s.cfg.Rules
	st := Status{
		Record: r, Allowed: rules.Allowed(r.State, enrolment.Applicant), AttemptsOf: rules.Attempts,
		ExpiresAt: rules.ExpiresAt(r), DeletedAt: rules.DeletedAt(r),
	}
	if r.Refusal != nil {
		_, err := rules.Apply(r, applicant(r.Owner), enrolment.Contest{}, now)
		st.Contestable = err == nil && r.State == enrolment.Refused
	}
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		others, err := tx.OtherAttempts(ctx, attemptOf(r, now), now.Add(-rules.Window))
		if err != nil {
			return err
		}
		st.AttemptsLeft, st.NextAttempt = rules.AttemptsLeft(r, now, others...)
		if !r.AddressConfirmed() {
			if st.Asked, err = s.asked(ctx, tx, r); err != nil {
				return err
			}
		}
		u, err := tx.UndeliveredOf(ctx, r.ID)
		if err == nil {
			st.Undelivered = &u
		}
		return store.OrNone(err)
	})
	if err != nil {
		return st, err
	}
	switch r.State {
	case enrolment.Verifying, enrolment.Review, enrolment.Contested:
		st.Wait, err = s.wait(ctx, r, now)
	}
	return st, err
}

func (s *Service) wait(ctx context.Context, r enrolment.Record, now time.Time) (*Wait, error) {
	w := &Wait{From: waitFrom, To: waitTo, Since: r.LastAction, OpensAt: s.cfg.Hours.Opens(now)}
	var past []store.Waited
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if w.Queue, err = tx.Waiting(ctx); err != nil {
			return err
		}
		if r.State != enrolment.Verifying && w.Queue > 0 {
			w.Queue-- // its own
		}
		past, err = tx.RecentWaits(ctx, recent)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(past) >= enough {
		took := make([]time.Duration, len(past))
		for i, p := range past {
			took[i] = s.cfg.Hours.Between(p.From, p.To)
		}
		w.From, w.To = span(took)
	}
	w.Overdue = s.cfg.Hours.Between(w.Since, now) > w.To
	return w, nil
}

// span returns the range of most of the durations, in whole minutes.
func span(took []time.Duration) (from, to time.Duration) {
	slices.Sort(took)
	from = took[len(took)/5].Truncate(time.Minute)
	to = (took[len(took)*9/10] + time.Minute - 1).Truncate(time.Minute)
	return max(from, time.Minute), max(to, from+time.Minute, 2*time.Minute)
}

// median returns the median of the waits, in working time.
func (s *Service) median(past []store.Waited) time.Duration {
	took := make([]time.Duration, len(past))
	for i, p := range past {
		took[i] = s.cfg.Hours.Between(p.From, p.To)
	}
	slices.Sort(took)
	return took[len(took)/2]
}
