package outline

/*
#include "edges.h"
*/
import "C"

import (
	"math"
	"unsafe"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// How far, over the working picture's long side, and by how many degrees the sides of a
// document may move from one preview to the next to be looked for where they were.
const (
	nearReach = 0.07
	nearTurn  = 9
	// nearLess is by how much less of a doubtful outline may be seen: noise and tremor move
	// its score.
	nearLess = 0.02
	// tremor is how far a side moves between two previews that is not looked for anew, in
	// pixels of the working picture.
	tremor = 4
)

// lookNear looks for the outline where the preview before showed one. It tells whether it
// is there, as clear as then or good enough by itself: the rest of the picture is then not
// searched.
func (s *Searched) lookNear(f capture.Frame) bool {
	last := f.Last
	if f.Kind != capture.Preview || last == nil || !last.Found || last.Width <= 0 || last.Height <= 0 {
		return false
	}
	var q pixel.Quad
	for i, c := range last.Corners {
		q[i].X, q[i].Y = c.X*float64(s.Picture.W)/float64(last.Width), c.Y*float64(s.Picture.H)/float64(last.Height)
	}
	if c, ok := s.unmoved(q, last); ok {
		s.Unmoved = true
		s.near([]Candidate{c})
		return true
	}
	points := s.edges.near(q, nearReach*float64(max(s.Picture.W, s.Picture.H)))
	defer pointBuffers.Give(points)
	list := findDocument(s.Picture, s.edges, points, nearLook)
	if len(list) == 0 || !list[0].Sure() || list[0].Score < asClear(last) {
		return false
	}
	s.near(list)
	return true
}

// asClear is the least score of an outline that is good enough by itself, or as clear as that of
// the preview before.
func asClear(last *capture.Sighting) float64 {
	return min(goodScore, scoreOf(last.Confidence)-nearLess)
}

// near takes the best of a list found where the preview before showed the document.
func (s *Searched) near(list []Candidate) {
	s.Near = true
	s.consider(list)
	s.Confidence = confidenceOf(s.Best.Score)
}

// unmoved is the outline of a document that lies as it lay, but for the tremor of a hand: its
// sides are moved onto the edges within tremor of them, in the working picture. It counts
// where it is clear by itself and as clear as before; no lines are then looked for. They are
// every fifth time: a printed frame is as clear as the sides around it.
func (s *Searched) unmoved(q pixel.Quad, last *capture.Sighting) (Candidate, bool) {
	c := Candidate{Corners: q}
	sc := s.Scorer()
	if !last.Fresh() || !sc.whole(q) || !plausible(q) {
		return c, false
	}
	for _, reach := range []float64{tremor, 2} {
		c.Corners = refineQuad(s.Picture, c.Corners, c.Borders, reach)
	}
	sc.score(&c)
	if c.Score < clearScore {
		return c, false // what is inside adds nothing
	}
	sc.lookInside(&c)
	return c, c.Sure() && c.Score >= max(clearScore, scoreOf(last.Confidence)-nearLess)
}

// nearSide is a side of an outline, without what lies far from it, laid out as native code has
// it.
type nearSide struct {
	a, b, c  float32 // a·x + b·y = c
	from, to float32 // along it
	theta    float32 // direction of its normal, 0..π
}

// nearSides are the sides of an outline, or none if it has a side of no length or beyond
// measure.
func nearSides(q pixel.Quad, reach float64) []nearSide {
	sides := make([]nearSide, 0, len(q))
	for k, a := range q {
		b := q[(k+1)%len(q)]
		length := pixel.Distance(a, b)
		if !(length > 1 && length < 1e5) {
			return nil
		}
		nx, ny := (b.Y-a.Y)/length, (a.X-b.X)/length
		theta := math.Atan2(ny, nx)
		if theta < 0 {
			theta += math.Pi
		}
		along := a.Y*nx - a.X*ny
		sides = append(sides, nearSide{float32(nx), float32(ny), float32(nx*a.X + ny*a.Y),
			float32(along - reach), float32(along + length + reach), float32(theta)})
	}
	return sides
}

// near are the edges that lie along the sides of an outline, within reach of them.
func (e *edgeMap) near(q pixel.Quad, reach float64) []edgePoint {
	const turn = nearTurn * math.Pi / 180
	all, sides := e.edges(), nearSides(q, reach)
	points := pointBuffers.Take(len(all))
	if len(all) == 0 || len(sides) == 0 {
		return points[:0]
	}
	may := sidesByAngle(sides, turn)
	return points[:C.visavis_near((*C.visavis_edge_point)(unsafe.Pointer(&all[0])), C.int(len(all)),
		(*C.visavis_near_side)(unsafe.Pointer(&sides[0])), (*C.uint8_t)(&may[0]), angleBins, turn, math.Pi-turn,
		C.float(reach), (*C.visavis_edge_point)(unsafe.Pointer(&points[0])))]
}

// sidesByAngle are, for the angles of each bin, the sides as bits that an edge of such an angle
// may lie along: most edges lie along none.
func sidesByAngle(sides []nearSide, turn float32) (may [angleBins]uint8) {
	const bin = math.Pi / angleBins
	for i := range may {
		for k, s := range sides {
			// Half a bin to either side of its middle, and another half for what is rounded.
			if d := absf((float32(i)+0.5)*bin - s.theta); d <= turn+bin || d >= math.Pi-turn-bin {
				may[i] |= 1 << k
			}
		}
	}
	return may
}
