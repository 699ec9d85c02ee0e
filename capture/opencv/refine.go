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
	if length < 8 || C.visavis_fit(p.data(), C.int(p.w), C.int(p.h), C.float(a.X), C.float(a.Y), C.float(b.X), C.float(b.Y), C.float(reach), &off0, &off1) == 0 {
		return line{}, false
	}
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length // outwards of a clockwise outline
	return throughPoints(
		capture.Point{X: a.X + nx*float64(off0), Y: a.Y + ny*float64(off0)},
		capture.Point{X: b.X + nx*float64(off1), Y: b.Y + ny*float64(off1)})
}

// smooth is the colour between pixels.
func (p picture) smooth(x, y float64) (l, a, b float64) {
	x, y = min(max(x, 0), float64(p.w-1)-1e-6), min(max(y, 0), float64(p.h-1)-1e-6)
	xi, yi := int(x), int(y)
	fx, fy := x-float64(xi), y-float64(yi)
	i := 3 * (yi*p.w + xi)
	j := i
	if yi+1 < p.h {
		j += 3 * p.w
	}
	d := p.lab
	k := 3
	if xi+1 >= p.w {
		k = 0
	}
	w00, w10, w01, w11 := (1-fx)*(1-fy), fx*(1-fy), (1-fx)*fy, fx*fy
	l = w00*float64(d[i]) + w10*float64(d[i+k]) + w01*float64(d[j]) + w11*float64(d[j+k])
	a = w00*float64(d[i+1]) + w10*float64(d[i+k+1]) + w01*float64(d[j+1]) + w11*float64(d[j+k+1])
	b = w00*float64(d[i+2]) + w10*float64(d[i+k+2]) + w01*float64(d[j+2]) + w11*float64(d[j+k+2])
	return l, a, b
}
