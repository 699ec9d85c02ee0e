package quality

/*
#include "cells.h"
*/
import "C"

import (
	"math"
	"slices"

	"visavis/capture/opencv/pixel"
)

// The grid on which glare is looked for: cells of about 4 mm on a page.
const (
	glareColumns = 32
	glareRows    = 22
)

// leastSpot is the number of cells from which a burnt spot counts.
const leastSpot = 3

// glareWeight is how surely a burnt spot is a reflection: a round one with a halo in the
// print around it, or on paper that is darker elsewhere. Paper that light has burnt out lies
// between lines of print and fills no ellipse. A spot counts for less where the page beside it
// is as light and its rim shows as many letters as the page elsewhere: light that burns paper
// out leaves them, a reflection takes them.
func glareWeight(p glarePage, s spot) float64 {
	near := around(s)
	halo := pixel.Fade(p.fadedAround(near), 0.2, 0.55)
	darker := 1 - pixel.Fade(float64(p.paper), darkerPaper, whitePaper)
	spared := pixel.Fade(p.lightBeside(near), whitePaper, burntLevel-2) * pixel.Fade(p.inkAtRim(near), 0.5, 1)
	return max(halo, darker) * pixel.Fade(s.solid(), 0.45, 0.75) * (1 - 0.7*spared)
}

// solid is the share of the ellipse in a spot's box that is burnt.
func (s spot) solid() float64 {
	a, b := float64(s.x1-s.x0)/2, float64(s.y1-s.y0)/2
	in := 0
	for _, c := range s.cells {
		x, y := float64(c%glareColumns)+0.5-float64(s.x0)-a, float64(c/glareColumns)+0.5-float64(s.y0)-b
		if x*x/(a*a)+y*y/(b*b) <= 1 {
			in++
		}
	}
	return float64(in) / (math.Pi * a * b)
}

// From whitePaper on paper may be burnt out without glare; below darkerPaper what is
// burnt out is no paper.
const darkerPaper, whitePaper = 215, 236

// glareCell is what one cell of a document shows.
type glareCell struct {
	burnt bool // nothing but saturated pixels
	dark  int  // its darkest grey level but for single pixels
	light int  // the grey level that a quarter of it exceeds
}

// depth of the print in a cell, grey levels.
func (c glareCell) depth() int { return c.light - c.dark }

// glarePage is what the cells of a document tell together.
type glarePage struct {
	cells      []glareCell
	paper, ink int // the usual grey levels of cells without print and of print
	deep       int // depth of the page's own ink
}

// spot is a connected group of cells.
type spot struct {
	cells          []int
	x0, y0, x1, y1 int
}

