package compose

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"
)

// card is a document of patches.
func card(name string) Document {
	img := image.NewRGBA(image.Rect(0, 0, 856, 540))
	for y := range 540 {
		for x := range 856 {
			v := uint8(90 + 100*((x/40+y/60+len(name))%2))
			img.SetRGBA(x, y, color.RGBA{v, v, 200, 255})
		}
	}
	return Document{Name: name, Image: img}
}

func TestACaptureIsDrawnTwiceAlike(t *testing.T) {
	c := Composer{Seed: 7}
	for _, how := range []Holding{{Grey: true, Sheen: 30}, {Display: &Display{Grid: Delta, Pitch: 1.3, Light: 1}}} {
		p1, s1, err := c.Taken(3, card("a"), card("a"), how)
		if err != nil {
			t.Fatal(err)
		}
		p2, s2, _ := c.Taken(3, card("a"), card("a"), how)
		if !bytes.Equal(p1.JPEG, p2.JPEG) || !bytes.Equal(s1.JPEG, s2.JPEG) {
			t.Errorf("%+v: two captures of one number differ", how)
		}
		for i := range s1.Corners {
			if d := math.Hypot(p1.Corners[i].X*1.5-s1.Corners[i].X, p1.Corners[i].Y*1.5-s1.Corners[i].Y); d > 25 {
				t.Errorf("%+v: corner %d moved by %.0f pixels between preview and still", how, i, d)
			}
		}
	}
}

// Each grid's dots are as bright together as the colour that they show.
func TestAGridKeepsItsLight(t *testing.T) {
	white := image.NewRGBA(image.Rect(0, 0, 4, 4))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	for _, grid := range Grids() {
		p := panel{Display: Display{Grid: grid}, content: white, columns: 4, rows: 4}
		var sum [3]float64
		const n = 240 // a third of a pixel is a whole number of them
		for y := range n {
			for x := range n {
				c := p.dot(4*(float64(x)+0.5)/n, 4*(float64(y)+0.5)/n)
				for k := range sum {
					sum[k] += float64(c[k]) / (n * n)
				}
			}
		}
		for k, v := range sum {
			if math.Abs(v-1) > 0.08 {
				t.Errorf("%s: colour %d has a mean light of %.2f, want 1", grid, k, v)
			}
		}
	}
}
