package subject

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"visavis/capture"
)

// shown is an image with the outline of its document.
type shown struct {
	image   *image.RGBA
	corners quad
}

// grade is one way to spoil a good image, so that one check should refuse it. It
// says in words how strongly.
type grade struct {
	check string
	spoil func(s shown, r *rand.Rand) (shown, string)
}

// grades are the stated changes. Their strengths are drawn evenly between two
// ends: from what a person would call spoilt to what is seldom worse.
func grades() []grade {
	return []grade{
		{"blur", blurGrade},
		{"glare", glareGrade},
		{"dark", func(s shown, r *rand.Rand) (shown, string) {
			k := between(r, 0.12, 0.24)
			return shown{exposed(s.image, k, 3, r), s.corners}, fmt.Sprintf("light × %.2f", k)
		}},
		{"bright", func(s shown, r *rand.Rand) (shown, string) {
			k := between(r, 1.9, 2.6)
			return shown{exposed(s.image, k, 1, r), s.corners}, fmt.Sprintf("light × %.2f", k)
		}},
		{"cut_off", cutGrade},
		{"angle", tiltGrade},
		{"covered", fingerGrade},
		{"screen", screenGrade},
		{"copy", func(s shown, r *rand.Rand) (shown, string) {
			return shown{grey(s.image, between(r, 0.85, 1.1)), s.corners}, "grey"
		}},
	}
}

func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// blurGrade is defocus in three of four cases, else a smear.
func blurGrade(s shown, r *rand.Rand) (shown, string) {
	unit := float64(max(s.image.Rect.Dx(), s.image.Rect.Dy())) / 1280
	if r.IntN(4) == 0 {
		length := between(r, 16, 24)
		return shown{smeared(s.image, length*unit, r.Float64()*math.Pi), s.corners},
			fmt.Sprintf("motion of %.0f px in 1280", length)
	}
	sigma := between(r, 2.5, 5)
	return shown{gaussian(s.image, sigma*unit), s.corners}, fmt.Sprintf("blur σ %.1f px in 1280", sigma)
}

// height of the document, its shorter side.
func (s shown) height() float64 {
	side := func(a, b int) float64 {
		return math.Hypot(s.corners[a].X-s.corners[b].X, s.corners[a].Y-s.corners[b].Y)
	}
	return min(side(0, 1)+side(3, 2), side(1, 2)+side(0, 3)) / 2
}

// at is a place on the document, 0..1 from its first corner.
func (s shown) at(u, v float64) capture.Point {
	c := s.corners
	x := (1-u)*(1-v)*c[0].X + u*(1-v)*c[1].X + u*v*c[2].X + (1-u)*v*c[3].X
	y := (1-u)*(1-v)*c[0].Y + u*(1-v)*c[1].Y + u*v*c[2].Y + (1-u)*v*c[3].Y
	return capture.Point{X: x, Y: y}
}

// glareGrade lays a saturated spot with a soft edge on the document.
func glareGrade(s shown, r *rand.Rand) (shown, string) {
	size := between(r, 0.14, 0.26)
	centre, radius := s.at(between(r, 0.25, 0.75), between(r, 0.25, 0.75)), size*s.height()
	stretch, turn := between(r, 0.7, 1), r.Float64()*math.Pi
	sin, cos := math.Sincos(turn)
	out := painted(s.image, func(x, y float64, c *[3]float64) {
		dx, dy := x-centre.X, y-centre.Y
		d := math.Hypot(dx*cos+dy*sin, (dy*cos-dx*sin)/stretch) / radius
		k := min(1, max(0, (1.5-d)/0.5)) // full within the radius, gone at one and a half
		for i := range c {
			c[i] += k * (265 - c[i])
		}
	})
	return shown{out, s.corners}, fmt.Sprintf("spot of radius %.2f heights", size)
}

