package outline

/*
#include "score.h"
*/
import "C"

import (
	"slices"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// likeness is what tells a document from other things with four straight sides.
type likeness struct {
	ground float64 // share of the inside that has the commonest colour: paper
	marks  float64 // changes from light to dark per length: print
	light  float64 // median lightness of the inside, 0..255
	spread float64 // share of cells that have marks
}

// likenessOf samples the inside of an outline on a grid in rectified coordinates.
func likenessOf(p pixel.Colour, q pixel.Quad) likeness { return likenessBeside(p, q, nil) }

// likenessBeside is likenessOf without what lies in a part of the outline; nil takes all of it.
func likenessBeside(p pixel.Colour, q pixel.Quad, part *pixel.Quad) likeness {
	q, _ = pixel.Lying(q)
	m, ok := pixel.SquareTo(q)
	if !ok {
		return likeness{}
	}
	nu := int(min(128, max(48, (q.Side(0)+q.Side(2))/2)))
	nv := int(float64(nu) * (q.Side(1) + q.Side(3)) / (q.Side(0) + q.Side(2)))
	nv = min(64, max(24, nv/2))
	var hist [16 * 16 * 16]C.int32_t
	total := 0
	rows := make([]float64, nu)
	changes, cellsWith, cells := 0, 0, 0
	var levels [256]int
	least := markLeast(p, m)
	for j := range nv {
		v := 0.04 + 0.92*(float64(j)+0.5)/float64(nv)
		for i := range nu {
			u := 0.04 + 0.92*(float64(i)+0.5)/float64(nu)
			c := m.At(u, v)
			rows[i] = -1
			if !p.Inside(c.X, c.Y) {
				continue
			}
			if part != nil && holds(*part, c) {
				rows[i] = inPart
				continue
			}
			l, a, b := p.At(int(c.X+0.5), int(c.Y+0.5))
			rows[i] = float64(l)
			levels[l]++
			hist[l/16*256+a/16*16+b/16]++
			total++
		}
		n := 0
		for c := 0; c+8 <= nu; c += 8 {
			if part != nil && slices.Contains(rows[c:c+8], inPart) {
				continue
			}
			k := turningPoints(rows[c:c+8], least)
			n += k
			cells++
			if k >= 2 {
				cellsWith++
			}
		}
		changes += n
	}
	if total == 0 || cells == 0 {
		return likeness{}
	}
	var out likeness
	out.ground = float64(C.visavis_commonest(&hist[0])) / float64(total)
	out.marks = float64(changes) / float64(cells)
	out.spread = float64(cellsWith) / float64(cells)
	for seen := 0; 2*(seen+levels[int(out.light)]) < total; out.light++ {
		seen += levels[int(out.light)]
	}
	return out
}

// inPart stands for the lightness of a place that does not count.
const inPart = -2

// holds tells whether a clockwise outline holds a place.
func holds(q pixel.Quad, p capture.Point) bool {
	for k := range q {
		if pixel.Cross(pixel.Sub(q[(k+1)%4], q[k]), pixel.Sub(p, q[k])) < 0 {
			return false
		}
	}
	return true
}

// markLeast is the least change of lightness that counts as a mark: a twentieth of
// the document's own lightness, so that dark pictures have marks too.
func markLeast(p pixel.Colour, m pixel.Homography) float64 {
	sum := 0.0
	for i := range 16 {
		c := m.At((float64(i%4)+0.5)/4, (float64(i/4)+0.5)/4)
		l, _, _ := p.Smooth(c.X, c.Y)
		sum += l / 16
	}
	return min(10, max(3, sum/18))
}

// turningPoints counts how often a row changes direction by at least least.
func turningPoints(row []float64, least float64) int {
	n, lo, hi, dir := 0, row[0], row[0], 0
	for _, v := range row {
		lo, hi = min(lo, v), max(hi, v)
		if v < 0 {
			return 0
		}
		if dir >= 0 && hi-v >= least {
			n, dir, lo, hi = n+1, -1, v, v
		} else if dir <= 0 && v-lo >= least {
			n, dir, lo, hi = n+1, 1, v, v
		}
	}
	return n
}

// adjust is what the inside adds to an outline's score. Documents have a ground of
// one colour on a quarter of their face at least, and marks on it; posters and
// walls have either many colours or none.
func (l likeness) adjust() float64 {
	v := -1.5 * max(0, leastGround-l.ground)
	v -= 0.5 * (1 - pixel.Fade(l.marks, 0.05, 0.3))
	return v
}
