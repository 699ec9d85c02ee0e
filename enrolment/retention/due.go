package retention

import (
	"context"
	"maps"
	"slices"
	"time"

	"visavis/enrolment"
)

// Due is how many files a rule has to delete, and when.
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

// Due counts the files by the rule that deletes them next, sorted by rule. open are the
// files whose deletion waits for an event.
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
	list = []Due{}
	for _, rule := range slices.Sorted(maps.Keys(by)) {
		list = append(list, *by[rule])
	}
	return list, open, err
}
