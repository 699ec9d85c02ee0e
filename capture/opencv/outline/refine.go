package outline

/*
#include "score.h"
*/
import "C"

import (
	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// refineQuad moves each side that is not the frame's own edge onto the strongest
// edge within reach pixels of it, fitting a straight line that ignores outliers.
func refineQuad(p pixel.Colour, q pixel.Quad, borders [4]bool, reach float64) pixel.Quad {
	var sides [4]pixel.Line
	for k := range 4 {
		ln, ok := pixel.ThroughPoints(q[k], q[(k+1)%4])
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
	var out pixel.Quad
	for k := range 4 {
		c, ok := pixel.Meet(sides[(k+3)%4], sides[k])
		if !ok || pixel.Distance(c, q[k]) > 4*reach+0.06*q.Longest() {
			return q
		}
		out[k] = c
	}
	if !out.Convex() {
		return q
	}
	return out
}

// fitSide looks across the side at many places for the edge and fits a line.
func fitSide(p pixel.Colour, a, b capture.Point, reach float64) (pixel.Line, bool) {
	length := pixel.Distance(a, b)
	var off0, off1 C.float
	if length < 8 || C.visavis_fit(coloursOf(p), sideOf(a, b), C.float(reach), &off0, &off1) == 0 {
		return pixel.Line{}, false
	}
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length // outwards of a clockwise outline
	return pixel.ThroughPoints(
		capture.Point{X: a.X + nx*float64(off0), Y: a.Y + ny*float64(off0)},
		capture.Point{X: b.X + nx*float64(off1), Y: b.Y + ny*float64(off1)})
}