// GlareOf finds spots on a rectified document that are burnt out and in which
// print has been washed away. Burnt paper alone is not glare: white paper in good
// light is. A lamp's reflection is a round spot with a halo, in which print fades
// towards it; white paper is burnt out between print that is as dark as elsewhere.
func GlareOf(g pixel.Grey) (share float64, boxes [][4]float64) {
	if g.Over(burntLevel-4)*20 < leastSpot*19*(g.W/glareColumns)*(g.H/glareRows) {
		return 0, nil // too little is burnt out for a spot
	}
	cells := glareCells(g)
	p := pageOf(cells)
	weight := 0.0
	var found []spot
	for _, s := range burntSpots(cells) {
		if len(s.cells) < leastSpot {
			continue
		}
		s = s.core()
		w := glareWeight(p, s)
		weight += w * float64(len(s.cells))
		if w > 0.3 {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(a, b spot) int { return len(b.cells) - len(a.cells) })
	for _, s := range found[:min(3, len(found))] {
		const u, v = glareColumns, glareRows
		boxes = append(boxes, [4]float64{float64(s.x0) / u, float64(s.y0) / v, float64(s.x1-s.x0) / u,
			float64(s.y1-s.y0) / v})
	}
	return weight / (glareColumns * glareRows), boxes
}

func glareCells(g pixel.Grey) []glareCell {
	const n = glareColumns * glareRows
	cells := make([]glareCell, n)
	var steps [n][C.VISAVIS_STEPS]C.int32_t
	var burnt [n]C.int32_t
	C.visavis_cells(bytesOf(g.Pix), C.int(g.W), C.int(g.H), glareColumns, glareRows, burntLevel-4, &steps[0][0],
		&burnt[0])
	for i := range cells {
		c := &cells[i]
		all, seen := C.int32_t(0), C.int32_t(0)
		for _, k := range steps[i] {
			all += k
		}
		c.burnt = all > 0 && burnt[i]*20 >= all*19
		for v, k := range steps[i] {
			seen += k
			if c.dark == 0 && seen*25 > all {
				c.dark = 8*v + 4
			}
			if seen*4 >= all*3 {
				c.light = 8*v + 4
				break
			}
		}
	}
	return cells
}

func pageOf(cells []glareCell) glarePage {
	var dark, depths []int
	for _, c := range cells {
		dark, depths = append(dark, c.dark), append(depths, c.depth())
	}
	ink := pixel.Quantile(dark, 0.1)
	return glarePage{cells, pixel.Quantile(dark, 0.75), ink, pixel.Quantile(depths, 0.9)}
}

// How far a spot reaches into the print around it, in cells: its halo, and what lies
// beside that.
const (
	haloCells   = 2
	besideCells = 5
)

// leastPrint is the depth from which a cell shows print, grey levels.
const leastPrint = 12

// distances of every cell from a spot, in cells along the rows or the columns, whichever
// are more; those beyond besideCells are all as far.
type distances [glareColumns * glareRows]int

func around(s spot) *distances {
	var d distances
	for i := range d {
		d[i] = besideCells + 1
	}
	for _, c := range s.cells {
		x, y := c%glareColumns, c/glareColumns
		for v := max(0, y-besideCells); v <= min(glareRows-1, y+besideCells); v++ {
			for u := max(0, x-besideCells); u <= min(glareColumns-1, x+besideCells); u++ {
				at := &d[v*glareColumns+u]
				*at = min(*at, max(u-x, x-u, v-y, y-v))
			}
		}
	}
	return &d
}

// fadedAround is the share of the cells with print in a spot's halo whose print is less
// than half as dark as the document's.
func (p glarePage) fadedAround(near *distances) float64 {
	printed, faded := 0, 0
	for i, c := range p.cells {
		if near[i] < 1 || near[i] > haloCells {
			continue
		}
		depth := p.paper - c.dark
		if depth < leastPrint {
			continue
		}
		printed++
		if 2*depth < p.paper-p.ink {
			faded++
		}
	}
	if printed < 4 {
		return 0
	}
	return float64(faded) / float64(printed)
}

// inkAtRim is how often the cells at a spot's rim show ink about as deep as the page's own,
// over how often its cells that are not burnt out do.
func (p glarePage) inkAtRim(near *distances) float64 {
	var rim, page, rimInk, pageInk int
	for i, c := range p.cells {
		ink := 0
		if 4*c.depth() >= 3*p.deep && c.depth() >= 3*leastPrint {
			ink = 1
		}
		if !c.burnt {
			page, pageInk = page+1, pageInk+ink
		}
		if near[i] == 1 {
			rim, rimInk = rim+1, rimInk+ink
		}
	}
	if rim == 0 || pageInk == 0 {
		return 0
	}
	return float64(rimInk) / float64(rim) / (float64(pageInk) / float64(page))
}

// lightBeside is the grey level of the paper beside a spot and its halo; burntLevel where
// the spot takes the whole page.
func (p glarePage) lightBeside(near *distances) float64 {
	var levels []int
	for i, c := range p.cells {
		if near[i] > haloCells && near[i] <= besideCells {
			levels = append(levels, c.light)
		}
	}
	if len(levels) == 0 {
		return burntLevel
	}
	return float64(pixel.Quantile(levels, 0.75))
}

// burntSpots are the connected groups of burnt cells.
func burntSpots(cells []glareCell) []spot {
	seen := make([]bool, len(cells))
	var spots []spot
	for start := range cells {
		if seen[start] || !cells[start].burnt {
			continue
		}
		s := newSpot()
		stack := []int{start}
		seen[start] = true
		for len(stack) > 0 {
			c := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := c%glareColumns, c/glareColumns
			s.add(c)
			for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				nx, ny := x+d[0], y+d[1]
				if nx < 0 || ny < 0 || nx >= glareColumns || ny >= glareRows {
					continue
				}
				if at := ny*glareColumns + nx; !seen[at] && cells[at].burnt {
					seen[at] = true
					stack = append(stack, at)
				}
			}
		}
		spots = append(spots, s)
	}
	return spots
}
