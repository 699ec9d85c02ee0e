package compose

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// Lights are how the lamps around a document differ in colour.
type Lights string

// The lights.
const (
	// OneLight has one colour all over.
	OneLight Lights = ""
	// Between is the light from a lamp on one side and a window on the other.
	Between Lights = "between two lights"
	// Near is the light of a lamp beside or over the document.
	Near Lights = "near a lamp"
	// Edge is where one light ends and another begins, as at the edge of a lamp's cone.
	Edge Lights = "at the edge of two lights"
)

// lamps are two lights in a scene.
type lamps struct {
	Lights
	warm             float64 // of red and blue, either side of the light between the two
	x, y, sin, cos   float64 // where they are alike, pixels, and the way from one to the other
	long, size, edge float64
}

func newLamps(l Lights, f *Frame, r *rand.Rand) *lamps {
	m := &lamps{Lights: l, warm: Uniform(r, 0.05, 0.18), long: max(side(f, 0), side(f, 1)),
		size: Uniform(r, 0.25, 0.7), edge: Uniform(r, 0.1, 0.25)}
	if r.IntN(2) == 0 {
		m.warm = -m.warm
	}
	m.sin, m.cos = math.Sincos(2 * math.Pi * r.Float64())
	a, b := f.Corners[0], f.Corners[2]
	m.x, m.y = (a.X+b.X)/2+Uniform(r, -0.2, 0.2)*m.long, (a.Y+b.Y)/2+Uniform(r, -0.1, 0.1)*m.long
	return m
}

// tint is what red, green and blue are multiplied with at a pixel.
func (m *lamps) tint(x, y float64) [3]float32 {
	dx, dy := (x-m.x)/m.long, (y-m.y)/m.long
	way := 2 * (dx*m.cos + dy*m.sin) // from -1 to 1 over the document, about
	switch m.Lights {
	case Near:
		way = 2*math.Exp(-(dx*dx+dy*dy)/(2*m.size*m.size)) - 1
	case Edge:
		way = math.Tanh(way / m.edge)
	}
	return [3]float32{float32(1 + m.warm*way), 1, float32(1 - m.warm*way)}
}

// Dotted is a document's side without colours on which a round sticker or a dot of ink is
// coloured.
func Dotted(side *image.RGBA, r *rand.Rand) *image.RGBA {
	out := image.NewRGBA(side.Rect)
	b := side.Rect
	radius := Uniform(r, 0.02, 0.05) * float64(max(b.Dx(), b.Dy()))
	cx, cy := Uniform(r, 0.15, 0.85)*float64(b.Dx()), Uniform(r, 0.15, 0.85)*float64(b.Dy())
	inks := []color.RGBA{{210, 40, 40, 255}, {40, 90, 200, 255}, {40, 160, 70, 255}, {240, 200, 40, 255},
		{230, 110, 30, 255}}
	ink := inks[r.IntN(len(inks))]
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := side.RGBAAt(b.Min.X+x, b.Min.Y+y)
			l := uint8(0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B) + 0.5)
			c.R, c.G, c.B = l, l, l
			if math.Hypot(float64(x)-cx, float64(y)-cy) < radius {
				c = ink
			}
			out.SetRGBA(b.Min.X+x, b.Min.Y+y, c)
		}
	}
	return out
}
