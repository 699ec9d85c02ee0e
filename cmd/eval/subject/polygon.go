package subject

import (
	"math"

	"visavis/capture"
)

// quad is four corners in their order around.
type quad [4]capture.Point

func area(p []capture.Point) float64 {
	sum := 0.0
	for i, a := range p {
		b := p[(i+1)%len(p)]
		sum += a.X*b.Y - b.X*a.Y
	}
	return sum / 2
}

// clockwise returns the corners with a positive area, as the frame shows them.
func (q quad) clockwise() quad {
	if area(q[:]) < 0 {
		return quad{q[0], q[3], q[2], q[1]}
	}
	return q
}

// IoU is the intersection of two convex outlines over their union. Which corner comes
// first does not matter.
func IoU(a, b [4]capture.Point) float64 { return iou(a, b) }

// iou is the intersection of two convex outlines over their union. Which corner
// comes first does not matter.
func iou(a, b quad) float64 {
	a, b = a.clockwise(), b.clockwise()
	inside := a[:]
	for i, from := range b {
		inside = cutBy(inside, from, b[(i+1)%4])
		if len(inside) == 0 {
			return 0
		}
	}
	both := area(inside)
	if union := area(a[:]) + area(b[:]) - both; union > 0 {
		return max(0, both/union)
	}
	return 0
}

// cutBy keeps what lies right of the line from a to b (inside of a clockwise
// outline, the y axis pointing down).
func cutBy(p []capture.Point, a, b capture.Point) []capture.Point {
	side := func(c capture.Point) float64 { return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X) }
	var out []capture.Point
	for i, from := range p {
		to := p[(i+1)%len(p)]
		s, t := side(from), side(to)
		if s >= 0 {
			out = append(out, from)
		}
		if s*t < 0 {
			k := s / (s - t)
			out = append(out, capture.Point{X: from.X + k*(to.X-from.X), Y: from.Y + k*(to.Y-from.Y)})
		}
	}
	return out
}

// proportion is the longer of the mean sides over the shorter.
func (q quad) proportion() float64 {
	side := func(a, b int) float64 { return math.Hypot(q[a].X-q[b].X, q[a].Y-q[b].Y) }
	w, h := side(0, 1)+side(3, 2), side(1, 2)+side(0, 3)
	if min(w, h) <= 0 {
		return math.Inf(1)
	}
	return max(w, h) / min(w, h)
}

func (q quad) scaled(k float64) quad {
	for i := range q {
		q[i].X, q[i].Y = q[i].X*k, q[i].Y*k
	}
	return q
}
