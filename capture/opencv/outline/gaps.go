package outline

import (
	"math"
	"slices"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// outlineStretches is into how many stretches a side is cut.
const outlineStretches = 32

// stretch is a short piece of a side, with the colours on both sides of it.
type stretch struct {
	support         float64 // how far it is an edge, 0..1
	inside, outside [3]float64
}

// Covered is the share of the outline at which the document's edge is not seen although it
// is seen on the rest of that side: something lies over it. One gap of each side counts. Of
// an outline that is not seen at all nothing is known.
func Covered(s *Searched) float64 {
	if s.inferred {
		return 0
	}
	q := s.Corners.Scaled(s.Picture.Scale(s.Width))
	sc := s.Scorer()
	worst := 0.0
	perimeter := 0.0
	for k := range 4 {
		perimeter += q.Side(k)
	}
	for k := range 4 {
		side := sc.stretches(q[k], q[(k+1)%4])
		worst += longestGap(side) * q.Side(k) * sideSeenOf / perimeter
	}
	return math.Min(1, worst)
}

// sideSeenOf is the share of a side without its rounded corners.
const sideSeenOf = 0.92

// stretches looks along a side of an outline whose corners go clockwise.
func (s scorer) stretches(a, b capture.Point) []stretch {
	out := make([]stretch, outlineStretches)
	length := pixel.Distance(a, b)
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length // outward
	for i := range out {
		t0, t1 := 0.04+sideSeenOf*float64(i)/outlineStretches, 0.04+sideSeenOf*float64(i+1)/outlineStretches
		from, to := pixel.Lerp(a, b, t0), pixel.Lerp(a, b, t1)
		out[i] = stretch{s.stretchSupport(from, to), s.colourAlong(from, to, -nx, -ny), s.colourAlong(from, to, nx, ny)}
	}
	return out
}

// colourAlong is the mean colour beside a stretch, 3 to 5 pixels away.
func (s scorer) colourAlong(a, b capture.Point, nx, ny float64) (mean [3]float64) {
	n := 0.0
	for i := range 3 {
		c := pixel.Lerp(a, b, (float64(i)+0.5)/3)
		for depth := 3.0; depth <= 5; depth++ {
			x, y := c.X+nx*depth, c.Y+ny*depth
			if !s.p.Inside(x, y) {
				continue
			}
			l, ca, cb := s.p.At(int(x+0.5), int(y+0.5))
			mean[0] += float64(l)
			mean[1] += 1.4 * float64(ca)
			mean[2] += 1.4 * float64(cb)
			n++
		}
	}
	for i := range mean {
		mean[i] /= max(1, n)
	}
	return mean
}

// How much a gap counts over which nothing lies: an edge that cannot be seen against its
// ground, and one that is faint, where the document goes on up to it.
const (
	unseenGap = 0.5
	faintGap  = 0
)

// longestGap is the run of stretches without an edge that counts for most, as a share of
// the side; 0 where there is little edge on the rest of it. What lies across the outline
// counts in full, an edge that cannot be seen against its ground for less, a faint one not.
func longestGap(side []stretch) float64 {
	run, most, present := 0, 0.0, 0
	for i := range len(side) + 1 {
		if i < len(side) && side[i].support < 0.25 {
			run++
			continue
		}
		if i < len(side) {
			present++
		}
		if run >= 2 {
			share := float64(run) / float64(len(side))
			most = max(most, share*weightOfGap(side, i-run, i))
		}
		run = 0
	}
	if present < len(side)/3 {
		return 0
	}
	return most
}

// weightOfGap is how much the gap between two stretches counts, 0..1. One thing has one colour
// inside and outside: where they differ and the document's own colour goes on inside, its
// edge is there.
func weightOfGap(side []stretch, from, to int) float64 {
	if liesAcross(side, from, to) {
		return 1
	}
	in, out := meanColours(side[from:to])
	inside, _ := fromBeside(side, from, to, in, out)
	if len(inside) > 0 && slices.Max(inside) <= sameColour && colourApart(in, out) > sameColour {
		return faintGap
	}
	return unseenGap
}

// sameColour is how far the mean colours of two parts of one even thing are apart at most.
const sameColour = 6

// fromBeside is how far colours inside and outside of a gap are from those of the stretches
// before and after it, where there are any.
func fromBeside(side []stretch, from, to int, in, out [3]float64) (inside, outside []float64) {
	for _, beside := range [][]stretch{
		side[max(0, from-4):max(0, from-1)], side[min(to+1, len(side)):min(to+4, len(side))]} {
		if len(beside) > 0 {
			i, o := meanColours(beside)
			inside, outside = append(inside, colourApart(in, i)), append(outside, colourApart(out, o))
		}
	}
	return inside, outside
}

// liesAcross tells whether one thing lies over the outline between two stretches, as a
// finger does: inside and outside it has one colour, which is not that of the stretches
// before and after, inside or outside. Colours of fingers differ by 9 at most across
// the outline and by 10 at least from what is beside them; those at edges that cannot be
// seen by 20 and by 4. A finger on a ground of its own colour is known inside alone, by
// far another colour on both sides of it.
func liesAcross(side []stretch, from, to int) bool {
	in, out := meanColours(side[from:to])
	across := colourApart(in, out)
	if across > 12 {
		return false
	}
	inside, outside := fromBeside(side, from, to, in, out)
	if len(inside) == 0 {
		return true
	}
	nearest := slices.Min(inside)
	return min(nearest, slices.Min(outside)) > 2*across+6 || len(inside) == 2 && nearest > otherThing
}

// otherThing is how far the colour of what lies in the document's place is from the
// document's own where nothing else tells the two apart.
const otherThing = 60

func meanColours(list []stretch) (in, out [3]float64) {
	for _, s := range list {
		for i := range in {
			in[i] += s.inside[i] / float64(len(list))
			out[i] += s.outside[i] / float64(len(list))
		}
	}
	return in, out
}

func colourApart(a, b [3]float64) float64 {
	return pixel.Length3([3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]})
}
