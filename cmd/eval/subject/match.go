package subject

import (
	"context"
	"fmt"

	"visavis/identity"
)

// pairScore is one pair of pictures, compared.
type pairScore struct {
	name  string
	set   string
	same  bool
	score float64
}

// unseen is the score of a pair in which a face was not found: it matches nothing.
const unseen = -1

// match compares the faces of every pair of pairs.tsv.
func match(ctx context.Context, b *bench, s *section) error {
	rows, err := b.table(s, "pairs.tsv")
	if err != nil {
		return err
	}
	pairs := make([]pairScore, len(rows))
	err = b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		r := rows[i]
		pairs[i] = pairScore{r["file_a"] + " and " + r["file_b"], r["set"], r["same"] == "1", unseen}
		a, err := load(b.Dir, r["file_a"])
		if err != nil {
			return err
		}
		c, err := load(b.Dir, r["file_b"])
		if err != nil {
			return err
		}
		got, err := b.Engine.CompareFaces(ctx, identity.FacePair{A: a.jpeg, B: c.jpeg})
		if err = passable(err); err != nil {
			return fmt.Errorf("%s: %w", pairs[i].name, err)
		}
		if got.FoundA && got.FoundB {
			pairs[i].score = got.Score
		}
		return nil
	})
	if err != nil || len(pairs) == 0 {
		return err
	}
	matchFigures(s, "match.", pairs)
	sets := map[string][]pairScore{}
	var order []string
	for _, p := range pairs {
		if sets[p.set] == nil {
			order = append(order, p.set)
		}
		sets[p.set] = append(sets[p.set], p)
	}
	for _, set := range order {
		same, other := split(sets[set])
		s.auc("match.set_"+set+".auc", other, same)
	}
	namePairs(s, pairs)
	return nil
}

func split(pairs []pairScore) (same, other []float64) {
	for _, p := range pairs {
		if p.same {
			same = append(same, p.score)
		} else {
			other = append(other, p.score)
		}
	}
	return same, other
}

func matchFigures(s *section, prefix string, pairs []pairScore) {
	same, other := split(pairs)
	s.auc(prefix+"auc", other, same)
	if len(same) == 0 || len(other) == 0 {
		return
	}
	for _, at := range []struct {
		name string
		far  float64
	}{{"1e2", 1e-2}, {"1e3", 1e-3}} {
		tar, threshold := tarAt(same, other, at.far)
		lo, hi := bootstrap(len(pairs), func(drawn []int) float64 {
			picked := make([]pairScore, len(drawn))
			for i, k := range drawn {
				picked[i] = pairs[k]
			}
			a, o := split(picked)
			tar, _ := tarAt(a, o, at.far)
			return tar
		})
		s.add(figure{prefix + "tar_at_far_" + at.name, tar, lo, hi, len(pairs)})
		s.note("At a false match rate of %g the score is %.3f.", at.far, threshold)
	}
}

// namePairs names the pairs on the wrong side: the least alike of the same person,
// the most alike of two.
func namePairs(s *section, pairs []pairScore) {
	same, other := split(pairs)
	if len(same) == 0 || len(other) == 0 {
		return
	}
	middle := (quantile(same, 0.5) + quantile(other, 0.5)) / 2
	for _, p := range pairs {
		switch {
		case p.same && p.score == unseen:
			s.worst("match.same", 2, "%s (%s): no face found", p.name, p.set)
		case p.same && p.score < middle:
			s.worst("match.same", middle-p.score, "%s (%s): same person, score %.2f", p.name, p.set, p.score)
		case !p.same && p.score > middle:
			s.worst("match.other", p.score-middle, "%s (%s): two persons, score %.2f", p.name, p.set, p.score)
		}
	}
}
