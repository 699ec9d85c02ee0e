package retention

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// Due is how many files, or verifications of sites, a rule has to delete, and when.
type Due struct {
	Rule string `json:"rule"`
	// Now are overdue: the next sweep deletes them. Week and Month are those of the next 7
	// and 30 days, each without the ones before; Later are the others.
	Now   int `json:"now"`
	Week  int `json:"week"`
	Month int `json:"month"`
	Later int `json:"later"`
	// Next is when the first of them is due.
	Next time.Time `json:"next"`
}

// Due counts the files and verifications by the rule that deletes them next, sorted by
// rule. open are the files whose deletion waits for an event.
func (r *Retention) Due(ctx context.Context, now time.Time) (list []Due, open int, err error) {
	by := map[string]*Due{}
	err = r.walk(ctx, now, func(record enrolment.Record) {
		rule, due := r.cfg.Rules.NextDeletion(record)
		if rule == "" {
			open++
			return
		}
		d := by[rule]
		if d == nil {
			d = &Due{Rule: rule, Next: due}
			by[rule] = d
		}
		if due.Before(d.Next) {
			d.Next = due
		}
		switch left := due.Sub(now); {
		case left <= 0:
			d.Now++
		case left <= 7*24*time.Hour:
			d.Week++
		case left <= 30*24*time.Hour:
			d.Month++
		default:
			d.Later++
		}
	})
	if ended, failed := r.ended(ctx, now); failed != nil {
		err = errors.Join(err, failed)
	} else if ended != nil {
		by[ended.Rule] = ended
	}
	list = []Due{}
	for _, rule := range slices.Sorted(maps.Keys(by)) {
		list = append(list, *by[rule])
	}
	return list, open, err
}

// ended counts the verifications that have ended; nil without any.
func (r *Retention) ended(ctx context.Context, now time.Time) (*Due, error) {
	keep := r.cfg.Rules.KeepVerifications
	if keep == 0 {
		return nil, nil //nolint:nilnil // none is deleted
	}
	var n [4]store.Ended
	err := r.store.InTx(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.EndedVerifications(ctx, now.Add(-keep))
		return err
	})
	first := slices.IndexFunc(n[:], func(e store.Ended) bool { return e.N > 0 })
	if err != nil || first < 0 {
		return nil, err
	}
	return &Due{Rule: enrolment.RuleVerification, Now: n[0].N, Week: n[1].N, Month: n[2].N, Later: n[3].N,
		Next: n[first].First.Add(keep)}, nil
}
