package outline

import (
	"cmp"
	"math"
	"slices"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// Portrait is a face that may be printed on the document that is looked for, in pixels of the frame.
type Portrait struct {
	At     capture.Point // its middle
	Height float64       // from the brow to the chin
	Angle  float64       // radians by which it is turned clockwise
}

// reach is how far away something may be, at least and at most.
type reach struct{ least, most float64 }

// backwards is a reach as seen from the other side.
func (r reach) backwards() reach { return reach{-r.most, -r.least} }

// How far from the middle of a portrait's face the sides of its document lie, over the face's height. Faces take 0.2 to
// 0.48 of a document's height, and stand between its left or right end and a bit more than a third of its length.
var (
	portraitAbove  = reach{0.75, 2.9}
	portraitBelow  = reach{0.75, 3.1}
	portraitBeside = reach{0.35, 2.2} // to the end that it stands at
	portraitAcross = reach{2, 6.6}    // to the other end
)

const (
	// sideTurn is by how many degrees a side may be turned against the portrait, and sideTurnStep the steps
	// in which it is tried.
	sideTurn, sideTurnStep = 9, 1.5
	// sideTurnCosts is what a degree takes from the support of a side: of two as clear the straighter one is meant.
	sideTurnCosts = 0.004
	// sidesKept is how many lines are kept that may be one side, sidesApart how many pixels they are apart.
	sidesKept, sidesApart = 12, 4
	// aroundScored and aroundKept are how many outlines of them are scored and kept.
	aroundScored, aroundKept = 150, 12
	// leastAround and mostAround are the proportions of such an outline, as they appear: those of documents, and some
	// perspective.
	leastAround, mostAround = 1.25, 1.8
	// aroundAspect is what proportions count beside what is seen of the sides.
	aroundAspect = 0.1
	// aroundReach is how far each side is moved onto the edges, in pixels of the picture.
	aroundReach = 3
)

// LookAround looks for the sides of a document around its portrait, where lines behind it are as clear as its sides or
// clearer: it is known roughly how far away they are, and in which direction. What it finds is among the others then.
func (s *Searched) LookAround(portrait Portrait) error {
	if max(s.Picture.W, s.Picture.H) < largeSide {
		p, err := pixel.NewColour(s.BGR, largeSide)
		if err != nil {
			return err
		}
		e, err := newEdgeMap(p)
		if err != nil {
			return err
		}
		pixel.ByteBuffers.Give(s.Picture.Lab)
		s.edges.close()
		s.Picture, s.edges = p, e
	}
	f := s.Picture.Scale(s.Width)
	portrait.At = capture.Point{X: (portrait.At.X+0.5)*f - 0.5, Y: (portrait.At.Y+0.5)*f - 0.5}
	portrait.Height *= f
	sc := s.Scorer()
	var list []Candidate
	for _, left := range []bool{true, false} {
		list = append(list, quadsOfSides(sc.sidesAround(portrait, left))...)
	}
	slices.SortStableFunc(list, func(a, b Candidate) int { return cmp.Compare(b.Cheap, a.Cheap) })
	list = list[:min(len(list), aroundScored)]
	for i := range list {
		c := &list[i]
		c.Corners = refineQuad(s.Picture, c.Corners, c.Borders, aroundReach)
		sc.score(c)
	}
	list = best(list, aroundKept)
	for i := range list {
		sc.lookInside(&list[i])
	}
	s.consider(best(list, len(list)))
	return nil
}

// seenSide is a line that may be a side, how far from the portrait it is, and how much of it is an edge.
type seenSide struct {
	pixel.Line
	off, support float64
}

// sidesAround are the lines that may be the top, right, bottom and left side of a document whose portrait stands at its
// left end, or at its right one.
func (s scorer) sidesAround(p Portrait, left bool) [4][]seenSide {
	toLeft, toRight := portraitBeside, portraitAcross
	if !left {
		toLeft, toRight = toRight, toLeft
	}
	// Sides are seen along what surely belongs to the document.
	along, upright := reach{-toLeft.least, toRight.least}, reach{-portraitAbove.least, portraitBelow.least}
	const quarter = math.Pi / 2
	return [4][]seenSide{
		s.sidesAbove(p, 0, portraitAbove, along),
		s.sidesAbove(p, quarter, toRight, upright),
		s.sidesAbove(p, 2*quarter, portraitBelow, along.backwards()),
		s.sidesAbove(p, -quarter, toLeft, upright.backwards()),
	}
}

// sidesAbove are the clearest lines above a portrait that is turned further clockwise by an angle: how far above, and
// along which stretch beside its middle they are looked at.
func (s scorer) sidesAbove(p Portrait, turned float64, far, stretch reach) []seenSide {
	sin, cos := math.Sincos(p.Angle + turned)
	at := func(x, y float64) capture.Point {
		return capture.Point{X: p.At.X + x*cos - y*sin, Y: p.At.Y + x*sin + y*cos}
	}
	middle, half := (stretch.least+stretch.most)/2*p.Height, (stretch.most-stretch.least)/2*p.Height
	var all []seenSide
	for off := far.least * p.Height; off <= far.most*p.Height; off++ {
		clearest := seenSide{off: off}
		for turn := -float64(sideTurn); turn <= sideTurn; turn += sideTurnStep {
			rise := math.Tan(turn*math.Pi/180) * half
			from, to := at(middle-half, -off+rise), at(middle+half, -off-rise)
			if !s.p.Inside(from.X, from.Y) || !s.p.Inside(to.X, to.Y) {
				continue
			}
			support := s.SideSupport(from, to) - sideTurnCosts*math.Abs(turn)
			if line, ok := pixel.ThroughPoints(from, to); ok && support > clearest.support {
				clearest.Line, clearest.support = line, support
			}
		}
		if clearest.support > 0 {
			all = append(all, clearest)
		}
	}
	slices.SortStableFunc(all, func(a, b seenSide) int { return cmp.Compare(b.support, a.support) })
	var kept []seenSide
	for _, c := range all {
		near := func(o seenSide) bool { return math.Abs(o.off-c.off) < sidesApart }
		if len(kept) < sidesKept && !slices.ContainsFunc(kept, near) {
			kept = append(kept, c)
		}
	}
	return kept
}

// quadsOfSides are the outlines with the proportions of documents that a line for each side makes.
func quadsOfSides(sides [4][]seenSide) []Candidate {
	var list []Candidate
	for _, top := range sides[0] {
		for _, right := range sides[1] {
			for _, bottom := range sides[2] {
				for _, left := range sides[3] {
					if c, ok := quadOfSides([4]seenSide{top, right, bottom, left}); ok {
						list = append(list, c)
					}
				}
			}
		}
	}
	return list
}

func quadOfSides(sides [4]seenSide) (Candidate, bool) {
	var c Candidate
	for k, side := range sides {
		corner, ok := pixel.Meet(sides[(k+3)%4].Line, side.Line)
		if !ok {
			return c, false
		}
		c.Corners[k] = corner
		c.Cheap += side.support / 4
	}
	if !plausible(c.Corners) {
		return c, false
	}
	aspect := (c.Corners.Side(0) + c.Corners.Side(2)) / (c.Corners.Side(1) + c.Corners.Side(3))
	c.Cheap += aroundAspect * aspectPrior(scoreParts{aspect: aspect, flat: aspect}, false)
	return c, aspect >= leastAround && aspect <= mostAround
}
