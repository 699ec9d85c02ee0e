package compose

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"visavis/capture"
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
	for _, how := range []Holding{{Grey: true, Sheen: 30}, {Lights: Edge},
		{Display: &Display{Grid: Delta, Pitch: 1.3, Light: 1}}} {
		p1, s1, err := c.Taken(3, card("a"), card("a"), how)
		if err != nil {
			t.Fatal(err)
		}
		p2, s2, _ := c.Taken(3, card("a"), card("a"), how)
		if !bytes.Equal(p1.JPEG, p2.JPEG) || !bytes.Equal(s1.JPEG, s2.JPEG) {
			t.Errorf("%+v: two captures of one number differ", how)
		}
		for i := range s1.Corners {
			k := float64(s1.Width) / float64(p1.Width)
			d := math.Hypot(p1.Corners[i].X*k-s1.Corners[i].X, p1.Corners[i].Y*k-s1.Corners[i].Y)
			if d > 0.026*float64(s1.Width) {
				t.Errorf("%+v: corner %d moved by %.0f pixels between preview and still", how, i, d)
			}
		}
	}
}

// Two lights have two colours, neither of which makes the picture lighter; one has one.
func TestLightsDifferInColour(t *testing.T) {
	f := Frame{Width: 960, Height: 720}
	f.Corners = [4]capture.Point{{X: 100, Y: 100}, {X: 860, Y: 100}, {X: 860, Y: 600}, {X: 100, Y: 600}}
	for _, lights := range []Lights{Between, Near, Edge} {
		for seed := range uint64(20) {
			m := newLamps(lights, &f, rand.New(rand.NewPCG(seed, 1)))
			least, most := float32(2), float32(0) // red over blue
			for y := 100.0; y <= 600; y += 50 {
				for x := 100.0; x <= 860; x += 20 {
					c := m.tint(x, y)
					if sum := c[0] + c[1] + c[2]; math.Abs(float64(sum-3)) > 1e-5 {
						t.Fatalf("%s: %v are %v together, want 3", lights, c, sum)
					}
					least, most = min(least, c[0]/c[2]), max(most, c[0]/c[2])
				}
			}
			if most/least < 1.04 {
				t.Errorf("%s, seed %d: red over blue is %.3f to %.3f, want two colours", lights, seed, least, most)
			}
		}
	}
}

// A dotted copy has one colour in one place, which is a small part of it.
func TestADottedCopyIsGreyElsewhere(t *testing.T) {
	side := card("a").Image
	out := Dotted(side, rand.New(rand.NewPCG(4, 2)))
	n, inks := 0, map[color.RGBA]bool{}
	for i := 0; i < len(out.Pix); i += 4 {
		p := color.RGBA{out.Pix[i], out.Pix[i+1], out.Pix[i+2], out.Pix[i+3]}
		if p.R != p.G || p.G != p.B {
			n++
			inks[p] = true
		}
	}
	if share := float64(n) / float64(len(out.Pix)/4); len(inks) != 1 || share < 0.001 || share > 0.02 {
		t.Errorf("%d colours on %.4f of it, want one on 0.001 to 0.02", len(inks), share)
	}
	if !coloured(side) {
		t.Error("the side itself was changed")
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
