package pixel

import (
	"math"

	"visavis/capture"
)

// Homography maps the unit square to a quadrilateral, row by row, last entry 1.
type Homography [9]float64

// SquareTo maps (0,0) (1,0) (1,1) (0,1) to the corners in order.
func SquareTo(q Quad) (Homography, bool) {
	x0, y0, x1, y1 := q[0].X, q[0].Y, q[1].X, q[1].Y
	x2, y2, x3, y3 := q[2].X, q[2].Y, q[3].X, q[3].Y
	dx1, dx2, sx := x1-x2, x3-x2, x0-x1+x2-x3
	dy1, dy2, sy := y1-y2, y3-y2, y0-y1+y2-y3
	det := dx1*dy2 - dx2*dy1
	if math.Abs(det) < 1e-9 {
		return Homography{}, false
	}
	g := (sx*dy2 - dx2*sy) / det
	h := (dx1*sy - sx*dy1) / det
	return Homography{
		x1 - x0 + g*x1, x3 - x0 + h*x3, x0,
		y1 - y0 + g*y1, y3 - y0 + h*y3, y0,
		g, h, 1,
	}, true
}

// At is where a point of the unit square lies.
func (m Homography) At(u, v float64) capture.Point {
	w := m[6]*u + m[7]*v + m[8]
	if math.Abs(w) < 1e-9 {
		w = 1e-9
	}
	return capture.Point{X: (m[0]*u + m[1]*v + m[2]) / w, Y: (m[3]*u + m[4]*v + m[5]) / w}
}

// Inverse maps back what the homography maps, but for a factor that no point sees.
func (m Homography) Inverse() Homography {
	return Homography{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
}

// plane is what a homography says about a flat rectangle seen by a camera.
type plane struct {
	Aspect       float64 // first side's length over the second's
	Tilt         float64 // degrees between the planes
	TiltX, TiltY float64 // degrees, see capture.DocumentMeasurements
}

// focal is the assumed focal length over the frame's long side: phone main
// cameras have 60 to 75 degrees along it, that is 0.65 to 0.87.
const focal = 0.8

// PlaneOf recovers the rectangle's proportions and its tilt with the assumed focal
// length and the principal point in the middle of the frame.
func PlaneOf(q Quad, width, height float64) (plane, bool) {
	f := focal * max(width, height)
	var n Quad
	for i := range q {
		n[i] = capture.Point{X: (q[i].X - width/2) / f, Y: (q[i].Y - height/2) / f}
	}
	m, ok := SquareTo(n)
	if !ok {
		return plane{}, false
	}
	u := [3]float64{m[0], m[3], m[6]} // direction of the first side in space
	v := [3]float64{m[1], m[4], m[7]} // and of the second
	lu, lv := Length3(u), Length3(v)
	if lu < 1e-9 || lv < 1e-9 {
		return plane{}, false
	}
	normal := [3]float64{
		u[1]*v[2] - u[2]*v[1],
		u[2]*v[0] - u[0]*v[2],
		u[0]*v[1] - u[1]*v[0],
	}
	ln := Length3(normal)
	if ln < 1e-12 {
		return plane{}, false
	}
	if normal[2] < 0 {
		ln = -ln
	}
	nx, ny, nz := normal[0]/ln, normal[1]/ln, normal[2]/ln
	deg := 180 / math.Pi
	// Depth grows by -nx/nz per unit to the right: the right edge is nearer when nx > 0.
	return plane{
		Aspect: lu / lv,
		Tilt:   math.Acos(min(1, math.Abs(nz))) * deg,
		TiltX:  math.Atan2(nx, nz) * deg,
		TiltY:  math.Atan2(ny, nz) * deg,
	}, true
}

// Length3 is the length of a vector.
func Length3(v [3]float64) float64 { return math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]) }
