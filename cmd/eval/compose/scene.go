package compose

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"visavis/capture"
)

// scene is everything that a frame is rendered from.
type scene struct {
	f     *Frame
	r     *rand.Rand
	side  *image.RGBA // nil where there is no document
	look  func(c [3]float32) [3]float32
	table ground
	// to maps the frame to the unit square of the document.
	to     [9]float64
	k1     float64 // of the lens's distortion
	scale  float64 // of the document's pixels to the frame's, for soft edges
	shade  shade
	sheen  spot // soft light on lamination, never burnt out
	glare  *spot
	panel  *panel // the display that shows the document; nil: it lies there itself
	lamps  *lamps // nil: the light has one colour
	finger *finger
	grey   float64 // contrast of a grey copy; 0: none
	sigma  float64 // blur, pixels
	motion float64 // pixels
	gain   float64 // of the coded values, what exposure makes of them
	white  [3]float32
	noise  float64
}

// shade is light that is not even: a slope, darker corners, the shadow of a hand.
type shade struct{ x, y, corners, shadowX, shadowY, shadowSize, shadow float64 }

func newScene(f *Frame, photos []*image.RGBA, r *rand.Rand) *scene {
	place(f, r)
	return sceneOf(f, photos, r)
}

// sceneOf is a scene whose document is placed.
func sceneOf(f *Frame, photos []*image.RGBA, r *rand.Rand) *scene {
	s := &scene{f: f, r: r, look: looks(f.Look, r), table: newGround(photos, r), k1: Uniform(r, -0.05, 0.03)}
	if f.Fault != "none" {
		s.to = toSquare(f.Corners)
		long := max(side(f, 0), side(f, 1))
		coarse := 1.3 // pixels of the side in one of the frame, from which it is shrunk
		if f.Document.Printed {
			coarse = 2.5
		}
		n := int(float64(max(f.Document.Image.Rect.Dx(), f.Document.Image.Rect.Dy())) / long / coarse)
		s.side, s.scale = shrunk(f.Document.Image, n), 1/long
	}
	s.light()
	s.faults()
	s.bend()
	return s
}

func side(f *Frame, i int) float64 {
	return math.Hypot(f.Corners[i].X-f.Corners[i+1].X, f.Corners[i].Y-f.Corners[i+1].Y)
}

// light draws what every picture has: uneven light, the sensor's noise, an exposure and a
// white balance that err, a lens that is not quite sharp.
func (s *scene) light() {
	r := s.r
	s.shade = shade{Uniform(r, -0.12, 0.12), Uniform(r, -0.12, 0.12), Uniform(r, 0, 0.25), r.Float64(), r.Float64(),
		Uniform(r, 0.2, 0.5), 0}
	if r.IntN(3) == 0 {
		s.shade.shadow = Uniform(r, 0.1, 0.3)
	}
	s.gain = Uniform(r, 0.72, 1.12)
	if s.f.Look == "pale" {
		s.gain = Uniform(r, 0.72, 1.04) // a camera's exposure follows what it sees
	}
	for i := range s.white {
		s.white[i] = float32(Uniform(r, 0.93, 1.07))
	}
	s.noise, s.sigma = Uniform(r, 0.6, 4), Uniform(r, 0.3, 0.85)
	s.sheen = spot{x: r.Float64(), y: r.Float64(), size: Uniform(r, 0.2, 0.5), strength: Uniform(r, -20, 28)}
}

