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

// sheet is a document in one colour.
func sheet(c color.RGBA) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 856, 540))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []uint8{c.R, c.G, c.B, 255})
	}
	return img
}

// A frame follows from its seed and number, and its corners are where the document is.
func TestFrames(t *testing.T) {
	c := Composer{Documents: []Document{
		{"red", "drawn", sheet(color.RGBA{250, 0, 0, 255}), capture.DocumentFront, capture.IdentityCard}}, Seed: 5}
	seen := map[string]int{}
	for i := range 24 {
		f, err := c.Frame(i)
		if err != nil {
			t.Fatal(err)
		}
		seen[f.Fault]++
		if i < 3 {
			if again, err := c.Frame(i); err != nil || !bytes.Equal(f.JPEG, again.JPEG) {
				t.Errorf("frame %d drawn twice differs (%v)", i, err)
			}
		}
		if f.Fault != "good" || f.Look != "plain" {
			continue
		}
		img, _, err := image.Decode(bytes.NewReader(f.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		var x, y float64
		for _, p := range f.Corners {
			if p.X < 0 || p.Y < 0 || p.X >= float64(f.Width) || p.Y >= float64(f.Height) {
				t.Errorf("frame %d: a good one with a corner at %.0f, %.0f", i, p.X, p.Y)
			}
			x, y = x+p.X/4, y+p.Y/4
		}
		r, g, _, _ := img.At(int(math.Round(x)), int(math.Round(y))).RGBA()
		if r < 2*g {
			t.Errorf("frame %d: no red in the middle of the document", i)
		}
	}
	if seen["good"] < 6 || len(seen) < 5 {
		t.Errorf("faults drawn: %v", seen)
	}
}

// A page lies inside the frame whole, however it is turned, unless it is to be cut off.
func TestPlaceInside(t *testing.T) {
	page := Document{"page", "drawn", image.NewRGBA(image.Rect(0, 0, 1250, 880)), capture.DocumentFront, capture.Passport}
	for i := range 2000 {
		f := Frame{Document: page, Width: 1280, Height: 960, Fault: "good"}
		if i%2 == 1 {
			f.Width, f.Height = f.Height, f.Width
		}
		place(&f, rand.New(rand.NewPCG(7, uint64(i))))
		for _, p := range f.Corners {
			if p.X < 30 || p.Y < 30 || p.X > float64(f.Width)-30 || p.Y > float64(f.Height)-30 {
				t.Fatalf("frame %d: a corner at %.0f, %.0f of %d × %d", i, p.X, p.Y, f.Width, f.Height)
			}
		}
	}
}
