package opencv

import (
	"math"

	"visavis/capture"
)

// scoreParts are the reasons for a score, each 0..1 unless said.
type scoreParts struct {
	support  [4]float64 // share of each side that is an edge
	overrun  float64    // edges going on beyond the corners
	contrast float64    // difference of inside and outside, sides' mean
	steady   float64    // how alike that difference is along each side
	content  float64    // share of the inside with detail
	aspect   float64    // long side over short side, perspective removed
	flat     float64    // the same as it appears in the frame
	tilt     float64
	area     float64 // share of the frame
}

// scorer knows the picture the candidates lie in.
type scorer struct {
	p picture
	e *edgeMap
}

// score fills the candidate's parts and its score, about 0 for a chance
// combination of lines and about 1 for a clear document.
func (s scorer) score(c *candidate) {
	q := c.corners
	var parts scoreParts
	sum, low, second, real := 0.0, 1.0, 1.0, 0.0
	var over, steady, contrast float64
	for k := range 4 {
		if c.borders[k] {
			parts.support[k] = -1
			continue
		}
		real++
		a, b := q[k], q[(k+1)%4]
		f := s.sideSupport(a, b)
		parts.support[k] = f
		sum += f
		if f < low {
			low, second = f, low
		} else {
			second = min(second, f)
		}
		over += s.sideOverrun(a, b)
		level, even := s.sideContrast(a, b)
		contrast += level
		steady += even
	}
	parts.overrun, parts.contrast, parts.steady = over/real, contrast/real, steady/real
	parts.content = s.content(q)
	parts.area = q.area() / float64(s.p.w*s.p.h)
	if po, ok := planeOf(q, float64(s.p.w), float64(s.p.h)); ok {
		parts.aspect, parts.tilt = max(po.aspect, 1/po.aspect), po.tilt
	}
	flat := (q.side(0) + q.side(2)) / (q.side(1) + q.side(3))
	parts.flat = max(flat, 1/flat)
	c.parts = parts
	// One side may be hidden by fingers or lost in glare: the worst counts half.
	mean := sum / real
	side := 0.6*mean + 0.25*second + 0.15*low
	v := 0.55*side + 0.15*parts.steady + 0.12*parts.contrast + 0.10*min(1, parts.content/0.5)
	v -= 0.25 * parts.overrun
	v += 0.08 * aspectPrior(parts, real < 4)
	v -= 0.003 * max(0, parts.tilt-15)
	if real < 4 {
		v -= 0.12 + 0.3*(1-s.reachesBorder(c))
	} else {
		v += 0.05 * math.Log2(min(max(parts.area, 0.02), 0.5)/0.25)
	}
	if real == 4 && !s.whole(q) {
		v -= 0.03 // a corner that nobody sees
	}
	c.score = v
}

// whole tells whether all corners lie in the picture.
func (s scorer) whole(q quad) bool {
	for _, p := range q {
		if !s.p.inside(p.X, p.Y) {
			return false
		}
	}
	return true
}

// reachesBorder is the support of the sides' ends at the frame's edge.
func (s scorer) reachesBorder(c *candidate) float64 {
	worst := 1.0
	for k := range 4 {
		if !c.borders[k] {
			continue
		}
		a, b := c.corners[k], c.corners[(k+1)%4]
		worst = min(worst, s.sideSupport(lerp(a, c.corners[(k+3)%4], 0.02), lerp(a, c.corners[(k+3)%4], 0.27)))
		worst = min(worst, s.sideSupport(lerp(b, c.corners[(k+2)%4], 0.02), lerp(b, c.corners[(k+2)%4], 0.27)))
	}
	return worst
}

// aspectPrior is 1 for the proportions of an identity document (ID-1 1.586, TD2
// 1.42, TD3 1.42) and paper, less for others. How far perspective stretches the
// outline depends on the camera, so the best within what is possible counts.
func aspectPrior(parts scoreParts, cut bool) float64 {
	if cut {
		return 0
	}
	lo, hi := min(parts.aspect, parts.flat), max(parts.aspect, parts.flat)
	d := 0.0
	switch {
	case hi < 1.38:
		d = (1.38 - hi) / 0.2
	case lo > 1.64:
		d = (lo - 1.64) / 0.25
	}
	return max(-0.6, 1-d*d)
}