// faults makes the picture wrong in the way that it is asked to be.
func (s *scene) faults() {
	r, f := s.r, s.f
	switch f.Fault {
	case "blur":
		if r.IntN(3) == 0 {
			s.motion = Uniform(r, 15, 24)
			f.Said = fmt.Sprintf("motion of %.0f px", s.motion)
			return
		}
		s.sigma = Uniform(r, 2.6, 5)
		f.Said = fmt.Sprintf("blur σ %.1f px", s.sigma)
	case "dark":
		s.gain = Uniform(r, 0.12, 0.29)
		s.noise += 1.5
		f.Said = fmt.Sprintf("light × %.2f", s.gain)
	case "bright":
		s.gain = Uniform(r, 1.75, 2.6)
		if f.Look == "dark" {
			s.gain *= 1.8 // less would only show it well
		}
		f.Said = fmt.Sprintf("light × %.2f", s.gain)
	case "glare":
		s.glare = &spot{x: Uniform(r, 0.2, 0.8), y: Uniform(r, 0.2, 0.8), size: Uniform(r, 0.14, 0.26), strength: 1,
			stretch: Uniform(r, 0.7, 1), turn: math.Pi * r.Float64()}
		f.Said = fmt.Sprintf("spot of radius %.2f heights", s.glare.size)
	case "covered":
		s.finger = newFinger(f, r)
		f.Said = fmt.Sprintf("a finger %.0f %% deep", 100*s.finger.depth)
	case "copy":
		s.grey = Uniform(r, 0.85, 1.1)
	}
}

// bend moves the corners to where the lens's distortion puts them.
func (s *scene) bend() {
	for i, c := range s.f.Corners {
		p := c
		for range 6 { // where q is seen: straight(p) = q
			x, y := s.straight(p.X, p.Y)
			p.X, p.Y = p.X+c.X-x, p.Y+c.Y-y
		}
		s.f.Corners[i] = p
	}
}

// straight is where a pixel would lie without distortion.
func (s *scene) straight(x, y float64) (float64, float64) {
	cx, cy := float64(s.f.Width)/2, float64(s.f.Height)/2
	dx, dy := (x-cx)/max(cx, cy), (y-cy)/max(cx, cy)
	k := 1 + s.k1*(dx*dx+dy*dy)
	return cx + dx*k*max(cx, cy), cy + dy*k*max(cx, cy)
}

// render is the scene as it is, before lens and sensor.
func (s *scene) render() plane {
	p := newPlane(s.f.Width, s.f.Height)
	for y := range p.h {
		for x := range p.w {
			px, py := s.straight(float64(x), float64(y))
			c := s.table.at(px/float64(p.w), py/float64(p.h))
			switch {
			case s.side == nil:
			case s.panel != nil:
				c = s.panel.over(s.to, px, py, c)
			default:
				c = s.document(px, py, c)
			}
			k := float32(s.shade.at(float64(x)/float64(p.w), float64(y)/float64(p.h)) * s.gain)
			if s.finger != nil {
				c = s.finger.over(px, py, c)
			}
			tint := [3]float32{1, 1, 1}
			if s.lamps != nil {
				tint = s.lamps.tint(px, py)
			}
			for i := range c {
				p.pix[3*(y*p.w+x)+i] = c[i] * k * s.white[i] * tint[i]
			}
			if s.glare != nil {
				s.glare.shine(s, px, py, p.pix[3*(y*p.w+x):][:3])
			}
		}
	}
	return p
}

// document lays the document over the table.
func (s *scene) document(x, y float64, under [3]float32) [3]float32 {
	u, v := unit(s.to, x, y)
	edge := min(min(u, 1-u), min(v, 1-v)) / s.scale // pixels from the nearest side, about
	if edge < -6 {
		return under
	}
	if edge < -0.5 { // it lies on its own shadow
		k := float32(1 - 0.18*(1+edge/6))
		return [3]float32{under[0] * k, under[1] * k, under[2] * k}
	}
	if hollow(s.side, u, v) {
		return under // beyond a rounded corner
	}
	c := s.look(s.colour(x, y))
	if s.grey > 0 {
		l := 0.299*c[0] + 0.587*c[1] + 0.114*c[2]
		l = 128 + (l-128)*float32(s.grey)
		c = [3]float32{l, l, l}
	}
	sheen := float32(s.sheen.strength * s.sheen.soft(u, v))
	a := float32(min(1, edge+0.5))
	for i := range c {
		c[i] = under[i] + a*(c[i]+sheen-under[i])
	}
	return c
}

