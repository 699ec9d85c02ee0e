package quality

import "math"

// coreShare is the radius of the discs that make up a spot's core, of the largest disc in it.
const coreShare = 0.6

// A core's cells over the square of its depth: a disc has π. A reflection is stretched to twice
// its width at most.
const roundest, longest = math.Pi, 2 * math.Pi

// core is a spot without its thin parts: all discs of a share of the radius of the largest
// one that lies in it. A reflection on white paper runs out into burnt paper between lines
// of print, which is thin beside it.
func (s spot) core() spot {
	depth := s.depths()
	most := 0.0
	for _, c := range s.cells {
		most = max(most, depth[c])
	}
	radius := coreShare * most
	if radius < 1 || float64(len(s.cells)) < roundest*most*most {
		return s // every cell is as thin as the thinnest part, or no part is thin
	}
	var kept [glareColumns * glareRows]bool
	reach := int(radius)
	for _, c := range s.cells {
		if depth[c] < radius {
			continue
		}
		x, y := c%glareColumns, c/glareColumns
		for v := max(0, y-reach); v <= min(glareRows-1, y+reach); v++ {
			for u := max(0, x-reach); u <= min(glareColumns-1, x+reach); u++ {
				if math.Hypot(float64(u-x), float64(v-y)) < radius {
					kept[v*glareColumns+u] = true
				}
			}
		}
	}
	out := newSpot()
	for _, c := range s.cells {
		if kept[c] {
			out.add(c)
		}
	}
	if float64(len(out.cells)) > longest*most*most {
		return s // an aisle between blocks of print: as wide all along as anywhere
	}
	return out
}

// newSpot is a spot without cells.
func newSpot() spot { return spot{x0: glareColumns, y0: glareRows} }

// add takes a cell into a spot.
func (s *spot) add(c int) {
	x, y := c%glareColumns, c/glareColumns
	s.cells = append(s.cells, c)
	s.x0, s.y0, s.x1, s.y1 = min(s.x0, x), min(s.y0, y), max(s.x1, x+1), max(s.y1, y+1)
}

// depths of a spot's cells: how far the nearest cell is that is not of the spot, in cells. Beyond
// the page there are none.
func (s spot) depths() *[glareColumns * glareRows]float64 {
	var in [glareColumns * glareRows]bool
	for _, c := range s.cells {
		in[c] = true
	}
	var depth [glareColumns * glareRows]float64
	for _, c := range s.cells {
		x, y := c%glareColumns, c/glareColumns
		nearest := glareColumns * glareColumns
		for v := max(0, s.y0-1); v <= min(glareRows-1, s.y1); v++ {
			for u := max(0, s.x0-1); u <= min(glareColumns-1, s.x1); u++ {
				if !in[v*glareColumns+u] {
					nearest = min(nearest, (u-x)*(u-x)+(v-y)*(v-y))
				}
			}
		}
		depth[c] = math.Sqrt(float64(nearest))
	}
	return &depth
}
