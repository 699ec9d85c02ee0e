package quality

import (
	"image"
	"math"

	"visavis/capture/opencv/pixel"
)

// How the print of a laser printer is told: each ink has dots on a lattice of its own, turned
// against those of the others, and where they overlap is a rosette on a third. All lie in the
// plane of the document. A display has one lattice, and so has the ground of some passports;
// guilloches and lines of security print have none.
const (
	// latticeHalf is how many waves a square of dotsTile pixels of the plane has at most.
	latticeHalf = dotsTile / 2
	// latticeLeast is how many it has at least: what is slower is print.
	latticeLeast = 12
	// latticeOblique is how far, as a sine, a lattice is turned against the document's sides at
	// least. Along them lie letters and what scans leave; and yellow dots, which are hardly seen.
	latticeOblique = 0.1
	// latticeApart is how far the frequencies of two lattices lie apart at least.
	latticeApart = 3.5
	// latticeMost is how much one square may say at most: all have to have the lattice.
	latticeMost = 2.2
	// latticeSquares is of how many squares the mean may be taken for that of a document.
	latticeSquares = 24
)

// planeLattice gathers how far each frequency of a document's plane stands out over squares of
// a frame. Distance, rotation and perspective change what the camera sees of a lattice, but not
// what it is in the plane.
type planeLattice struct {
	to pixel.Homography // from the frame to the unit square of the outline
	// Sides of the plane, pixels of the frame. No plane: 0.
	w, h    float64
	squares int
	// By frequency along the first side, from -latticeHalf on, and along the second, from 0 on:
	// sums, and of how many squares they are.
	sum, n [latticeHalf + 1][dotsTile]float32
}

// latticeOver has the plane of an outline in a frame of a size.
func latticeOver(q pixel.Quad, width, height int) *planeLattice {
	l := &planeLattice{}
	p, ok := pixel.PlaneOf(q, float64(width), float64(height))
	m, unit := pixel.SquareTo(q)
	if !ok || !unit {
		return l
	}
	l.to, l.w = m.Inverse(), (q.Side(0)+q.Side(2))/2
	l.h = l.w / p.Aspect
	return l
}

// at is where a point of the frame lies in the plane, pixels.
func (l *planeLattice) at(x, y float64) (float64, float64) {
	p := l.to.At(x, y)
	return l.w * p.X, l.h * p.Y
}

// add adds what stands out in a square of the frame.
func (l *planeLattice) add(middle image.Point, out *standing) {
	if l.w == 0 {
		return
	}
	l.squares++
	x, y := float64(middle.X), float64(middle.Y)
	left, above := l.pixel(x-0.5, y, x+0.5, y), l.pixel(x, y-0.5, x, y+0.5)
	for gy := range latticeHalf + 1 {
		for gx := -latticeHalf; gx < latticeHalf; gx++ {
			if !seenInPlane(gx, gy) {
				continue
			}
			// A wave of the plane has these waves along the frame's sides.
			fx := int(math.Round(left[0]*float64(gx) + left[1]*float64(gy)))
			fy := int(math.Round(above[0]*float64(gx) + above[1]*float64(gy)))
			if fine(fx, fy) {
				l.sum[gy][gx+latticeHalf] += min(out.at(fx, fy), latticeMost)
				l.n[gy][gx+latticeHalf]++
			}
		}
	}
}

// pixel is the way in the plane from one point of the frame to another.
func (l *planeLattice) pixel(x0, y0, x1, y1 float64) [2]float64 {
	ax, ay := l.at(x0, y0)
	bx, by := l.at(x1, y1)
	return [2]float64{bx - ax, by - ay}
}

// seenInPlane tells whether a frequency of the plane may be that of a printed lattice.
func seenInPlane(x, y int) bool {
	r := x*x + y*y
	return r >= latticeLeast*latticeLeast && r < latticeHalf*latticeHalf &&
		float64(min(x*x, y*y)) >= latticeOblique*latticeOblique*float64(r)
}

// mean is how far a frequency stands out; false where too few squares can tell. A frequency and
// its negative are the same.
func (l *planeLattice) mean(x, y int) (float64, bool) {
	if y < 0 {
		x, y = -x, -y
	}
	if y > latticeHalf || x < -latticeHalf || x >= latticeHalf || 2*int(l.n[y][x+latticeHalf]) < l.squares {
		return 0, false
	}
	return float64(l.sum[y][x+latticeHalf] / l.n[y][x+latticeHalf]), true
}

// lattice is one whose first frequency is x, y; the second one is at right angles to it.
type lattice struct {
	x, y float64
	out  float64
}

// second is how far the second strongest lattice stands out; 0 where there are none.
func (l *planeLattice) second() float64 {
	if l.squares < latticeSquares {
		return 0
	}
	find := func(but lattice) (best lattice) {
		for y := 1; y < latticeHalf; y++ {
			for x := 1; x < latticeHalf; x++ { // a quarter of all: the lattice goes on at right angles
				v, ok := l.mean(x, y)
				if !ok || v <= best.out {
					continue
				}
				across := 0.0 // at the place turned by a right angle, or next to it
				for d := range 9 {
					if v, ok := l.mean(-y+d%3-1, x+d/3-1); ok {
						across = max(across, v)
					}
				}
				c := lattice{float64(x), float64(y), min(v, across)}
				if c.out > best.out && !c.of(but) {
					best = c
				}
			}
		}
		return best
	}
	return find(find(lattice{})).out
}

// of tells whether a lattice's frequency is one that another lattice has too: its own, twice it,
// or the sum of its two; or the other way round.
func (c lattice) of(other lattice) bool {
	if other.out == 0 {
		return false
	}
	a, b := complex(c.x, c.y), complex(other.x, other.y)
	for _, many := range []complex128{1, 2, 1 + 1i} {
		for range 4 {
			if near(a/many, b) || near(b/many, a) {
				return true
			}
			many *= 1i
		}
	}
	return false
}

// near tells whether two frequencies are one.
func near(a, b complex128) bool {
	d := a - b
	return math.Hypot(real(d), imag(d)) < latticeApart
}
