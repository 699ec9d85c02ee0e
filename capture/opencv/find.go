package opencv

import "slices"

// How much work a search does.
type effort struct {
	lines, pairs, quads int
}

// The work of a first look, and of the others when that leaves a doubt.
var (
	firstLook  = effort{lines: 60, pairs: 400, quads: 60}
	secondLook = effort{lines: 80, pairs: 400, quads: 80}
)

// lookedClosely is how many of the best outlines have their inside looked at.
const lookedClosely = 12

// findDocument returns the best candidates in a picture, best first.
func findDocument(p picture, w effort) ([]candidate, *edgeMap) {
	e := newEdgeMap(p)
	lines := findLines(e, w.lines)
	list := quadsOf(e, lines, w.quads, w.pairs)
	s := scorer{p, e}
	for i := range list {
		c := &list[i]
		c.corners = refineQuad(p, c.corners, c.borders, 2)
		s.score(c)
	}
	byScore(list)
	for i := range min(lookedClosely, len(list)) {
		list[i].like = likenessOf(p, list[i].corners)
		list[i].score += list[i].like.adjust()
	}
	if len(list) > lookedClosely {
		list = list[:lookedClosely]
	}
	byScore(list)
	return list, e
}

func byScore(list []candidate) {
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
}
