package zone

/*
#cgo CFLAGS: -O3
#include "ranges.h"
*/
import "C"

import (
	"math"
	"math/bits"
	"unsafe"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// Seen is what looks like a machine readable zone on a rectified document.
type Seen struct {
	Lines      int
	Confidence float64
	// Turns is how many quarter turns clockwise bring the zone to the bottom: 0 or 2
	// in the picture as given, 1 or 3 when it was found in the turned one.
	Turns  int
	Height float64       // of the letters over the document's height as the zone has it
	Shape  capture.Shape // of the documents with this zone, where it was read
	Spelt  bool          // its letters were recognised
}

// Doubted tells whether lines are seen of which no letter was recognised: a heading over a
// line of print looks like them.
func (s Seen) Doubted() bool { return s.Confidence >= 0.5 && !s.Spelt }

// Look looks along both directions of a rectified document.
func Look(g pixel.Grey) Seen {
	zone := mrzAlongRows(g)
	if zone.Confidence >= 0.8 {
		return zone
	}
	turned := mrzAlongRows(g.TurnedRight())
	if turned.Confidence > zone.Confidence+0.1 {
		turned.Turns = (turned.Turns + 1) % 4
		return turned
	}
	return zone
}

// textRow is a run of picture rows that are filled with print from side to side.
type textRow struct {
	top, bottom int
	filled      float64
}

// mrzAlongRows looks for two or three equally high, equally spaced rows of print
// that fill the width, near the lower or upper edge: nothing else on a document
// does.
func mrzAlongRows(g pixel.Grey) Seen {
	fill := fillOfRows(g)
	rows := rowsOfPrint(fill, g.H)
	var best Seen
	for i := range rows {
		for n := 2; n <= 3 && i+n <= len(rows); n++ {
			if z := zoneOf(rows[i:i+n], g.H); z.Confidence > best.Confidence {
				best = z
			}
		}
	}
	return best
}

// mrzCells is into how many cells the width is cut; a letter is about as wide.
const mrzCells = 36

// fillOfRows is, for each row, the share of cells across the width that hold print:
// quick changes along the row.
func fillOfRows(g pixel.Grey) []float64 {
	fill := make([]float64, g.H)
	left, right := g.W/25, g.W-g.W/25
	cell := float64(right-left) / mrzCells
	var start, end [mrzCells]C.int32_t
	shortest := g.W
	for c := range mrzCells {
		from, to := left+int(float64(c)*cell), min(left+int(float64(c+1)*cell), g.W-1)
		start[c], end[c] = C.int32_t(from), C.int32_t(to)
		shortest = min(shortest, to-from+1)
	}
	if shortest < 1 || len(g.Pix) < g.W*g.H {
		return fill // too narrow to hold print
	}
	shortest = 1 << (bits.Len(uint(shortest)) - 1) // two of them make up the longest cell
	strength, work := make([]uint8, mrzCells*g.H), make([]uint8, 2*g.W)
	var levels [256]int // how often each contrast occurs
	C.visavis_ranges(octetsOf(g.Pix), C.int(g.W), C.int(g.H), &start[0], &end[0], mrzCells, C.int(shortest),
		octetsOf(strength), octetsOf(work))
	for _, v := range strength {
		levels[v]++
	}
	// What counts as print follows the document's own contrast.
	limit := max(10, 0.45*float64(pixel.LevelAt(levels, len(strength), 0.95)))
	for y := range fill {
		n := 0
		for _, v := range strength[y*mrzCells : (y+1)*mrzCells] {
			if float64(v) >= limit {
				n++
			}
		}
		fill[y] = float64(n) / mrzCells
	}
	return fill
}

// rowsOfPrint finds the runs of rows whose fill stands out from the gaps around.
func rowsOfPrint(fill []float64, h int) []textRow {
	smooth := make([]float64, len(fill))
	for y := range fill {
		a, b := max(0, y-1), min(len(fill)-1, y+1)
		smooth[y] = (fill[a] + fill[y] + fill[b]) / 3
	}
	var rows []textRow
	for y := 0; y < h; {
		if smooth[y] < 0.5 {
			y++
			continue
		}
		top, sum := y, 0.0
		for y < h && smooth[y] >= 0.5 {
			sum += fill[y]
			y++
		}
		if y-top >= 3 {
			rows = append(rows, textRow{top, y, sum / float64(y-top)})
		}
	}
	return rows
}

// zoneOf scores a group of neighbouring rows of print as a machine readable zone.
func zoneOf(rows []textRow, h int) Seen {
	n := float64(len(rows))
	var height, filled float64
	for _, r := range rows {
		height += float64(r.bottom-r.top) / n
		filled += r.filled / n
	}
	worst := 0.0
	pitch := float64(rows[len(rows)-1].top-rows[0].top) / (n - 1)
	for i, r := range rows {
		worst = max(worst, math.Abs(float64(r.bottom-r.top)-height)/height)
		if i > 0 {
			worst = max(worst, math.Abs(float64(r.top-rows[i-1].top)-pitch)/pitch)
		}
	}
	size, gap := height/float64(h), pitch/height
	// Letters are 2.4 to 3 mm high on 54 to 88 mm, lines about 4.2 to 6.4 mm apart.
	score := pixel.Fade(filled, 0.6, 0.8) * (1 - pixel.Fade(worst, 0.25, 0.7))
	score *= pixel.Fade(size, 0.014, 0.022) * (1 - pixel.Fade(size, 0.075, 0.10))
	score *= pixel.Fade(gap, 1.15, 1.35) * (1 - pixel.Fade(gap, 2.7, 3.4))
	middle := (float64(rows[0].top) + float64(rows[len(rows)-1].bottom)) / 2 / float64(h)
	z := Seen{Lines: len(rows), Height: size}
	if middle < 0.5 {
		z.Turns, middle = 2, 1-middle
	}
	score *= pixel.Fade(middle, 0.62, 0.74)
	z.Confidence = score * (0.97 + 0.01*n)
	return z
}

// octetsOf is the address of pixels for native code.
func octetsOf(v []uint8) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&v[0])) }
