package opencv

/*
#include "mrz_ranges.h"
*/
import "C"

import (
	"math"
	"math/bits"
	"unsafe"

	"visavis/capture"
)

// mrzZone is what looks like a machine readable zone on a rectified document.
type mrzZone struct {
	lines      int
	confidence float64
	// turns is how many quarter turns clockwise bring the zone to the bottom: 0 or 2
	// in the picture as given, 1 or 3 when it was found in the turned one.
	turns  int
	height float64       // of the letters over the document's height as the zone has it
	shape  capture.Shape // of the documents with this zone, where it was read
}

// findMRZ looks along both directions of a rectified document.
func findMRZ(g greyPicture) mrzZone {
	zone := mrzAlongRows(g)
	if zone.confidence >= 0.8 {
		return zone
	}
	turned := mrzAlongRows(g.turnedRight())
	if turned.confidence > zone.confidence+0.1 {
		turned.turns = (turned.turns + 1) % 4
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
func mrzAlongRows(g greyPicture) mrzZone {
	fill := fillOfRows(g)
	rows := rowsOfPrint(fill, g.h)
	var best mrzZone
	for i := range rows {
		for n := 2; n <= 3 && i+n <= len(rows); n++ {
			if z := zoneOf(rows[i:i+n], g.h); z.confidence > best.confidence {
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
func fillOfRows(g greyPicture) []float64 {
	fill := make([]float64, g.h)
	left, right := g.w/25, g.w-g.w/25
	cell := float64(right-left) / mrzCells
	var start, end [mrzCells]C.int32_t
	shortest := g.w
	for c := range mrzCells {
		from, to := left+int(float64(c)*cell), min(left+int(float64(c+1)*cell), g.w-1)
		start[c], end[c] = C.int32_t(from), C.int32_t(to)
		shortest = min(shortest, to-from+1)
	}
	if shortest < 1 || len(g.pix) < g.w*g.h {
		return fill // too narrow to hold print
	}
	shortest = 1 << (bits.Len(uint(shortest)) - 1) // two of them make up the longest cell
	strength, work := make([]uint8, mrzCells*g.h), make([]uint8, 2*g.w)
	var levels [256]int // how often each contrast occurs
	C.visavis_ranges(octetsOf(g.pix), C.int(g.w), C.int(g.h), &start[0], &end[0], mrzCells, C.int(shortest), octetsOf(strength), octetsOf(work))
	for _, v := range strength {
		levels[v]++
	}
	// What counts as print follows the document's own contrast.
	limit := max(10, 0.45*float64(levelAt(levels, len(strength), 0.95)))
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
func zoneOf(rows []textRow, h int) mrzZone {
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
	score := fade(filled, 0.6, 0.8) * (1 - fade(worst, 0.25, 0.7))
	score *= fade(size, 0.014, 0.022) * (1 - fade(size, 0.075, 0.10))
	score *= fade(gap, 1.15, 1.35) * (1 - fade(gap, 2.7, 3.4))
	middle := (float64(rows[0].top) + float64(rows[len(rows)-1].bottom)) / 2 / float64(h)
	z := mrzZone{lines: len(rows), height: size}
	if middle < 0.5 {
		z.turns, middle = 2, 1-middle
	}
	score *= fade(middle, 0.62, 0.74)
	z.confidence = score * (0.97 + 0.01*n)
	return z
}

// octetsOf is the address of pixels for native code.
func octetsOf(v []uint8) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&v[0])) }
