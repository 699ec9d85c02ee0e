package journey

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// Stats are the statistics of review.
type Stats struct {
	Waiting int `json:"waiting"`
	// Blind second looks that were decided, and how many disagreed.
	Blind     int     `json:"blind"`
	Disagreed int     `json:"disagreed"`
	Rate      float64 `json:"rate"` // Disagreed of Blind; 0 without any
	// Reviewers has each reviewer's statistics, sorted by name.
	Reviewers []ReviewerStats `json:"reviewers"`
	// Hasty acceptances of all of them, and how many never disagree.
	Hasty          int `json:"hasty"`
	NeverDisagrees int `json:"neverDisagrees"`
	// Median of the last waits, in seconds of working time; 0 if there were none.
	Median int `json:"median"`
}

// hasty is less time than it takes to look at two sides and a face.
const hasty = 15 * time.Second

// manyDecisions is the number of decisions from which a reviewer who only accepts stands
// out.
const manyDecisions = 20

// ReviewerStats are one reviewer's statistics over the existing files.
type ReviewerStats struct {
	Reviewer  string `json:"reviewer"`
	Decisions int    `json:"decisions"`
	Accepted  int    `json:"accepted"`
	// Hasty are acceptances that came faster than pictures can be seen.
	Hasty int `json:"hasty"`
	// NeverDisagrees: many decisions, all of them acceptances.
	NeverDisagrees bool `json:"neverDisagrees"`
}

func reviewerStats(decided []store.Decided) []ReviewerStats {
	by := map[string]*ReviewerStats{}
	for _, d := range decided {
		s := by[d.By]
		if s == nil {
			s = &ReviewerStats{Reviewer: d.By}
			by[d.By] = s
		}
		s.Decisions++
		if strings.TrimPrefix(d.Why, "blind ") != string(enrolment.Accept) {
			continue
		}
		s.Accepted++
		if !d.Drawn.IsZero() && d.At.Sub(d.Drawn) < hasty {
			s.Hasty++
		}
	}
	out := make([]ReviewerStats, 0, len(by))
	for _, name := range slices.Sorted(maps.Keys(by)) {
		s := by[name]
		s.NeverDisagrees = s.Decisions >= manyDecisions && s.Accepted == s.Decisions
		out = append(out, *s)
	}
	return out
}

// Stats counts over the existing files.
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
		decided, err := tx.Decisions(ctx)
		if err != nil {
			return err
		}
		st.Reviewers = reviewerStats(decided)
		for _, r := range st.Reviewers {
			st.Hasty += r.Hasty
			if r.NeverDisagrees {
				st.NeverDisagrees++
			}
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
