package opencv

import (
	"math"

	"visavis/capture"
)

// quad is four corners, clockwise in image coordinates (y down).
type quad [4]capture.Point

// line is a·x + b·y = c with a² + b² = 1.
type line struct{ a, b, c float64 }

// sub is the way from q to p.
func sub(p, q capture.Point) capture.Point { return capture.Point{X: p.X - q.X, Y: p.Y - q.Y} }

// cross is the area of the parallelogram of two vectors, positive clockwise.
func cross(p, q capture.Point) float64 { return p.X*q.Y - p.Y*q.X }

// distance of two points.
func distance(p, q capture.Point) float64 { return math.Hypot(p.X-q.X, p.Y-q.Y) }

// lerp is the point at t of the way from p to q.
func lerp(p, q capture.Point, t float64) capture.Point {
	return capture.Point{X: p.X + (q.X-p.X)*t, Y: p.Y + (q.Y-p.Y)*t}
}

// throughPoints is the line through two different points.
func throughPoints(p, q capture.Point) (line, bool) {
	d := distance(p, q)
	if d < 1e-9 {
		return line{}, false
	}
	a, b := (q.Y-p.Y)/d, -(q.X-p.X)/d
	return line{a, b, a*p.X + b*p.Y}, true
}

// meet is where two lines cross.
func meet(l, m line) (capture.Point, bool) {
	d := l.a*m.b - m.a*l.b
	if math.Abs(d) < 1e-6 {
		return capture.Point{}, false
	}
	return capture.Point{X: (l.c*m.b - m.c*l.b) / d, Y: (l.a*m.c - m.a*l.c) / d}, true
}

// scaled is the quadrilateral in a picture whose pixels are f times smaller. Pixel centres are kept in place.
func (q quad) scaled(f float64) quad {
	for i := range q {
		q[i].X = (q[i].X+0.5)*f - 0.5
		q[i].Y = (q[i].Y+0.5)*f - 0.5
	}
	return q
}

// area is positive for clockwise corners in image coordinates.
func (q quad) area() float64 {
	s := 0.0
	for i := range q {
		s += cross(q[i], q[(i+1)%4])
	}
	return s / 2
}

// convex tells whether the corners turn clockwise all the way.
func (q quad) convex() bool {
	for i := range q {
		if cross(sub(q[(i+1)%4], q[i]), sub(q[(i+2)%4], q[(i+1)%4])) <= 0 {
			return false
		}
	}
	return true
}

// centre is the mean of the corners.
func (q quad) centre() capture.Point {
	var p capture.Point
	for _, c := range q {
		p.X += c.X / 4
		p.Y += c.Y / 4
	}
	return p
}

// side is the length of the side that begins at corner i.
func (q quad) side(i int) float64 { return distance(q[i], q[(i+1)%4]) }

// longest is the longest side.
func (q quad) longest() float64 {
	return max(max(q.side(0), q.side(1)), max(q.side(2), q.side(3)))
}

// ordered turns the corners so that the first is the one nearest the frame's top
// left. Of a document turned by 45 degrees it is the left one.
func (q quad) ordered() quad {
	best := 0
	for i := range q {
		if q[i].X+q[i].Y < q[best].X+q[best].Y-1e-9 {
			best = i
		}
	}
	return quad{q[best], q[(best+1)%4], q[(best+2)%4], q[(best+3)%4]}
}

// apart is the largest distance between corresponding corners, best rotation.
func (q quad) apart(o quad) float64 {
	best := math.Inf(1)
	for r := range 4 {
		d := 0.0
		for i := range q {
			d = max(d, distance(q[i], o[(i+r)%4]))
		}
		best = min(best, d)
	}
	return best
}

// clip cuts a convex polygon by the half plane left of a→b (clockwise inside).
func clip(poly []capture.Point, a, b capture.Point) []capture.Point {
	var out []capture.Point
	in := func(p capture.Point) float64 { return cross(sub(b, a), sub(p, a)) }
	for i, p := range poly {
		q := poly[(i+1)%len(poly)]
		dp, dq := in(p), in(q)
		if dp >= 0 {
			out = append(out, p)
		}
		if (dp >= 0) != (dq >= 0) {
			out = append(out, lerp(p, q, dp/(dp-dq)))
		}
	}
	return out
}

func polygonArea(poly []capture.Point) float64 {
	s := 0.0
	for i := range poly {
		s += cross(poly[i], poly[(i+1)%len(poly)])
	}
	return s / 2
}

// overlap is the area two convex clockwise quadrilaterals share.
func overlap(p, q quad) float64 {
	poly := p[:]
	for i := range q {
		if poly = clip(poly, q[i], q[(i+1)%4]); len(poly) < 3 {
			return 0
		}
	}
	return polygonArea(poly)
}

// iou is intersection over union of two convex clockwise quadrilaterals.
func iou(p, q quad) float64 {
	both := overlap(p, q)
	all := p.area() + q.area() - both
	if all <= 0 {
		return 0
	}
	return both / all
}

// part is the stretch of a quadrilateral between two heights and two widths, each
// 0..1 of it and over.
func (q quad) part(left, top, right, bottom float64) quad {
	at := func(x, y float64) capture.Point {
		return lerp(lerp(q[0], q[1], x), lerp(q[3], q[2], x), y)
	}
	return quad{at(left, top), at(right, top), at(right, bottom), at(left, bottom)}
}
