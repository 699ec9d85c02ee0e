package quality

/*
#cgo CFLAGS: -O3
#include "widths.h"
*/
import "C"

import (
	"unsafe"

	"visavis/capture/opencv/pixel"
)

// edgeWidths counts how wide the clear edges of a picture are.
type edgeWidths struct {
	counts [widthSteps * widestEdge]int32 // by width
	n      int
}

// Widths are counted in steps of a hundredth of a pixel; wider edges count as widest.
const (
	widthSteps = 100
	widestEdge = 40
)

// Sharpness of print, 0..1: how steep the edges of letters and lines are, whatever
// their contrast and their size. It looks along rows and along columns and
// returns the worse of both, since a moving camera blurs one of them. rise is
// the least difference of grey levels that counts as an edge; where there are too few
// of those, weaker ones count: a page of little print has its own.
func Sharpness(g pixel.Grey, rise int) float64 {
	if g.W < 5 || g.H < 5 || len(g.Pix) < g.W*g.H {
		return 0
	}
	for ; rise >= leastRise; rise = rise * 2 / 3 {
		if v := steepest(g, rise); v > 0 {
			return v
		}
	}
	return 0
}

// leastRise is the least difference of grey levels that is no noise.
const leastRise = 8

// steepest is the sharpness by edges of at least rise; 0 where there are too few.
func steepest(g pixel.Grey, rise int) float64 {
	var across, down edgeWidths
	across.scan(g.Pix[2*g.W:], g.W, 1, (g.H-2)/3, 3*g.W, rise)
	down.scan(g.Pix[2:], g.H, g.W, (g.W-2)/3, 3, rise)
	a, okA := across.steepness()
	d, okD := down.steepness()
	switch {
	case okA && okD:
		return min(a, d)
	case okA:
		return a
	case okD:
		return d
	}
	return 0
}

// scan walks along n pixels, step apart, of so many lines and measures each rise or
// fall of at least rise grey levels.
func (e *edgeWidths) scan(pix []uint8, n, step, lines, apart, rise int) {
	work := pixel.FloatBuffers.Take(20 * lines)
	defer pixel.FloatBuffers.Give(work)
	e.n = int(C.visavis_edge_widths(bytesOf(pix), C.int(n), C.int(step), C.int(lines), C.int(apart), C.int(rise),
		(*C.int32_t)(&e.counts[0]), C.int(len(e.counts)), (*C.int16_t)(unsafe.Pointer(&work[0]))))
}

// steepness is 1 for edges of one pixel and falls with their width. The sharper
// third decides: shadows and faces have wide edges in every picture.
func (e *edgeWidths) steepness() (float64, bool) {
	if e.n < 40 {
		return 0, false
	}
	left := int(0.33*float64(e.n-1) + 0.5)
	for width, count := range e.counts {
		if left -= int(count); left < 0 {
			return widthSteps / float64(width), true
		}
	}
	return 0, false
}

// bytesOf is the address of pixels for native code.
func bytesOf(v []uint8) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&v[0])) }
