package outline

/*
#cgo CFLAGS: -O3
#cgo LDFLAGS: -lm
#include "edges.h"
*/
import "C"

import (
	"unsafe"

	"visavis/capture/opencv/pixel"
)

// edgeMap holds, for each pixel, how much the picture changes there and in which
// direction, measured against its surroundings.
type edgeMap struct {
	w, h   int
	dx, dy []float32   // gradient of the channel that changes most, per pixel
	mag    []float32   // its length
	norm   []float32   // its strength over that of the surroundings, 0..1
	points []edgePoint // nil: not looked for yet
	noise  float32     // typical gradient of the quietest part of the picture
}

// edgePoint is a pixel where the change is largest across the edge, laid out as native
// code has it.
type edgePoint struct {
	x, y   int16
	angle  float32 // direction of the gradient, 0..π
	weight float32
}

// pointBuffers hold the edges of earlier pictures.
var pointBuffers pixel.Buffers[edgePoint]

// surround is the half width, in pixels of the working picture, of the
// neighbourhood that an edge is compared with.
const surround = 5

// close gives the map's memory back; it is of no use afterwards.
func (e *edgeMap) close() {
	pixel.FloatBuffers.Give(e.dx, e.dy, e.mag, e.norm)
	pointBuffers.Give(e.points)
	*e = edgeMap{}
}

// newEdgeMap finds the edges. The colour channels count for a little more than
// lightness: shadows change lightness, documents differ in colour. An edge is compared
// with what happens on its quieter side: the outline of a document full of print on a
// plain table is as clear as that of a plain card on a patterned cloth, while the
// print and the pattern are not.
func newEdgeMap(p pixel.Colour) (*edgeMap, error) {
	const colourGain = 1.4
	const away = surround + 2
	n := p.W * p.H
	if len(p.Lab) != 3*n || p.W < 5 || p.H < 5 {
		return &edgeMap{w: p.W, h: p.H, dx: pixel.Scratch(n), dy: pixel.Scratch(n), mag: pixel.Scratch(n),
			norm: pixel.Scratch(n), noise: 1}, nil // too small to have an inside
	}
	e := &edgeMap{w: p.W, h: p.H, dx: pixel.FloatBuffers.Take(n), dy: pixel.FloatBuffers.Take(n),
		mag: pixel.FloatBuffers.Take(n), norm: pixel.FloatBuffers.Take(n)}
	for _, plane := range [][]float32{e.dx, e.dy, e.mag} {
		clearBorder(plane, p.W, p.H)
	}
	mean, lines := pixel.FloatBuffers.Take(n), pixel.FloatBuffers.Take(9*p.W)
	defer pixel.FloatBuffers.Give(mean, lines)
	w, h := C.int(p.W), C.int(p.H)
	dx, dy, mag, norm := floats(e.dx), floats(e.dy), floats(e.mag), floats(e.norm)
	C.visavis_gradients((*C.uint8_t)(unsafe.Pointer(&p.Lab[0])), w, h, colourGain, dx, dy, mag,
		(*C.int16_t)(unsafe.Pointer(&lines[0])))
	row := (*C.int32_t)(unsafe.Pointer(&lines[0]))
	e.noise = quietest(e.mag, p.W, p.H)
	boxMean(e.mag, mean, lines, p.W, p.H, surround)
	C.visavis_edge_strength(C.visavis_changes{dx: dx, dy: dy, mag: mag, w: w, h: h}, floats(mean),
		C.float(max(1.5*e.noise, 1.2)), away, norm, row)
	return e, nil
}

// clearBorder clears the outermost pixels of a plane.
func clearBorder(plane []float32, w, h int) {
	clear(plane[:w])
	clear(plane[(h-1)*w : h*w])
	for y := 1; y < h-1; y++ {
		plane[y*w], plane[(y+1)*w-1] = 0, 0
	}
}

// edges are the points of the edges, looked for when they are first asked for.
func (e *edgeMap) edges() []edgePoint {
	if e.points != nil || e.w < 5 || e.h < 5 {
		return e.points
	}
	lines := pixel.FloatBuffers.Take(e.w)
	defer pixel.FloatBuffers.Give(lines)
	changes := C.visavis_changes{dx: floats(e.dx), dy: floats(e.dy), mag: floats(e.mag), w: C.int(e.w), h: C.int(e.h)}
	e.points = pointBuffers.Take(e.w * e.h / 4)
	e.points = e.points[:C.visavis_thin(changes, floats(e.norm), (*C.visavis_edge_point)(unsafe.Pointer(&e.points[0])),
		C.int(len(e.points)), (*C.int32_t)(unsafe.Pointer(&lines[0])))]
	return e.points
}

// floats is the address of values that native code reads or fills.
func floats(v []float32) *C.float { return (*C.float)(unsafe.Pointer(&v[0])) }

func absf(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// quietest is the mean gradient of the quietest tenth of the picture's cells: the
// sensor's noise and the compression's.
func quietest(mag []float32, w, h int) float32 {
	const cell = 16
	across := max(0, (w-1)/cell-1)
	var means []float32
	sums := make([]float32, across)
	for y := cell; y+cell < h; y += cell {
		clear(sums)
		for j := range cell {
			row := mag[(y+j)*w+cell : (y+j)*w+cell+across*cell]
			for k := range cell { // a sum waits for itself: those of all cells go side by side
				for i, at := 0, k; i < len(sums) && at < len(row); i, at = i+1, at+cell {
					sums[i] += row[at]
				}
			}
		}
		for _, s := range sums {
			means = append(means, s/(cell*cell))
		}
	}
	if len(means) == 0 {
		return 1
	}
	return pixel.Quantile(means, 0.1)
}

// boxMean writes the mean over a square of 2r+1 pixels, clipped at the border, to
// dst; lines holds at least 9·w values of scratch.
func boxMean(src, dst, lines []float32, w, h, r int) {
	if w < 1 || h < 1 || min(len(src), len(dst)) < w*h || len(lines) < 9*w {
		return
	}
	C.visavis_box_mean(floats(src), floats(dst), C.int(w), C.int(h), C.int(r), floats(lines))
}
