package opencv

import (
	"math"

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

// sidePoint is where along a side (t, 0..1) the edge lies off the given line, and how strong it is.
type sidePoint struct{ t, off, weight float64 }

// fitSide looks across the side at many places for the edge and fits a line.
func fitSide(p picture, a, b capture.Point, reach float64) (line, bool) {
	length := distance(a, b)
	if length < 8 {
		return line{}, false
	}
	nx, ny := (b.Y-a.Y)/length, -(b.X-a.X)/length // outwards of a clockwise outline
	n := min(64, max(16, int(length/3)))
	steps := int(math.Ceil(reach*2)) + 1
	points := make([]sidePoint, 0, n)
	profile := make([]float64, 2*steps+1)
	colours := make([][3]float64, len(profile)+4)
	for i := range n {
		t := 0.05 + 0.9*(float64(i)+0.5)/float64(n)
		c := lerp(a, b, t)
		if !p.inside(c.X-nx*(reach+2), c.Y-ny*(reach+2)) || !p.inside(c.X+nx*(reach+2), c.Y+ny*(reach+2)) {
			continue
		}
		// The colours every half pixel across the side, from one pixel before the profile.
		for k := range colours {
			o := float64(k-steps)/2 - 1
			l, a, b := p.smooth(c.X+nx*o, c.Y+ny*o)
			colours[k] = [3]float64{l, a, b}
		}
		best, at := 0.0, 0
		for k := range profile {
			o := float64(k-steps) / 2
			profile[k] = change(colours[k], colours[k+4]) * (1 - 0.25*math.Abs(o)/(reach+0.5))
			if profile[k] > best {
				best, at = profile[k], k
			}
		}
		if best < 1.5 {
			continue
		}
		points = append(points, sidePoint{t, float64(at-steps)/2 + 0.5*peakShift(profile, at), min(best, 25)})
	}
	if len(points) < max(6, n/4) {
		return line{}, false
	}
	off0, off1, ok := robustOffsets(points, reach)
	if !ok {
		return line{}, false
	}
	return throughPoints(
		capture.Point{X: a.X + nx*off0, Y: a.Y + ny*off0},
		capture.Point{X: b.X + nx*off1, Y: b.Y + ny*off1})
}

// change is how much two colours differ.
func change(from, to [3]float64) float64 {
	dl, da, db := to[0]-from[0], 1.4*(to[1]-from[1]), 1.4*(to[2]-from[2])
	return math.Sqrt(dl*dl + da*da + db*db)
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

// peakShift is the place of a parabola's top between samples, -0.5..0.5.
func peakShift(v []float64, i int) float64 {
	if i == 0 || i == len(v)-1 {
		return 0
	}
	d := v[i-1] - 2*v[i] + v[i+1]
	if d >= 0 {
		return 0
	}
	return min(0.5, max(-0.5, 0.5*(v[i-1]-v[i+1])/d))
}

// robustOffsets fits off = off0 + t·(off1-off0): the line most points agree with
// within a pixel, then least squares over those that agree.
func robustOffsets(points []sidePoint, reach float64) (off0, off1 float64, ok bool) {
	const near = 0.8
	best := 0.0
	step := max(1, len(points)/20)
	for i := 0; i < len(points); i += step {
		for j := i + 1; j < len(points); j += step {
			p, q := points[i], points[j]
			if q.t-p.t < 0.3 {
				continue
			}
			slope := (q.off - p.off) / (q.t - p.t)
			start := p.off - slope*p.t
			if math.Abs(start) > reach+1 || math.Abs(start+slope) > reach+1 {
				continue
			}
			sum := 0.0
			for _, r := range points {
				if d := math.Abs(r.off - start - slope*r.t); d < near {
					sum += r.weight * (1 - 0.5*d/near)
				}
			}
			if sum > best {
				best, off0, off1, ok = sum, start, start+slope, true
			}
		}
	}
	if !ok {
		return 0, 0, false
	}
	for range 2 {
		var s, st, stt, so, sto float64
		for _, r := range points {
			d := math.Abs(r.off - off0 - (off1-off0)*r.t)
			if d > 1.5 {
				continue
			}
			w := r.weight / (0.3 + d)
			s, st, stt, so, sto = s+w, st+w*r.t, stt+w*r.t*r.t, so+w*r.off, sto+w*r.t*r.off
		}
		if det := s*stt - st*st; det > 1e-9 {
			start, slope := (stt*so-st*sto)/det, (s*sto-st*so)/det
			off0, off1 = start, start+slope
		}
	}
	return off0, off1, true
}
