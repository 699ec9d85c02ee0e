package compose

import (
	"image"
	"image/color"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// Both printers lay as much ink as is asked for. A laser printer's lies on its screen's
// lattice, an ink-jet's drops on none.
func TestInkIsLaidAsAsked(t *testing.T) {
	const n = 340 // whole cells of the first screen
	on := screens[0][cyan]
	cells := float64(on.along*on.along + on.across*on.across)
	for _, by := range Printers() {
		for _, cover := range []float64{0.1, 0.4, 0.8} {
			lay := clustered(on)
			if by == InkJet {
				lay = scattered(n, rand.New(rand.NewPCG(1, 2)))
			}
			sum, wave := 0.0, complex(0, 0)
			for y := range n {
				for x := range n {
					v := lay(x, y, cover)
					if v < 0 || v > 1 {
						t.Fatalf("%s: %v of an ink", by, v)
					}
					sum += v
					wave += complex(v, 0) * cmplx.Rect(1, -2*math.Pi*float64(x*on.along+y*on.across)/cells)
				}
			}
			if mean := sum / (n * n); math.Abs(mean-cover) > 0.05 {
				t.Errorf("%s: %.3f of the paper has ink, want %.1f", by, mean, cover)
			}
			if strength := cmplx.Abs(wave) / (n * n); by == Laser && strength < 0.05 || by == InkJet && strength > 0.01 {
				t.Errorf("%s, %.1f: the lattice has a strength of %.4f", by, cover, strength)
			}
		}
	}
}

// A print has the size of its document and the printer's places; one in black alone has no
// colour.
func TestAPrintHasThePrintersPlaces(t *testing.T) {
	card, page := sheet(color.RGBA{200, 120, 90, 255}), image.NewRGBA(image.Rect(0, 0, 1250, 880))
	if b := Print(page, Laser, 1, false, rand.New(rand.NewPCG(3, 4))).Rect; b.Dx() != 2952 {
		t.Errorf("a page is printed on %v, want 125 mm at 600 an inch", b)
	}
	for _, by := range Printers() {
		r := rand.New(rand.NewPCG(3, 4))
		colours := map[bool]int{}
		for _, grey := range []bool{false, true} {
			img := Print(card, by, 1, grey, r)
			if b := img.Rect; b.Dx() != 2022 || b.Dy() != 1275 {
				t.Errorf("%s: a card is printed on %v, want 85.6 mm at 600 an inch", by, b)
			}
			for i := 0; i < len(img.Pix); i += 4 {
				if p := img.Pix[i:]; max(p[0], p[1], p[2])-min(p[0], p[1], p[2]) > 40 {
					colours[grey]++
				}
			}
		}
		if colours[true] > 0 || colours[false] < 100_000 {
			t.Errorf("%s: %d places of a print in colour have one, %d of a grey one", by, colours[false], colours[true])
		}
	}
}

func TestScreensAreThoseOfPrinters(t *testing.T) {
	for i, lines := range LinesAnInch() {
		if lines < 141 || lines > 213 {
			t.Errorf("screen %d has %.1f lines an inch", i, lines)
		}
	}
	for _, set := range screens { // no two inks lie on one another
		for i, a := range set {
			for j, b := range set[:i] {
				if a == b {
					t.Errorf("inks %d and %d have one screen, %+v", i, j, a)
				}
			}
		}
	}
}
