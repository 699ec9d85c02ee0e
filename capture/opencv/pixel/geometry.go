package pixel

import (
	"math"

	"visavis/capture"
)

// Quad is four corners, clockwise in image coordinates (y down).
type Quad [4]capture.Point

// Line is a·x + b·y = c with a² + b² = 1.
type Line struct{ A, B, C float64 }

// Sub is the way from q to p.
func Sub(p, q capture.Point) capture.Point { return capture.Point{X: p.X - q.X, Y: p.Y - q.Y} }

// Cross is the area of the parallelogram of two vectors, positive clockwise.
func Cross(p, q capture.Point) float64 { return p.X*q.Y - p.Y*q.X }

// Distance of two points.
func Distance(p, q capture.Point) float64 { return math.Hypot(p.X-q.X, p.Y-q.Y) }

// Lerp is the point at t of the way from p to q.
func Lerp(p, q capture.Point, t float64) capture.Point {
	return capture.Point{X: p.X + (q.X-p.X)*t, Y: p.Y + (q.Y-p.Y)*t}
}

// ThroughPoints is the line through two different points.
func ThroughPoints(p, q capture.Point) (Line, bool) {
	d := Distance(p, q)
	if d < 1e-9 {
		return Line{}, false
	}
	a, b := (q.Y-p.Y)/d, -(q.X-p.X)/d
	return Line{a, b, a*p.X + b*p.Y}, true
}

// Meet is where two lines cross.
func Meet(l, m Line) (capture.Point, bool) {
	d := l.A*m.B - m.A*l.B
	if math.Abs(d) < 1e-6 {
		return capture.Point{}, false
	}
	return capture.Point{X: (l.C*m.B - m.C*l.B) / d, Y: (l.A*m.C - m.A*l.C) / d}, true
}

// Scaled is the quadrilateral in a picture whose pixels are f times smaller. Pixel centres are kept in place.
func (q Quad) Scaled(f float64) Quad {
	for i := range q {
		q[i].X = (q[i].X+0.5)*f - 0.5
		q[i].Y = (q[i].Y+0.5)*f - 0.5
	}
	return q
}

// Area is positive for clockwise corners in image coordinates.
func (q Quad) Area() float64 {
	s := 0.0
	for i := range q {
		s += Cross(q[i], q[(i+1)%4])
	}
	return s / 2
}

// Convex tells whether the corners turn clockwise all the way.
func (q Quad) Convex() bool {
	for i := range q {
		if Cross(Sub(q[(i+1)%4], q[i]), Sub(q[(i+2)%4], q[(i+1)%4])) <= 0 {
			return false
		}
	}
	return true
}

// Centre is the mean of the corners.
func (q Quad) Centre() capture.Point {
	var p capture.Point
	for _, c := range q {
		p.X += c.X / 4
		p.Y += c.Y / 4
	}
	return p
}

// Side is the length of the side that begins at corner i.
func (q Quad) Side(i int) float64 { return Distance(q[i], q[(i+1)%4]) }

// Longest is the longest side.
func (q Quad) Longest() float64 {
	return max(max(q.Side(0), q.Side(1)), max(q.Side(2), q.Side(3)))
}

// Ordered turns the corners so that the first is the one nearest the frame's top
// left. Of a document turned by 45 degrees it is the left one.
func (q Quad) Ordered() Quad {
	best := 0
	for i := range q {
		if q[i].X+q[i].Y < q[best].X+q[best].Y-1e-9 {
			best = i
		}
	}
	return Quad{q[best], q[(best+1)%4], q[(best+2)%4], q[(best+3)%4]}
}

// Apart is the largest distance between corresponding corners, best rotation.
func (q Quad) Apart(o Quad) float64 {
	best := math.Inf(1)
	for r := range 4 {
		d := 0.0
		for i := range q {
			d = max(d, Distance(q[i], o[(i+r)%4]))
		}
		best = min(best, d)
	}
	return best
}

// clip cuts a convex polygon by the half plane left of a→b (clockwise inside).
func clip(poly []capture.Point, a, b capture.Point) []capture.Point {
	var out []capture.Point
	in := func(p capture.Point) float64 { return Cross(Sub(b, a), Sub(p, a)) }
	for i, p := range poly {
		q := poly[(i+1)%len(poly)]
		dp, dq := in(p), in(q)
		if dp >= 0 {
			out = append(out, p)
		}
		if (dp >= 0) != (dq >= 0) {
			out = append(out, Lerp(p, q, dp/(dp-dq)))
		}
	}
	return out
}

func polygonArea(poly []capture.Point) float64 {
	s := 0.0
	for i := range poly {
		s += Cross(poly[i], poly[(i+1)%len(poly)])
	}
	return s / 2
}

// Overlap is the area two convex clockwise quadrilaterals share.
func Overlap(p, q Quad) float64 {
	poly := p[:]
	for i := range q {
		if poly = clip(poly, q[i], q[(i+1)%4]); len(poly) < 3 {
			return 0
		}
	}
	return polygonArea(poly)
}

// IoU is intersection over union of two convex clockwise quadrilaterals.
func IoU(p, q Quad) float64 {
	both := Overlap(p, q)
	all := p.Area() + q.Area() - both
	if all <= 0 {
		return 0
	}
	return both / all
}

// Part is the stretch of a quadrilateral between two heights and two widths, each
// 0..1 of it and over.
func (q Quad) Part(left, top, right, bottom float64) Quad {
	at := func(x, y float64) capture.Point {
		return Lerp(Lerp(q[0], q[1], x), Lerp(q[3], q[2], x), y)
	}
	return Quad{at(left, top), at(right, top), at(right, bottom), at(left, bottom)}
}
