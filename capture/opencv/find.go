package opencv

import (
	"cmp"
	"slices"
)

// How much work a search does.
type effort struct {
	lines, pairs, quads int
	wide                int // pairs of sides that converge by more
	refined, looked     int // how many of the best are refined, and looked into
	few                 int // so many that stand out are looked at before all others
}

// The work of a first look, and of the others when that leaves a doubt.
var (
	firstLook  = effort{lines: 50, pairs: 200, quads: 24, refined: 5, looked: 2, few: 3}
	secondLook = effort{lines: 80, pairs: 400, wide: 120, quads: 80, refined: 20, looked: 6}
)

// otherPlaces is how many more outlines that lie elsewhere are kept.
const otherPlaces = 4

// findDocument returns the best candidates in a picture, best first.
func findDocument(p picture, w effort) ([]candidate, *edgeMap, error) {
	e, err := newEdgeMap(p)
	if err != nil {
		return nil, nil, err
	}
	lines := findLines(e, w.lines)
	list := quadsOf(e, lines, w)
	s := scorer{p, e}
	if clear := s.outstanding(list, w); len(clear) > 0 {
		return clear, e, nil
	}
	for i := range list {
		s.score(&list[i])
	}
	list = withOthers(list, w.refined, otherPlaces/2)
	for i := range list {
		c := &list[i]
		c.corners = refineQuad(p, c.corners, c.borders, 2)
		s.score(c)
	}
	list = withOthers(list, w.looked, otherPlaces/2)
	for i := range list {
		list[i].like = likenessOf(p, list[i].corners)
		list[i].score += list[i].like.adjust()
	}
	return best(list, len(list)), e, nil
}

// farBehind is by how much less of its sides is seen of an outline that is not looked
// at beside a clear one. At half of it all 180 labelled frames still come out the same.
const farBehind = 0.15

// outstanding looks closer at the few outlines whose sides are seen by far the best. They
// are returned, best first, if the best is a document's without doubt: what else there
// may be in the picture then does not matter. The list is sorted by edge support.
func (s scorer) outstanding(list []candidate, w effort) []candidate {
	n := 0
	for n < len(list) && list[n].cheap > list[0].cheap-farBehind {
		n++
	}
	if n > w.few {
		return nil
	}
	few := slices.Clone(list[:n])
	for i := range few {
		c := &few[i]
		c.corners = refineQuad(s.p, c.corners, c.borders, 2)
		s.score(c)
		c.like = likenessOf(s.p, c.corners)
		c.score += c.like.adjust()
	}
	if byScore(few); n == 0 || few[0].score < clearScore || !few[0].sure() {
		return nil
	}
	return few
}

// withOthers keeps the best n and up to m more that lie elsewhere: all of the best
// may be the outline of one thing that is no document.
func withOthers(list []candidate, n, m int) []candidate {
	byScore(list)
	out := slices.Clone(list[:min(n, len(list))])
	for _, c := range list[len(out):] {
		if m == 0 {
			break
		}
		elsewhere := !slices.ContainsFunc(out, func(o candidate) bool { return iou(o.corners, c.corners) > 0.5 })
		if elsewhere {
			out = append(out, c)
			m--
		}
	}
	return out
}

// best sorts by score and keeps the first n.
func best(list []candidate, n int) []candidate {
	byScore(list)
	return list[:min(n, len(list))]
}

func byScore(list []candidate) {
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
}

// sure tells whether an outline is a document's by itself. Where it is not, what
// is printed inside has to show it: walls, posters and screens have straight
// sides too.
func (c candidate) sure() bool {
	cut := false
	for _, b := range c.borders {
		cut = cut || b
	}
	switch {
	case c.score < sureScore, c.like.ground < 0.27:
		return false
	case c.parts.tilt > 20 && c.parts.area < 0.12:
		return false // far and slanting: a wall, a roof
	case cut:
		return c.parts.area >= 0.15
	}
	return true
}

// sureScore is a score that four sides of chance do not reach.
const sureScore = 0.78
