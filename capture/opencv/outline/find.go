package outline

import (
	"cmp"
	"slices"

	"visavis/capture/opencv/pixel"
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
	// previewAgain is secondLook of a preview: the next one comes at once.
	previewAgain = effort{lines: 80, pairs: 400, wide: 120, quads: 80, refined: 10, looked: 4}
	// nearLook is where the preview before showed a document.
	nearLook = effort{lines: 16, pairs: 60, quads: 8, refined: 3, looked: 1, few: 3}
)

// otherPlaces is how many more outlines that lie elsewhere are kept.
const otherPlaces = 4

// findDocument returns the best candidates in a picture, best first. Of the picture's
// edges, the points are those that its lines run through.
func findDocument(p pixel.Colour, e *edgeMap, points []edgePoint, w effort) []Candidate {
	lines := findLines(e, points, w.lines)
	list := quadsOf(e, lines, w)
	s := scorer{p, e}
	if clear := s.outstanding(list, w); len(clear) > 0 {
		return clear
	}
	for i := range list {
		s.score(&list[i])
	}
	list = withOthers(list, w.refined, otherPlaces/2)
	for i := range list {
		c := &list[i]
		c.Corners = refineQuad(p, c.Corners, c.Borders, 2)
		s.score(c)
	}
	list = withOthers(list, w.looked, otherPlaces/2)
	for i := range list {
		s.lookInside(&list[i])
	}
	return best(list, len(list))
}

// farBehind is by how much less of its sides is seen of an outline that is not looked
// at beside a clear one. At half of it all 180 labelled frames still come out the same.
const farBehind = 0.15

// outstanding looks closer at the few outlines whose sides are seen by far the best. They
// are returned, best first, if the best is a document's without doubt: what else there
// may be in the picture then does not matter. The list is sorted by edge support.
func (s scorer) outstanding(list []Candidate, w effort) []Candidate {
	n := 0
	for n < len(list) && list[n].Cheap > list[0].Cheap-farBehind {
		n++
	}
	if n > w.few {
		return nil
	}
	few := slices.Clone(list[:n])
	for i := range few {
		c := &few[i]
		c.Corners = refineQuad(s.p, c.Corners, c.Borders, 2)
		s.score(c)
		s.lookInside(c)
	}
	if byScore(few); n == 0 || few[0].Score < clearScore || !few[0].Sure() {
		return nil
	}
	return few
}

// lookInside changes the score of an outline by what is inside.
func (s scorer) lookInside(c *Candidate) {
	c.Like = likenessOf(s.p, c.Corners)
	c.Score += c.Like.adjust()
}

// withOthers keeps the best n and up to m more that lie elsewhere: all of the best
// may be the outline of one thing that is no document.
func withOthers(list []Candidate, n, m int) []Candidate {
	byScore(list)
	out := slices.Clone(list[:min(n, len(list))])
	for _, c := range list[len(out):] {
		if m == 0 {
			break
		}
		elsewhere := !slices.ContainsFunc(out, func(o Candidate) bool { return pixel.IoU(o.Corners, c.Corners) > 0.5 })
		if elsewhere {
			out = append(out, c)
			m--
		}
	}
	return out
}

// best sorts by score and keeps the first n.
func best(list []Candidate, n int) []Candidate {
	byScore(list)
	return list[:min(n, len(list))]
}

func byScore(list []Candidate) {
	slices.SortStableFunc(list, func(a, b Candidate) int { return cmp.Compare(b.Score, a.Score) })
}

// Sure tells whether an outline is a document's by itself. Where it is not, what
// is printed inside has to show it: walls, posters and screens have straight
// sides too.
func (c Candidate) Sure() bool {
	switch {
	case c.Score < SureScore, c.Like.ground < leastGround:
		return false
	case c.smallAndSlanting(), c.Parts.tilt > slanting && c.Score < slantingScore:
		return false // a wall, a roof, things in a row
	case c.cut():
		return c.Parts.area >= 0.15
	}
	return true
}

// smallAndSlanting tells whether an outline is such as scenery is full of.
func (c Candidate) smallAndSlanting() bool { return c.Parts.tilt > slanting && c.Parts.area < 0.12 }

// leastGround is the least share of a document's face that has the colour of its ground.
const leastGround = 0.27

// SureScore is a score that four sides of chance do not reach, and slantingScore one that those of an
// outline do not reach which slants by more than so many degrees: more lines can be its sides.
const (
	SureScore     = 0.78
	slantingScore = 0.82
	slanting      = 20
)
