package main

import (
	"context"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

// sweeper deletes what is due.
type sweeper struct {
	keeper *evidence.Keeper
	rules  enrolment.Rules
}

// sweepPage is how many enrolments are looked at in one transaction.
const sweepPage = 100

// Sweep implements jobs.Sweeper.
func (s *sweeper) Sweep(ctx context.Context, now time.Time) error {
	var after time.Time
	var afterID string
	for {
		var found []enrolment.Record
		err := s.keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			found, err = tx.QuietSince(ctx, now, after, afterID, sweepPage)
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		for _, r := range found {
			after, afterID = r.LastAction, r.ID
			if _, due := s.rules.Deletion(r, now); !due {
				continue
			}
			_, err := s.keeper.Delete(ctx, r.ID, now, func(r enrolment.Record) (enrolment.Deletion, bool, error) {
				d, due := s.rules.Deletion(r, now)
				return d, due, nil
			})
			if err != nil {
				return err
			}
		}
	}
}

func (e *enrolments) sweeper(c Config) *sweeper {
	return &sweeper{keeper: e.keeper, rules: c.Journey.rules()}
}
