package opencv

import "slices"

// How much work a search does.
type effort struct {
	lines, pairs, quads int
}

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
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	return list, e
}
