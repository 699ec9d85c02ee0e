package compose

import (
	"image"
	"math"
	"math/rand/v2"
)

// Grid is how the dots of a display lie.
type Grid string

// The grids.
const (
	Stripes  Grid = "stripes"  // red, green and blue beside each other: most monitors
	Diamonds Grid = "diamonds" // two green dots for one red and one blue: most phones
	Delta    Grid = "delta"    // stripes, every second row moved by half a pixel
)

// Grids are all grids.
func Grids() []Grid { return []Grid{Stripes, Diamonds, Delta} }

// Display is a screen that shows a picture to the camera.
type Display struct {
	Grid Grid
	// Pitch is the distance of the display's pixels in pixels of a frame of 960: about 0.6
	// of a phone held as a document, 2.6 of a monitor.
	Pitch float64
	// Light of the display over that of the room.
	Light float64
	// Bezel: its frame is seen, and what it stands before.
	Bezel bool
}

// panel is a display in a scene. Colours are linear in light.
type panel struct {
	Display
	content *image.RGBA
	columns float64 // pixels of the display along the picture's width and height
	rows    float64
	around  [3]float32 // what the display shows around the picture
	room    float32    // light of the room that it reflects
	margin  float64    // from the picture to the bezel, in its unit square
}

// linear is the light of a coded value.
var linear = func() (t [256]float32) {
	for i := range t {
		t[i] = float32(math.Pow(float64(i)/255, 2.2))
	}
	return t
}()

// coded is the coded value of light, for 4096 steps of 0 to 4.
var coded = func() (t [4096]float32) {
	for i := range t {
		t[i] = float32(255 * math.Pow(float64(i)/1024, 1/2.2))
	}
	return t
}()

func newPanel(d Display, s *scene, r *rand.Rand) *panel {
	f := s.f
	k := float64(max(f.Width, f.Height)) / 960 // a smaller frame has larger pixels
	p := &panel{Display: d, columns: side(f, 0) / (d.Pitch * k), rows: side(f, 1) / (d.Pitch * k),
		room: float32(Uniform(r, 0.005, 0.03)), margin: Uniform(r, 0.06, 0.2)}
	p.content = shrunk(f.Document.Image, int(float64(f.Document.Image.Rect.Dx())/p.columns))
	tone := float32(0.02)
	if r.IntN(2) == 0 {
		tone = 0.85
	}
	p.around = [3]float32{tone, tone, tone}
	return p
}

// bezelWide is how wide a bezel is, in the unit square of the picture.
const bezelWide = 0.05

// over is the mean of nine places in a pixel of the camera.
func (p *panel) over(to [9]float64, x, y float64, under [3]float32) [3]float32 {
	u, v := unit(to, x, y)
	if p.Bezel {
		out := max(-u, u-1, -v, v-1) - p.margin
		switch {
		case out > bezelWide:
			return under
		case out > 0:
			return [3]float32{18, 18, 19}
		}
	}
	var sum [3]float32
	for j := range 3 {
		for i := range 3 {
			u, v := unit(to, x+float64(i-1)/3, y+float64(j-1)/3)
			c := p.dot(u*p.columns, v*p.rows)
			for k := range sum {
				sum[k] += c[k]
			}
		}
	}
	var out [3]float32
	for k := range out {
		light := sum[k]/9*float32(p.Light) + p.room
		out[k] = coded[min(int(light*1024), len(coded)-1)]
	}
	return out
}

// dot is the light at a place, in pixels of the display.
func (p *panel) dot(x, y float64) [3]float32 {
	column, row := math.Floor(x), math.Floor(y)
	c := p.around
	if u, v := (column+0.5)/p.columns, (row+0.5)/p.rows; u >= 0 && u < 1 && v >= 0 && v < 1 {
		b := p.content.Rect
		q := p.content.Pix[int(v*float64(b.Dy()))*p.content.Stride+4*int(u*float64(b.Dx())):]
		c = [3]float32{linear[q[0]], linear[q[1]], linear[q[2]]}
	}
	fx, fy := x-column, y-row
	if p.Grid == Diamonds {
		near := func(cx, cy float64) bool { return math.Abs(fx-cx)+math.Abs(fy-cy) < 0.28 }
		const area = 2 * 0.28 * 0.28 // of a diamond
		switch {
		case near(0.25, 0.25), near(0.75, 0.75):
			return [3]float32{0, c[1] / (2 * area), 0}
		case near(0.75, 0.25):
			return [3]float32{c[0] / area, 0, 0}
		case near(0.25, 0.75):
			return [3]float32{0, 0, c[2] / area}
		}
		return [3]float32{}
	}
	if p.Grid == Delta && int(row)&1 != 0 {
		fx -= 0.5
		if fx < 0 {
			fx++
		}
	}
	const high = 0.9 // of a stripe
	var out [3]float32
	if fy < high {
		k := min(int(3*fx), 2)
		out[k] = c[k] * 3 / high
	}
	return out
}