// cutGrade crops the frame so that a part of the document is outside.
func cutGrade(s shown, r *rand.Rand) (shown, string) {
	share, edge := between(r, 0.06, 0.2), r.IntN(4)
	lo, hi := capture.Point{X: math.Inf(1), Y: math.Inf(1)}, capture.Point{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, c := range s.corners {
		lo.X, lo.Y, hi.X, hi.Y = min(lo.X, c.X), min(lo.Y, c.Y), max(hi.X, c.X), max(hi.Y, c.Y)
	}
	dx, dy := int(share*(hi.X-lo.X)), int(share*(hi.Y-lo.Y))
	keep := s.image.Rect
	switch edge {
	case 0:
		keep.Min.X = int(lo.X) + dx
	case 1:
		keep.Max.X = int(hi.X) - dx
	case 2:
		keep.Min.Y = int(lo.Y) + dy
	default:
		keep.Max.Y = int(hi.Y) - dy
	}
	keep = keep.Intersect(s.image.Rect)
	out := image.NewRGBA(image.Rect(0, 0, keep.Dx(), keep.Dy()))
	for y := range keep.Dy() {
		copy(out.Pix[y*out.Stride:(y+1)*out.Stride], s.image.Pix[s.image.PixOffset(keep.Min.X, keep.Min.Y+y):][:out.Stride])
	}
	q := s.corners
	for i := range q {
		q[i].X -= float64(keep.Min.X)
		q[i].Y -= float64(keep.Min.Y)
	}
	return shown{out, q}, fmt.Sprintf("%.0f %% of it cropped away", 100*share)
}

// tiltGrade turns the picture's plane about a line through the document's centre,
// before a camera whose focal length is the frame's long side.
func tiltGrade(s shown, r *rand.Rand) (shown, string) {
	degrees, axis := between(r, 30, 45), r.Float64()*2*math.Pi
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	ay, ax := math.Sincos(axis)
	f := float64(max(s.image.Rect.Dx(), s.image.Rect.Dy()))
	c := s.at(0.5, 0.5)
	forth := func(p capture.Point) capture.Point {
		x, y := p.X-c.X, p.Y-c.Y
		a, d := x*ax+y*ay, y*ax-x*ay
		k := f / (f + d*sin)
		a, d = a*k, d*cos*k
		return capture.Point{X: c.X + a*ax - d*ay, Y: c.Y + a*ay + d*ax}
	}
	back := func(p capture.Point) capture.Point {
		x, y := p.X-c.X, p.Y-c.Y
		a, d := x*ax+y*ay, y*ax-x*ay
		d = d * f / (f*cos - d*sin)
		a *= (f + d*sin) / f
		return capture.Point{X: c.X + a*ax - d*ay, Y: c.Y + a*ay + d*ax}
	}
	q := s.corners
	for i := range q {
		q[i] = forth(q[i])
	}
	return shown{warped(s.image, s.image.Rect.Dx(), s.image.Rect.Dy(), back), q}, fmt.Sprintf("tilted by %.0f°", degrees)
}

// fingerGrade lays a finger over an edge of the document: a rounded bar in a colour
// of skin, lighter along its middle.
func fingerGrade(s shown, r *rand.Rand) (shown, string) {
	width, depth := between(r, 0.22, 0.32)*s.height(), between(r, 0.12, 0.28)
	u, v := between(r, 0.2, 0.8), depth
	outU, outV := u+between(r, -0.1, 0.1), -0.6
	edge := r.IntN(4)
	tip, root := place4(s, edge, u, v), place4(s, edge, outU, outV)
	skins := [][3]float64{{236, 188, 164}, {198, 142, 112}, {142, 94, 70}, {92, 60, 46}}
	skin := skins[r.IntN(len(skins))]
	lx, ly := root.X-tip.X, root.Y-tip.Y
	length := math.Hypot(lx, ly)
	out := painted(s.image, func(x, y float64, c *[3]float64) {
		dx, dy := x-tip.X, y-tip.Y
		along := min(max((dx*lx+dy*ly)/length, 0), length)
		d := math.Hypot(dx-along*lx/length, dy-along*ly/length) / (width / 2)
		if d >= 1.03 {
			return
		}
		k := min(1, (1.03-d)/0.06)
		light := 1.04 - 0.3*d*d
		for i := range c {
			c[i] += k * (skin[i]*light - c[i])
		}
	})
	return shown{out, s.corners}, fmt.Sprintf("a finger %.0f %% of the side deep", 100*depth)
}

// place4 is u along one of the four edges and v inward from it, 0..1.
func place4(s shown, edge int, u, v float64) capture.Point {
	switch edge {
	case 0:
		return s.at(u, v)
	case 1:
		return s.at(1-v, u)
	case 2:
		return s.at(1-u, 1-v)
	}
	return s.at(v, 1-u)
}

// screenGrade shows the picture on a display: the grid of its coloured dots, and
// the slow bands that a camera's own grid makes of it.
func screenGrade(s shown, r *rand.Rand) (shown, string) {
	pitch, depth := between(r, 2.2, 4.5), between(r, 0.18, 0.4)
	band, bands := between(r, 9, 36), between(r, 0.05, 0.12)
	sin, cos := math.Sincos(between(r, 0.03, 0.3))
	bs, bc := math.Sincos(r.Float64() * math.Pi)
	out := painted(s.image, func(x, y float64, c *[3]float64) {
		u, v := x*cos+y*sin, y*cos-x*sin
		slow := math.Cos(2 * math.Pi * (x*bc + y*bs) / band)
		for i := range c {
			phase := float64(i) / 3
			grid := (0.5 + 0.5*math.Cos(2*math.Pi*(u/pitch+phase))) * (0.7 + 0.3*math.Cos(2*math.Pi*v/pitch))
			c[i] *= 1.12 * (1 - depth*(1-grid)) * (1 + bands*slow*float64(i-1)/1.5 + bands*slow/2)
		}
		c[2] += 6 // displays are bluer than lamps
	})
	return shown{out, s.corners}, fmt.Sprintf("display of %.1f px, depth %.2f", pitch, depth)
}
