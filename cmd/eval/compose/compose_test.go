package compose

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
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

// A document printed in black alone has no colour, also where its scan is a little tinted;
// one red stamp is colour.
func TestColoured(t *testing.T) {
	black, stamped := sheet(color.RGBA{236, 232, 226, 255}), sheet(color.RGBA{236, 232, 226, 255})
	for y := 100; y < 140; y++ {
		for x := 100; x < 140; x++ {
			stamped.SetRGBA(x, y, color.RGBA{190, 40, 40, 255})
		}
	}
	if coloured(black) || !coloured(stamped) {
		t.Errorf("black print coloured %v, with a stamp %v", coloured(black), coloured(stamped))
	}
}

// A phone sends no preview that is too large: a picture of noise gets a lower quality.
func TestNoPictureIsTooLarge(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 1280, 960))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(100 + r.IntN(60))
	}
	data, err := encoded(img, 94)
	if err != nil {
		t.Fatal(err)
	}
	var best bytes.Buffer
	if err := jpeg.Encode(&best, img, &jpeg.Options{Quality: 94}); err != nil {
		t.Fatal(err)
	}
	if len(data) > capture.MaxPreviewBytes || best.Len() <= capture.MaxPreviewBytes {
		t.Errorf("%d bytes, %d in quality 94, want %d between", len(data), best.Len(), capture.MaxPreviewBytes)
	}
}

// A frame follows from its seed and number, and its corners are where the document is.
func TestFrames(t *testing.T) {
	c := Composer{Documents: []Document{
		{Name: "red", Group: "drawn", Image: sheet(color.RGBA{250, 0, 0, 255}), Step: capture.DocumentFront,
			Asked: capture.IdentityCard}}, Seed: 5}
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
	page := Document{Name: "page", Group: "drawn", Image: image.NewRGBA(image.Rect(0, 0, 1250, 880)),
		Step: capture.DocumentFront, Asked: capture.Passport}
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