// sideSupport is the share of a side, without its rounded corners, that is an edge.
func (s scorer) sideSupport(a, b capture.Point) float64 {
	length := distance(a, b)
	n := int(length)
	if n < 4 {
		return 0
	}
	nx, ny := float32((b.Y-a.Y)/length), float32(-(b.X-a.X)/length)
	var sum float64
	count := 0
	for i := range n {
		t := 0.04 + 0.92*(float64(i)+0.5)/float64(n)
		c := lerp(a, b, t)
		if !s.p.inside(c.X, c.Y) {
			continue
		}
		count++
		sum += float64(s.e.edgeAt(c.X, c.Y, nx, ny))
	}
	if count < n/3 {
		return 0
	}
	return sum / float64(count)
}

func (s scorer) sideOverrun(a, b capture.Point) float64 {
	return (s.beyond(a, b) + s.beyond(b, a)) / 2
}

// beyond is the edge support of the stretch after b.
func (s scorer) beyond(a, b capture.Point) float64 {
	length := distance(a, b)
	nx, ny := float32((b.Y-a.Y)/length), float32(-(b.X-a.X)/length)
	n := max(4, int(0.15*length))
	var sum float64
	count := 0
	for i := range n {
		c := lerp(a, b, 1+(2.5+float64(i))/length)
		if !s.p.inside(c.X, c.Y) {
			break
		}
		count++
		sum += float64(s.e.edgeAt(c.X, c.Y, nx, ny))
	}
	if count < 3 {
		return 0
	}
	return sum / float64(count)
}

// sideContrast compares the colour just inside and just outside along the side:
// how far apart they are (0..1) and how alike the difference is all along (0..1).
func (s scorer) sideContrast(a, b capture.Point) (level, even float64) {
	const stretches = 14
	length := distance(a, b)
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length
	var mean [3]float64
	total, count := 0.0, 0.0
	for i := range stretches {
		var d [3]float64
		n := 0.0
		for j := range 3 {
			t := 0.05 + 0.9*(float64(3*i+j)+0.5)/(3*stretches)
			c := lerp(a, b, t)
			for depth := 2.0; depth <= 4; depth++ {
				ix, iy, ox, oy := c.X-nx*depth, c.Y-ny*depth, c.X+nx*depth, c.Y+ny*depth
				if !s.p.inside(ix, iy) || !s.p.inside(ox, oy) {
					continue
				}
				l1, a1, b1 := s.p.at(int(ix+0.5), int(iy+0.5))
				l2, a2, b2 := s.p.at(int(ox+0.5), int(oy+0.5))
				d[0] += float64(l2 - l1)
				d[1] += 1.4 * float64(a2-a1)
				d[2] += 1.4 * float64(b2-b1)
				n++
			}
		}
		if n == 0 {
			continue
		}
		for k := range d {
			d[k] /= n
			mean[k] += d[k]
		}
		total += length3(d)
		count++
	}
	if count == 0 || total == 0 {
		return 0, 0
	}
	m := length3(mean)
	noise := float64(s.e.noise) + 1
	return 1 - math.Exp(-m/count/(4*noise)), m / total
}

// content is the share of the inside's cells that show detail, as print does.
func (s scorer) content(q quad) float64 {
	m, ok := squareTo(q)
	if !ok {
		return 0
	}
	const nu, nv = 12, 8
	found, seen := 0, 0
	limit := 2.5*float64(s.e.noise) + 3
	for j := range nv {
		for i := range nu {
			u, v := 0.08+0.84*(float64(i)+0.5)/nu, 0.08+0.84*(float64(j)+0.5)/nv
			lo, hi, n := 255, 0, 0
			for k := range 9 {
				c := m.at(u+0.028*float64(k%3-1), v+0.04*float64(k/3-1))
				if !s.p.inside(c.X, c.Y) {
					continue
				}
				l, _, _ := s.p.at(int(c.X+0.5), int(c.Y+0.5))
				lo, hi, n = min(lo, l), max(hi, l), n+1
			}
			if n >= 5 {
				seen++
				if float64(hi-lo) > limit {
					found++
				}
			}
		}
	}
	if seen == 0 {
		return 0
	}
	return float64(found) / float64(seen)
}

// stretchSupport is the edge support of a short stretch, looked for two pixels to either side.
func (s scorer) stretchSupport(a, b capture.Point) float64 {
	length := distance(a, b)
	if length < 1e-6 {
		return 0
	}
	n := max(2, int(length+0.5))
	nx, ny := float32((b.Y-a.Y)/length), float32(-(b.X-a.X)/length)
	sum := 0.0
	for i := range n {
		c := lerp(a, b, (float64(i)+0.5)/float64(n))
		best := float32(0)
		for o := float32(-1); o <= 1; o++ {
			best = max(best, s.e.edgeAt(c.X+float64(o*nx), c.Y+float64(o*ny), nx, ny))
		}
		sum += float64(best)
	}
	return sum / float64(n)
}
