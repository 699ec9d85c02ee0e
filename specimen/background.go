package specimen

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// Background is what the document lies on, or what is behind the person.
type Background string

// The backgrounds.
const (
	Wood      Background = "wood"
	Fabric    Background = "fabric"
	Plain     Background = "plain"
	DarkDesk  Background = "dark-desk"
	Cluttered Background = "cluttered"
	Room      Background = "room" // for faces
)

// Backgrounds returns every background a document may lie on.
func Backgrounds() []Background { return []Background{Wood, Fabric, Plain, DarkDesk, Cluttered} }

// A background is drawn on a table of this size around the document and mirrored
// beyond it.
const (
	tableWidthMM  = 280.0
	tableHeightMM = 200.0
	tableScale    = 5.0 // pixels a millimetre
)

// newTable draws a background.
func newTable(b Background, seed uint64) (*image.RGBA, error) {
	r := newRand(seed, "table")
	var paint func(x, y float64) (float64, float64, float64)
	slow, fine := newNoise(r, 32), newNoise(r, 128)
	tone := 0.9 + 0.2*r.Float64()
	switch b {
	case Wood:
		paint = func(x, y float64) (float64, float64, float64) {
			bend := 2.5*slow.at(x/60, y/22) + 0.5*fine.at(x/14, y/5)
			grain := 0.5 + 0.5*math.Sin(2*math.Pi*(y/7+bend))
			pore := fine.at(x/9, y*2.2)
			v := tone * (0.78 + 0.16*grain + 0.09*pore)
			return 168 * v, 118 * v, 74 * v
		}
	case Fabric:
		paint = func(x, y float64) (float64, float64, float64) {
			thread := 0.5*math.Sin(2*math.Pi*x/1.3)*math.Sin(2*math.Pi*y/1.3) + 0.35*fine.at(x*1.1, y*1.1)
			fold := slow.at(x/55, y/70)
			v := tone * (0.8 + 0.09*thread + 0.16*fold)
			return 96 * v, 112 * v, 136 * v
		}
	case Plain, Cluttered:
		paint = func(x, y float64) (float64, float64, float64) {
			v := tone * (0.92 + 0.05*slow.at(x/90, y/90) + 0.012*fine.at(x*2, y*2))
			return 176 * v, 172 * v, 164 * v
		}
	case DarkDesk:
		paint = func(x, y float64) (float64, float64, float64) {
			v := tone * (0.9 + 0.14*slow.at(x/70, y/70) + 0.08*fine.at(x*2.4, y*2.4))
			return 52 * v, 50 * v, 54 * v
		}
	case Room:
		paint = func(x, y float64) (float64, float64, float64) {
			v := 0.97 + 0.05*slow.at(x/80, y/80) + 0.008*fine.at(x*2, y*2) - 0.0005*y
			return 205 * v, 199 * v, 192 * v
		}
	default:
		return nil, fmt.Errorf("background %q: want wood, fabric, plain, dark-desk, cluttered or room", string(b))
	}
	img := image.NewRGBA(image.Rect(0, 0, int(tableWidthMM*tableScale), int(tableHeightMM*tableScale)))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := img.Pix[y*img.Stride+x*4:]
			red, green, blue := paint(float64(x)/tableScale, float64(y)/tableScale)
			c[0], c[1], c[2], c[3] = clamp8(red), clamp8(green), clamp8(blue), 255
		}
	}
	if b == Cluttered {
		clutter(img, r)
	}
	return img, nil
}

// clutter strews sheets of paper, pens and round things over the table, none of
// them where the document lies: it would cover them anyway.
func clutter(img *image.RGBA, r *rand.Rand) {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	for range 5 {
		paper := color.RGBA{uint8(200 + r.IntN(50)), uint8(200 + r.IntN(50)), uint8(190 + r.IntN(50)), 255}
		x, y, angle := w*r.Float64(), h*r.Float64(), math.Pi*r.Float64()
		turnedRect(img, x, y, 200+200*r.Float64(), 150+120*r.Float64(), angle, paper)
		for line := range 6 {
			s, c := math.Sincos(angle)
			d := float64(line)*30 - 75
			turnedRect(img, x-s*d, y+c*d, 140+60*r.Float64(), 3, angle, color.RGBA{120, 122, 130, 255})
		}
	}
	for range 4 {
		pen := color.RGBA{uint8(r.IntN(120)), uint8(r.IntN(120)), uint8(60 + r.IntN(160)), 255}
		turnedRect(img, w*r.Float64(), h*r.Float64(), 340, 18, math.Pi*r.Float64(), pen)
	}
	for range 6 {
		k := 22 + 30*r.Float64()
		x, y := w*r.Float64(), h*r.Float64()
		oval(img, x, y, k, k, color.RGBA{150, 118, 62, 255})
		oval(img, x, y, k*0.86, k*0.86, color.RGBA{190, 158, 92, 255})
	}
}

// turnedRect paints a rectangle of w × h pixels about its centre, turned by angle
// radians, with a soft shadow.
func turnedRect(img *image.RGBA, cx, cy, w, h, angle float64, c color.RGBA) {
	sin, cos := math.Sincos(angle)
	reach := math.Hypot(w, h)/2 + 14
	for y := int(cy - reach); y <= int(cy+reach); y++ {
		for x := int(cx - reach); x <= int(cx+reach); x++ {
			if !(image.Point{X: x, Y: y}).In(img.Rect) {
				continue
			}
			dx, dy := float64(x)-cx, float64(y)-cy
			inside := roundedDistance(dx*cos+dy*sin+w/2, -dx*sin+dy*cos+h/2, w, h, 1)
			pix := img.Pix[img.PixOffset(x, y):]
			if inside < 0 {
				dark := math.Max(0, 1+inside/12) * 0.3
				for k := range 3 {
					pix[k] = uint8(float64(pix[k]) * (1 - dark))
				}
				continue
			}
			pix[0], pix[1], pix[2] = c.R, c.G, c.B
		}
	}
}
