package journey

import (
	"context"

	"visavis/enrolment/store"
)

// Stats is how review goes.
type Stats struct {
	Waiting int `json:"waiting"`
	// Blind second looks that were decided, and how many of them disagreed.
	Blind     int     `json:"blind"`
	Disagreed int     `json:"disagreed"`
	Rate      float64 `json:"rate"` // Disagreed of Blind; 0 without any
	// Median of the last waits, in seconds of the reviewers' time; 0 without any.
	Median int `json:"median"`
}

// Stats counts over the files that are still kept.
func (s *Service) Stats(ctx context.Context) (Stats, error) {
	var st Stats
	var past []store.Waited
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if st.Waiting, err = tx.Waiting(ctx); err != nil {
			return err
		}
		if st.Blind, st.Disagreed, err = tx.BlindLooks(ctx); err != nil {
			return err
		}
		past, err = tx.RecentWaits(ctx, recent)
		return err
	})
	if err != nil {
		return Stats{}, err
	}
	if st.Blind > 0 {
		st.Rate = float64(st.Disagreed) / float64(st.Blind)
	}
	if len(past) > 0 {
		st.Median = int(s.median(past).Seconds())
	}
	return st, nil
}
