package opencv

/*
#include "score.h"
*/
import "C"

import (
	"math"
	"unsafe"

	"visavis/capture"
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
	p picture
	e *edgeMap
}

// score fills the candidate's parts and its score, about 0 for a chance
// combination of lines and about 1 for a clear document.
func (s scorer) score(c *candidate) {
	q := c.corners
	var parts scoreParts
	sum, low, second, real := 0.0, 1.0, 1.0, 0.0
	var over, steady, contrast float64
	for k := range 4 {
		if c.borders[k] {
			parts.support[k] = -1
			continue
		}
		real++
		a, b := q[k], q[(k+1)%4]
		f := s.sideSupport(a, b)
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
	parts.area = q.area() / float64(s.p.w*s.p.h)
	if po, ok := planeOf(q, float64(s.p.w), float64(s.p.h)); ok {
		parts.aspect, parts.tilt = max(po.aspect, 1/po.aspect), po.tilt
	}
	flat := (q.side(0) + q.side(2)) / (q.side(1) + q.side(3))
	parts.flat = max(flat, 1/flat)
	c.parts = parts
	// One side may be hidden by fingers or lost in glare: the worst counts half.
	mean := sum / real
	side := 0.6*mean + 0.25*second + 0.15*low
	v := 0.55*side + 0.15*parts.steady + 0.12*parts.contrast + 0.10*min(1, parts.content/0.5)
	v -= 0.25 * parts.overrun
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
	c.score = v
}

// whole tells whether all corners lie in the picture.
func (s scorer) whole(q quad) bool {
	for _, p := range q {
		if !s.p.inside(p.X, p.Y) {
			return false
		}
	}
	return true
}

// reachesBorder is the support of the sides' ends at the frame's edge.
func (s scorer) reachesBorder(c *candidate) float64 {
	worst := 1.0
	for k := range 4 {
		if !c.borders[k] {
			continue
		}
		a, b := c.corners[k], c.corners[(k+1)%4]
		worst = min(worst, s.sideSupport(lerp(a, c.corners[(k+3)%4], 0.02), lerp(a, c.corners[(k+3)%4], 0.27)))
		worst = min(worst, s.sideSupport(lerp(b, c.corners[(k+2)%4], 0.02), lerp(b, c.corners[(k+2)%4], 0.27)))
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

// sideSupport is the share of a side, without its rounded corners, that is an edge.
func (s scorer) sideSupport(a, b capture.Point) float64 {
	length := distance(a, b)
	n := int(length)
	if n < 4 {
		return 0
	}
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length
	step := 0.92 / float64(n)
	sum, count := s.along(lerp(a, b, 0.04+step/2), capture.Point{X: (b.X - a.X) * step, Y: (b.Y - a.Y) * step}, n, nx, ny, passOver)
	if count < n/3 {
		return 0
	}
	return sum / float64(count)
}

// How places are summed along a line.
type summing int

const (
	passOver summing = iota // places outside of the picture do not count
	endThere                // the first one ends it
	twoWide                 // the edge is looked for two pixels to either side
)

// along sums the edges at n places from one on whose gradient lies along nx, ny, and
// tells how many places count.
func (s scorer) along(from, step capture.Point, n int, nx, ny float64, how summing) (float64, int) {
	e := s.e
	var seen, wide, leave C.int
	switch how {
	case twoWide:
		wide = 1
	case endThere:
		leave = 1
	case passOver:
	}
	sum := C.visavis_along(floats(e.dx), floats(e.dy), floats(e.norm), C.int(e.w), C.int(e.h), C.float(from.X), C.float(from.Y),
		C.float(step.X), C.float(step.Y), C.int(n), C.float(nx), C.float(ny), wide, leave, &seen)
	return float64(sum), int(seen)
}

func (s scorer) sideOverrun(a, b capture.Point) float64 {
	return (s.beyond(a, b) + s.beyond(b, a)) / 2
}

// beyond is the edge support of the stretch after b.
func (s scorer) beyond(a, b capture.Point) float64 {
	length := distance(a, b)
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length
	step := capture.Point{X: (b.X - a.X) / length, Y: (b.Y - a.Y) / length}
	sum, count := s.along(lerp(a, b, 1+2.5/length), step, max(4, int(0.15*length)), nx, ny, endThere)
	if count < 3 {
		return 0
	}
	return sum / float64(count)
}

// sideContrast compares the colour just inside and just outside along the side:
// how far apart they are (0..1) and how alike the difference is all along (0..1).
func (s scorer) sideContrast(a, b capture.Point) (level, even float64) {
	var total, mean C.float
	count := C.visavis_contrast(data(s.p), C.int(s.p.w), C.int(s.p.h), C.float(a.X), C.float(a.Y), C.float(b.X), C.float(b.Y), &total, &mean)
	if count == 0 || total == 0 {
		return 0, 0
	}
	noise := float64(s.e.noise) + 1
	return 1 - math.Exp(-float64(mean)/float64(count)/(4*noise)), float64(mean / total)
}

// content is the share of the inside's cells that show detail, as print does.
func (s scorer) content(q quad) float64 {
	m, ok := squareTo(q)
	if !ok {
		return 0
	}
	limit := 2.5*s.e.noise + 3
	return float64(C.visavis_content(data(s.p), C.int(s.p.w), C.int(s.p.h), (*C.double)(&m[0]), C.float(limit)))
}

// stretchSupport is the edge support of a short stretch, looked for two pixels to either side.
func (s scorer) stretchSupport(a, b capture.Point) float64 {
	length := distance(a, b)
	if length < 1e-6 {
		return 0
	}
	n := max(2, int(length+0.5))
	step := capture.Point{X: (b.X - a.X) / float64(n), Y: (b.Y - a.Y) / float64(n)}
	sum, _ := s.along(lerp(a, b, 0.5/float64(n)), step, n, (b.Y-a.Y)/length, -(b.X-a.X)/length, twoWide)
	return sum / float64(n)
}

// data is the address of a picture's bytes for native code.
func data(p picture) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&p.lab[0])) }
