package opencv

/*
#include "score.h"
*/
import "C"

import (
	"visavis/capture"
)

// refineQuad moves each side that is not the frame's own edge onto the strongest
// edge within reach pixels of it, fitting a straight line that ignores outliers.
func refineQuad(p picture, q quad, borders [4]bool, reach float64) quad {
	var sides [4]line
	for k := range 4 {
		ln, ok := throughPoints(q[k], q[(k+1)%4])
		if !ok {
			return q
		}
		sides[k] = ln
		if !borders[k] {
			if fitted, ok := fitSide(p, q[k], q[(k+1)%4], reach); ok {
				sides[k] = fitted
			}
		}
	}
	var out quad
	for k := range 4 {
		c, ok := meet(sides[(k+3)%4], sides[k])
		if !ok || distance(c, q[k]) > 4*reach+0.06*q.longest() {
			return q
		}
		out[k] = c
	}
	if !out.convex() {
		return q
	}
	return out
}

// fitSide looks across the side at many places for the edge and fits a line.
func fitSide(p picture, a, b capture.Point, reach float64) (line, bool) {
	length := distance(a, b)
	var off0, off1 C.float
	if length < 8 || C.visavis_fit(data(p), C.int(p.w), C.int(p.h), C.float(a.X), C.float(a.Y), C.float(b.X), C.float(b.Y), C.float(reach), &off0, &off1) == 0 {
		return line{}, false
	}
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length // outwards of a clockwise outline
	return throughPoints(
		capture.Point{X: a.X + nx*float64(off0), Y: a.Y + ny*float64(off0)},
		capture.Point{X: b.X + nx*float64(off1), Y: b.Y + ny*float64(off1)})
}
