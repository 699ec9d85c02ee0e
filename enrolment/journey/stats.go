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

// Own are one reviewer's decisions on the existing files.
type Own struct {
	Decisions  int `json:"decisions"`
	Accepted   int `json:"accepted"`
	Refused    int `json:"refused"`
	AskedAgain int `json:"askedAgain"`
	// Median time from the draw to the decision, in seconds; 0 without any.
	Median int `json:"median"`
	// Last are the latest decisions, the newest first.
	Last []OwnDecision `json:"last"`
}

// OwnDecision is one line of a reviewer's history. It holds nothing of the person.
type OwnDecision struct {
	Reference string            `json:"reference"`
	At        time.Time         `json:"at"`
	Verdict   enrolment.Verdict `json:"verdict"`
	Reason    string            `json:"reason,omitempty"` // code of a refusal
	Blind     bool              `json:"blind,omitempty"`
	Took      int               `json:"took"` // seconds from the draw
}

// ownLines bounds the history.
const ownLines = 20

// ownOf returns a reviewer's own decisions.
func ownOf(decided []store.Decided, subject string) Own {
	own := Own{Last: []OwnDecision{}}
	var took []int
	for _, d := range decided {
		if d.By != subject {
			continue
		}
		why, blind := strings.CutPrefix(d.Why, "blind ")
		verdict, reason, _ := strings.Cut(why, ": ")
		line := OwnDecision{
			Reference: d.Reference, At: d.At, Verdict: enrolment.Verdict(verdict), Reason: reason, Blind: blind,
		}
		if !d.Drawn.IsZero() {
			line.Took = int(d.At.Sub(d.Drawn).Seconds())
			took = append(took, line.Took)
		}
		own.Decisions++
		switch line.Verdict {
		case enrolment.Accept:
			own.Accepted++
		case enrolment.Refuse:
			own.Refused++
		case enrolment.AskAgain:
			own.AskedAgain++
		}
		own.Last = append(own.Last, line)
	}
	if slices.Sort(took); len(took) > 0 {
		own.Median = took[len(took)/2]
	}
	slices.SortStableFunc(own.Last, func(a, b OwnDecision) int { return b.At.Compare(a.At) })
	own.Last = own.Last[:min(len(own.Last), ownLines)]
	return own
}

// Owed returns how many files of issued certificates are owed to whom the hand-over is for, and
// since when the first is; zero where none is, or none is handed over.
func (s *Service) Owed(ctx context.Context) (n int, since time.Time, err error) {
	if !s.cfg.Rules.Owed {
		return 0, time.Time{}, nil
	}
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		n, since, err = tx.CountUnacknowledged(ctx)
		return err
	})
	return n, since, err
}

// Stats counts over the existing files.
func (s *Service) Stats(ctx context.Context) (Stats, error) {
	st, _, err := s.StatsAndOwn(ctx, "")
	return st, err
}

// StatsAndOwn counts over the existing files, for everybody and for one reviewer.
func (s *Service) StatsAndOwn(ctx context.Context, subject string) (Stats, Own, error) {
	var st Stats
	var own Own
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
		st.Reviewers, own = reviewerStats(decided), ownOf(decided, subject)
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
		return Stats{}, Own{}, err
	}
	if st.Blind > 0 {
		st.Rate = float64(st.Disagreed) / float64(st.Blind)
	}
	if len(past) > 0 {
		st.Median = int(s.median(past).Seconds())
	}
	return st, own, nil
}
