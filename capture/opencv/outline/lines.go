package outline

/*
#include "score.h"
*/
import "C"

import (
	"math"

	"visavis/capture/opencv/pixel"
)

// edgeLine is a straight line in the picture and where along it there is an edge.
type edgeLine struct {
	pixel.Line
	theta float64 // direction of the normal, 0..π
	// A place on the line is foot + t·(-b, a), with t from t0 to t0+len(sums)-1 inside the picture.
	footX, footY float64
	t0           float64
	sums         []float32 // running sum of the edge support along the line
	votes        float32
	border       bool // one of the frame's own edges, for cut-off documents
}

// support is the share of the line between two places that is an edge, and the
// length of that stretch inside the picture.
func (l *edgeLine) support(from, to float64) (share, inside float64) {
	if from > to {
		from, to = to, from
	}
	last := float64(len(l.sums) - 1)
	i, j := min(max(from-l.t0, 0), last), min(max(to-l.t0, 0), last)
	if j-i < 1 {
		return 0, 0
	}
	return float64(l.sums[int(j)]-l.sums[int(i)]) / (j - i), j - i
}

// position is the parameter t of the point of the line nearest to x, y.
func (l *edgeLine) position(x, y float64) float64 {
	return (x-l.footX)*-l.B + (y-l.footY)*l.A
}

// newEdgeLine measures the edge support along a line; nil when it misses the picture.
func newEdgeLine(e *edgeMap, ln pixel.Line) *edgeLine {
	l := &edgeLine{Line: ln, footX: ln.A * ln.C, footY: ln.B * ln.C}
	l.theta = math.Atan2(ln.B, ln.A)
	if l.theta < 0 {
		l.theta += math.Pi
	}
	t0, t1, ok := stretchInside(ln, float64(e.w-1), float64(e.h-1))
	if !ok || t1-t0 < 4 {
		return nil
	}
	l.t0 = t0
	n := int(t1 - t0)
	l.sums = make([]float32, n+1)
	C.visavis_line(e.native(), C.double(ln.A), C.double(ln.B), C.double(l.footX), C.double(l.footY), C.double(t0),
		C.int(n), floats(l.sums))
	return l
}

// stretchInside is the range of t for which a line's points lie in 0..w, 0..h.
func stretchInside(ln pixel.Line, w, h float64) (t0, t1 float64, ok bool) {
	t0, t1 = math.Inf(-1), math.Inf(1)
	cut := func(start, step, limit float64) {
		if math.Abs(step) < 1e-9 {
			if start < 0 || start > limit {
				t1 = math.Inf(-1)
			}
			return
		}
		a, b := -start/step, (limit-start)/step
		t0, t1 = max(t0, min(a, b)), min(t1, max(a, b))
	}
	cut(ln.A*ln.C, -ln.B, w)
	cut(ln.B*ln.C, ln.A, h)
	return t0, t1, t1 > t0
}

// borderLines are the frame's own edges, as sides of documents that are cut off.
func borderLines(w, h int) []*edgeLine {
	x, y := float64(w-1), float64(h-1)
	var lines []*edgeLine
	for _, ln := range []pixel.Line{{A: 1}, {A: 1, C: x}, {B: 1}, {B: 1, C: y}} {
		l := &edgeLine{Line: ln, footX: ln.A * ln.C, footY: ln.B * ln.C, border: true}
		l.theta = math.Atan2(ln.B, ln.A)
		l.t0 = -1
		if ln.A == 1 {
			l.sums = make([]float32, h+2)
		} else {
			l.t0 = -x - 1
			l.sums = make([]float32, w+2)
		}
		lines = append(lines, l)
	}
	return lines
}
