package outline

/*
#include "hough.h"
*/
import "C"

import (
	"math"
	"runtime"

	"visavis/capture/opencv/pixel"
)

const (
	angleBins  = 180
	angleReach = 7  // an edge's own direction is trusted to this many degrees
	ownReach   = 12 // edges within this many degrees of a line found belong to it
)

// angleKernel weighs the votes by how far they are from the edge's own direction.
var angleKernel = [2*angleReach + 1]float32{0.25, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 1, 0.97, 0.9, 0.8, 0.65,
	0.5, 0.35, 0.25}

// angleCos and angleSin are of the normals of each bin's lines.
var angleCos, angleSin = anglesOfBins()

func anglesOfBins() (cos, sin [angleBins]float32) {
	for i := range angleBins {
		s, c := math.Sincos(float64(i) * math.Pi / angleBins)
		sin[i], cos[i] = float32(s), float32(c)
	}
	return cos, sin
}

// hough is an accumulator in which an edge pixel votes only for lines along its
// own direction. A line that is taken takes its pixels' votes with it, so that
// each line is found once and weak ones beside strong ones are found too.
type hough struct {
	e     *edgeMap
	rhos  int
	votes []float32
	// The edges, sorted by their own angle: those of a bin begin at start[bin], and
	// count[bin] of them are left.
	x, y, weight []float32
	start, count [angleBins]int32
	best         [angleBins]float32 // of each angle: the highest sum of votes
	at           [angleBins]int32   // and where
	// stale: votes were taken back since best was found, so that it is one at most.
	stale [angleBins]bool
}

func newHough(e *edgeMap, points []edgePoint) *hough {
	h := &hough{e: e}
	h.rhos = int(math.Hypot(float64(e.w), float64(e.h))) + e.w + 4
	h.votes = pixel.Scratch(angleBins * h.rhos)
	h.sort(points)
	var pins runtime.Pinner
	defer pins.Unpin()
	C.visavis_vote_all(h.native(&pins), floats(h.votes), floats(h.best[:]), (*C.int32_t)(&h.at[0]))
	return h
}

// native is what native code is told of the edges, valid until they are unpinned.
func (h *hough) native(pins *runtime.Pinner) *C.visavis_edges {
	e := &C.visavis_edges{
		x: floats(h.x), y: floats(h.y), weight: floats(h.weight),
		start: (*C.int32_t)(&h.start[0]), count: (*C.int32_t)(&h.count[0]),
		cos: floats(angleCos[:]), sin: floats(angleSin[:]), kernel: floats(angleKernel[:]),
		bins: angleBins, reach: angleReach, rhos: C.int(h.rhos), shift: C.float(h.e.w),
	}
	for _, v := range []*C.float{e.x, e.y, e.weight} {
		pins.Pin(v)
	}
	pins.Pin(h)
	return e
}

// release gives the buffers back.
func (h *hough) release() { pixel.FloatBuffers.Give(h.votes, h.x, h.y, h.weight) }

// sort lays the edges out by their angle.
func (h *hough) sort(points []edgePoint) {
	n := len(points)
	h.x, h.y, h.weight = pixel.FloatBuffers.Take(n), pixel.FloatBuffers.Take(n), pixel.FloatBuffers.Take(n)
	bins := make([]uint8, n)
	for i, p := range points {
		bins[i] = uint8(int(p.angle*(angleBins/math.Pi)+0.5) % angleBins)
		h.count[bins[i]]++
	}
	next := [angleBins]int32{}
	for bin := 1; bin < angleBins; bin++ {
		h.start[bin] = h.start[bin-1] + h.count[bin-1]
		next[bin] = h.start[bin]
	}
	for i, p := range points {
		at := next[bins[i]]
		next[bins[i]]++
		h.x[at], h.y[at], h.weight[at] = float32(p.x), float32(p.y), p.weight
	}
}

// findBest looks for the best distance at one angle. Neighbouring distances
// count too: the edge of a real document is not straight to the pixel.
func (h *hough) findBest(bin int) {
	at := (*C.int32_t)(&h.at[bin])
	h.best[bin] = float32(C.visavis_best(floats(h.votes[bin*h.rhos:(bin+1)*h.rhos]), C.int(h.rhos), at))
	h.stale[bin] = false
}

// strongest is the angle with the most votes. An angle is looked at again only when
// what it had before votes were taken back would win.
func (h *hough) strongest() int {
	for {
		bin := 0
		for b, v := range h.best {
			if v > h.best[bin] {
				bin = b
			}
		}
		if !h.stale[bin] {
			return bin
		}
		h.findBest(bin)
	}
}

// take returns the strongest line left and removes its edges' votes.
func (h *hough) take() (ln pixel.Line, votes float32) {
	bin := h.strongest()
	votes = h.best[bin]
	if votes <= 0 {
		return pixel.Line{}, 0
	}
	r := int(h.at[bin])
	row := h.votes[bin*h.rhos : (bin+1)*h.rhos]
	left, mid, right := max(row[r-1], 0), max(row[r], 0), max(row[r+1], 0)
	rho := float64(r) + float64(right-left)/float64(left+mid+right+1e-6) - float64(h.e.w)
	ln = lineAt(bin, rho)
	h.remove(ln, bin)
	h.best[bin] = min(h.best[bin], votes)
	return ln, votes
}

// lineAt is the line of a bin at a distance from the origin.
func lineAt(bin int, rho float64) pixel.Line {
	s, c := math.Sincos(float64(bin) * math.Pi / angleBins)
	return pixel.Line{A: c, B: s, C: rho}
}

// remove takes back the votes of the edges on a line.
func (h *hough) remove(ln pixel.Line, bin int) {
	var pins runtime.Pinner
	defer pins.Unpin()
	e := h.native(&pins)
	if C.visavis_remove(e, C.float(ln.A), C.float(ln.B), C.float(ln.C), C.int(bin), ownReach, floats(h.votes),
		(*C.bool)(&h.stale[0])) != 0 {
		return
	}
	// A sum of chance votes of several lines: it is not tried again.
	r := int(h.at[bin])
	for k := max(0, r-1); k <= min(h.rhos-1, r+1); k++ {
		h.votes[bin*h.rhos+k] = 0
	}
	h.stale[bin] = true
}

// findLines returns at most count lines through points, strongest first.
func findLines(e *edgeMap, points []edgePoint, count int) []*edgeLine {
	if len(points) == 0 {
		return nil
	}
	h := newHough(e, points)
	defer h.release()
	least := float32(e.w+e.h) * 0.025
	var lines []*edgeLine
	for range 2 * count {
		ln, votes := h.take()
		if votes < least || len(lines) == count {
			break
		}
		if l := newEdgeLine(e, ln); l != nil {
			l.votes = votes
			lines = append(lines, l)
		}
	}
	return lines
}
