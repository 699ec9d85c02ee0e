package outline

/*
#include "score.h"
*/
import "C"

import (
	"math"
	"unsafe"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// scoreParts are the reasons for a score, each 0..1 unless said.
type scoreParts struct {
	support  [4]float64 // share of each side that is an edge
	overrun  float64    // edges going on beyond the corners
	contrast float64    // difference of inside and outside, sides' mean
	steady   float64    // how alike that difference is along each side
	content  float64    // share of the inside with detail
	aspect   float64    // long side over short side, perspective removed
	flat     float64    // the same as it appears in the frame
	tilt     float64
	area     float64 // share of the frame
}

// scorer knows the picture the candidates lie in.
type scorer struct {
	p pixel.Colour
	e *edgeMap
}

// score fills the candidate's parts and its score, about 0 for a chance
// combination of lines and about 1 for a clear document.
func (s scorer) score(c *Candidate) {
	q := c.Corners
	var parts scoreParts
	sum, low, second, real := 0.0, 1.0, 1.0, 0.0
	var over, steady, contrast float64
	for k := range 4 {
		if c.Borders[k] {
			parts.support[k] = -1
			continue
		}
		real++
		a, b := q[k], q[(k+1)%4]
		f := s.SideSupport(a, b)
		parts.support[k] = f
		sum += f
		if f < low {
			low, second = f, low
		} else {
			second = min(second, f)
		}
		over += s.sideOverrun(a, b)
		level, even := s.sideContrast(a, b)
		contrast += level
		steady += even
	}
	parts.overrun, parts.contrast, parts.steady = over/real, contrast/real, steady/real
	parts.content = s.content(q)
	parts.area = q.Area() / float64(s.p.W*s.p.H)
	if po, ok := pixel.PlaneOf(q, float64(s.p.W), float64(s.p.H)); ok {
		parts.aspect, parts.tilt = max(po.Aspect, 1/po.Aspect), po.Tilt
	}
	flat := (q.Side(0) + q.Side(2)) / (q.Side(1) + q.Side(3))
	parts.flat = max(flat, 1/flat)
	c.Parts = parts
	// One side may be hidden by fingers or lost in glare: the worst counts half.
	mean := sum / real
	side := 0.6*mean + 0.25*second + 0.15*low
	v := 0.55*side + 0.15*parts.steady + 0.12*parts.contrast + 0.10*min(1, parts.content/0.5)
	v -= 0.25 * parts.overrun
	v -= 0.8 * max(0, leastSteady-parts.steady)
	v += 0.08 * aspectPrior(parts, real < 4)
	v -= 0.003 * max(0, parts.tilt-15)
	if real < 4 {
		v -= 0.12 + 0.3*(1-s.reachesBorder(c))
	} else {
		v += 0.05 * math.Log2(min(max(parts.area, 0.02), 0.5)/0.25)
	}
	if real == 4 && !s.whole(q) {
		v -= 0.03 // a corner that nobody sees
	}
	c.Score = v
}

// leastSteady is how alike the difference of inside and outside is along the sides of
// documents, also on striped and chequered cloths. Lines of the cloth's own squares stay
// below it: light and dark take turns on both of their sides.
const leastSteady = 0.4

// whole tells whether all corners lie in the picture.
func (s scorer) whole(q pixel.Quad) bool {
	for _, p := range q {
		if !s.p.Inside(p.X, p.Y) {
			return false
		}
	}
	return true
}

// reachesBorder is the support of the sides' ends at the frame's edge.
func (s scorer) reachesBorder(c *Candidate) float64 {
	worst := 1.0
	for k := range 4 {
		if !c.Borders[k] {
			continue
		}
		a, b := c.Corners[k], c.Corners[(k+1)%4]
		worst = min(worst, s.SideSupport(pixel.Lerp(a, c.Corners[(k+3)%4], 0.02), pixel.Lerp(a, c.Corners[(k+3)%4], 0.27)))
		worst = min(worst, s.SideSupport(pixel.Lerp(b, c.Corners[(k+2)%4], 0.02), pixel.Lerp(b, c.Corners[(k+2)%4], 0.27)))
	}
	return worst
}

// aspectPrior is 1 for the proportions of an identity document (ID-1 1.586, TD2
// 1.42, TD3 1.42) and paper, less for others. How far perspective stretches the
// outline depends on the camera, so the best within what is possible counts.
func aspectPrior(parts scoreParts, cut bool) float64 {
	if cut {
		return 0
	}
	lo, hi := min(parts.aspect, parts.flat), max(parts.aspect, parts.flat)
	d := 0.0
	switch {
	case hi < 1.38:
		d = (1.38 - hi) / 0.2
	case lo > 1.64:
		d = (lo - 1.64) / 0.25
	}
	return max(-0.6, 1-d*d)
}

// SideSupport is the share of a side, without its rounded corners, that is an edge.
func (s scorer) SideSupport(a, b capture.Point) float64 {
	length := pixel.Distance(a, b)
	n := int(length)
	if n < 4 {
		return 0
	}
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length
	step := 0.92 / float64(n)
	sum, count := s.along(pixel.Lerp(a, b, 0.04+step/2), capture.Point{X: (b.X - a.X) * step, Y: (b.Y - a.Y) * step}, n,
		nx, ny, C.VISAVIS_PASS_OVER)
	if count < n/3 {
		return 0
	}
	return sum / float64(count)
}

// along sums the edges at n places from one on whose gradient lies along nx, ny, and
// tells how many places count. how is one of score.h's.
func (s scorer) along(from, step capture.Point, n int, nx, ny float64, how int) (float64, int) {
	var seen C.int
	sum := C.visavis_along(s.e.native(), C.visavis_walk{
		x: C.float(from.X), y: C.float(from.Y), stepx: C.float(step.X), stepy: C.float(step.Y),
		nx: C.float(nx), ny: C.float(ny), n: C.int(n), how: C.int(how),
	}, &seen)
	return float64(sum), int(seen)
}

// native is what native code is told of the edges.
func (e *edgeMap) native() C.visavis_edge_planes {
	return C.visavis_edge_planes{dx: floats(e.dx), dy: floats(e.dy), norm: floats(e.norm), w: C.int(e.w), h: C.int(e.h)}
}

// sideOf is a side for native code.
func sideOf(a, b capture.Point) C.visavis_side {
	return C.visavis_side{ax: C.float(a.X), ay: C.float(a.Y), bx: C.float(b.X), by: C.float(b.Y)}
}

func (s scorer) sideOverrun(a, b capture.Point) float64 {
	return (s.beyond(a, b) + s.beyond(b, a)) / 2
}

// beyond is the edge support of the stretch after b.
func (s scorer) beyond(a, b capture.Point) float64 {
	length := pixel.Distance(a, b)
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length
	step := capture.Point{X: (b.X - a.X) / length, Y: (b.Y - a.Y) / length}
	sum, count := s.along(pixel.Lerp(a, b, 1+2.5/length), step, max(4, int(0.15*length)), nx, ny, C.VISAVIS_END_THERE)
	if count < 3 {
		return 0
	}
	return sum / float64(count)
}

// sideContrast compares the colour just inside and just outside along the side:
// how far apart they are (0..1) and how alike the difference is all along (0..1).
func (s scorer) sideContrast(a, b capture.Point) (level, even float64) {
	var total, mean C.float
	count := C.visavis_contrast(coloursOf(s.p), sideOf(a, b), &total, &mean)
	if count == 0 || total == 0 {
		return 0, 0
	}
	noise := float64(s.e.noise) + 1
	return 1 - math.Exp(-float64(mean)/float64(count)/(4*noise)), float64(mean / total)
}

// content is the share of the inside's cells that show detail, as print does.
func (s scorer) content(q pixel.Quad) float64 {
	m, ok := pixel.SquareTo(q)
	if !ok {
		return 0
	}
	limit := 2.5*s.e.noise + 3
	return float64(C.visavis_content(coloursOf(s.p), (*C.double)(&m[0]), C.float(limit)))
}

// stretchSupport is the edge support of a short stretch, looked for two pixels to either side.
func (s scorer) stretchSupport(a, b capture.Point) float64 {
	length := pixel.Distance(a, b)
	if length < 1e-6 {
		return 0
	}
	n := max(2, int(length+0.5))
	step := capture.Point{X: (b.X - a.X) / float64(n), Y: (b.Y - a.Y) / float64(n)}
	sum, _ := s.along(pixel.Lerp(a, b, 0.5/float64(n)), step, n, (b.Y-a.Y)/length, -(b.X-a.X)/length, C.VISAVIS_TWO_WIDE)
	return sum / float64(n)
}

// coloursOf is a picture for native code.
func coloursOf(p pixel.Colour) C.visavis_colours {
	return C.visavis_colours{lab: (*C.uint8_t)(unsafe.Pointer(&p.Lab[0])), w: C.int(p.W), h: C.int(p.H)}
}