// colour is the document's at a pixel of the frame.
func (s *scene) colour(x, y float64) [3]float32 {
	at := func(x, y float64) [3]float32 {
		u, v := unit(s.to, x, y)
		return sample(s.side, min(max(u, 0), 1), min(max(v, 0), 1))
	}
	if !s.f.Document.Printed {
		return at(x, y)
	}
	var light [3]float32
	for i := range 4 {
		c := at(x+float64(i%2)/2-0.25, y+float64(i/2)/2-0.25)
		for k := range light {
			light[k] += linear[uint8(c[k]+0.5)]
		}
	}
	for k := range light {
		light[k] = coded[int(1024*light[k]/4)]
	}
	return light
}

func (s shade) at(u, v float64) float64 {
	d := math.Hypot(u-0.5, v-0.5)
	k := 1 + s.x*(u-0.5) + s.y*(v-0.5) - s.corners*d*d
	if s.shadow > 0 {
		k -= s.shadow / (1 + math.Exp((math.Hypot(u-s.shadowX, v-s.shadowY)-s.shadowSize)/0.04))
	}
	return k
}

// lens blurs what was rendered.
func (s *scene) lens(p plane) {
	if s.motion > 0 {
		p.smear(s.motion, s.r.Float64()*math.Pi)
	}
	p.blur(s.sigma)
}

// develop is the sensor and what a phone makes of it: noise of light and of colour.
func (s *scene) develop(p plane) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.w, p.h))
	for i := 0; i < p.w*p.h; i++ {
		grain := float32(s.noise * s.r.NormFloat64())
		q := img.Pix[4*i:][:4]
		q[3] = 255
		for c := range 3 {
			q[c] = uint8(min(max(p.pix[3*i+c]+grain+0.5, 0), 255))
		}
	}
	return img
}

// looks are the changes of a document that are no fault of its picture.
func looks(name string, r *rand.Rand) func([3]float32) [3]float32 {
	switch name {
	case "pale": // light paper under the same ink
		k := float32(Uniform(r, 0.45, 0.8))
		return each(func(v float32) float32 { return v + k*(248-v)*min(1, max(0, (v-70)/120)) })
	case "weak": // ink as light as some registries print it
		k, paper := float32(Uniform(r, 0.4, 0.6)), float32(Uniform(r, 190, 222))
		return each(func(v float32) float32 { return paper + (v-235)*k })
	case "dark":
		k := float32(Uniform(r, 0.42, 0.6))
		tint := color.RGBA{uint8(Uniform(r, 225, 255)), uint8(Uniform(r, 225, 255)), uint8(Uniform(r, 225, 255)), 255}
		return func(c [3]float32) [3]float32 {
			return [3]float32{c[0] * k * float32(tint.R) / 255, c[1] * k * float32(tint.G) / 255,
				c[2] * k * float32(tint.B) / 255}
		}
	}
	return func(c [3]float32) [3]float32 { return c }
}

func each(f func(float32) float32) func([3]float32) [3]float32 {
	return func(c [3]float32) [3]float32 { return [3]float32{f(c[0]), f(c[1]), f(c[2])} }
}

// toSquare maps a quadrilateral to the unit square.
func toSquare(q [4]capture.Point) [9]float64 {
	x0, y0, x1, y1 := q[0].X, q[0].Y, q[1].X, q[1].Y
	x2, y2, x3, y3 := q[2].X, q[2].Y, q[3].X, q[3].Y
	dx1, dx2, sx := x1-x2, x3-x2, x0-x1+x2-x3
	dy1, dy2, sy := y1-y2, y3-y2, y0-y1+y2-y3
	det := dx1*dy2 - dx2*dy1
	g, h := (sx*dy2-dx2*sy)/det, (dx1*sy-sx*dy1)/det
	m := [9]float64{x1 - x0 + g*x1, x3 - x0 + h*x3, x0, y1 - y0 + g*y1, y3 - y0 + h*y3, y0, g, h, 1}
	return [9]float64{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
}

func unit(m [9]float64, x, y float64) (u, v float64) {
	w := m[6]*x + m[7]*y + m[8]
	return (m[0]*x + m[1]*y + m[2]) / w, (m[3]*x + m[4]*y + m[5]) / w
}
