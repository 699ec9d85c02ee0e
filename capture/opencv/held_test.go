package opencv

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
)

// A document whose sides are half covered is known by its lines only. Where it lies as before
// and looks the same, it is not looked into again, for a while.
func TestADoubtfulOutlineIsHeldForAWhile(t *testing.T) {
	s := plainScene()
	s.frame = func(img *image.RGBA) {
		over := image.NewUniform(color.RGBA{90, 60, 140, 255})
		for _, at := range []image.Rectangle{
			image.Rect(500, 150, 720, 220), image.Rect(500, 640, 720, 710), image.Rect(200, 300, 280, 520),
			image.Rect(980, 300, 1060, 520),
		} {
			draw.Draw(img, at, over, image.Point{}, draw.Src)
		}
	}
	f := s.jpeg(t, capture.Preview)
	first := measuredDocument(t, f)
	if !first.Found || first.OutlineAge != 0 || first.MRZLines != 3 {
		t.Fatalf("searched whole: found %v, age %d, %d lines", first.Found, first.OutlineAge, first.MRZLines)
	}
	told := func(d *capture.DocumentMeasurements) *capture.Sighting {
		return capture.SightingOf(&capture.Measurements{Width: f.Width, Height: f.Height, Document: d})
	}
	d := first
	for _, want := range []int{1, 2, 3, 4, 0, 1} {
		f.Last = told(d)
		d = measuredDocument(t, f)
		if !d.Found || d.OutlineAge != want {
			t.Fatalf("found %v, age %d, want %d", d.Found, d.OutlineAge, want)
		}
		if same := pixel.IoU(pixel.Quad(d.Corners), pixel.Quad(first.Corners)); same < 0.97 {
			t.Errorf("age %d: at %v, searched whole at %v", want, d.Corners, first.Corners)
		}
	}
	for name, change := range map[string]func(*capture.Sighting){
		"elsewhere":        func(l *capture.Sighting) { l.Corners = turned(l.Corners, 0, 1, 80, 0) },
		"smaller":          func(l *capture.Sighting) { l.Corners = turned(l.Corners, 0, 0.9, 0, 0) },
		"another document": func(l *capture.Sighting) { l.Look = lookOf(pixel.Grey{W: 96, H: 64, Pix: stripes(96 * 64)}) },
		"of no size":       func(l *capture.Sighting) { l.Width = 0 },
	} {
		f.Last = told(first)
		change(f.Last)
		if d := measuredDocument(t, f); !d.Found || d.OutlineAge != 0 {
			t.Errorf("%s: found %v, age %d, want it looked into", name, d.Found, d.OutlineAge)
		}
	}
	f.Last, f.Kind = told(first), capture.Still
	if d := measuredDocument(t, f); d.OutlineAge != 0 {
		t.Errorf("a still: age %d", d.OutlineAge)
	}
}

// A document that is seen in a picture of another size alone is not searched for again where
// the place it lay in looks the same: it is held there for a while.
func TestADocumentWhoseOutlineIsNotSeenStaysForAWhile(t *testing.T) {
	f := plainScene().jpeg(t, capture.Preview)
	told := measuredDocument(t, f)
	// An outline that no look finds: a part of the document.
	part := turned(pixel.Quad(told.Corners), 0, 0.7, 0, 0)
	look := func() []byte {
		p, err := pixel.NewPlanes(f)
		defer p.Close()
		if err != nil {
			t.Fatal(err)
		}
		return lookInside(p.Grey, &outline.Searched{Location: outline.Location{Width: 1280, Height: 960}}, part)
	}()
	if look == nil {
		t.Fatal("no look of a part of the document")
	}
	// hold is what is told of a preview by a search that the first look left in doubt.
	hold := func(last capture.Sighting) (outline.Searched, bool) {
		p, err := pixel.NewPlanes(f)
		defer p.Close()
		if err != nil {
			t.Fatal(err)
		}
		s := outline.Searched{Location: outline.Location{Width: 1280, Height: 960}}
		frame := f
		frame.Last = &last
		held := (&Analyzer{}).held(frame, p.Grey, &s)
		return s, held && s.Held && s.Found && s.Confidence == last.Confidence && s.Corners == part
	}
	last := capture.Sighting{Found: true, Width: 1280, Height: 960, Corners: part, Confidence: 0.84, Look: look}
	if less := lessAlike(look); !last.Holds(less) {
		t.Error("a look that is less alike is not that of a doubtful outline either")
	}
	if s, ok := hold(last); !ok {
		t.Errorf("where it was: %+v", s.Location)
	}
	for name, change := range map[string]func(*capture.Sighting){
		"looked into a second ago": func(l *capture.Sighting) { l.OutlineAge = 4 },
		"moved":                    func(l *capture.Sighting) { l.Corners = turned(part, 0, 1, 24, 0) },
		"another document": func(l *capture.Sighting) {
			l.Look = lookOf(pixel.Grey{W: 96, H: 64, Pix: stripes(96 * 64)})
		},
		"looks less alike":  func(l *capture.Sighting) { l.Look = lessAlike(l.Look) },
		"nothing was there": func(l *capture.Sighting) { l.Found = false },
	} {
		other := last
		change(&other)
		if s, ok := hold(other); ok || s.Found {
			t.Errorf("%s: held at %v", name, s.Corners)
		}
	}
}

// A white document on a pale table in grain is not seen at first, but in a smaller picture. It
// is held for four previews. What is laid there instead, or nothing, is searched for at once.
func TestADocumentThatIsSwappedIsSearchedFor(t *testing.T) {
	frame := func(q pixel.Quad, face *image.RGBA) capture.Frame {
		img := drawTable(1280, 960, color.RGBA{225, 225, 222, 255}, 40, 11)
		if face != nil {
			drawDocument(img, q, face)
		}
		return jpegFrame(t, img, 75, capture.Preview)
	}
	told := func(d *capture.DocumentMeasurements) *capture.Sighting {
		return capture.SightingOf(&capture.Measurements{Width: 1280, Height: 960, Document: d})
	}
	q := plainScene().corners
	face := specimenFace(856, 540, 3)
	f := frame(q, face)
	first := measuredDocument(t, f)
	if !first.Found || pixel.IoU(pixel.Quad(first.Corners), q) < 0.97 {
		t.Fatalf("searched whole: found %v at %v", first.Found, first.Corners)
	}
	last := told(first)
	last.Covered = 0.0123
	f.Last = last
	for _, want := range []int{1, 2, 3, 4, 0} {
		d := measuredDocument(t, f)
		if d.OutlineAge != want || (d.Covered == last.Covered) != (want > 0) || d.Corners != first.Corners {
			t.Fatalf("age %d, want %d, covered %g at %v", d.OutlineAge, want, d.Covered, d.Corners)
		}
		f.Last = told(d)
	}
	other := specimenFace(856, 540, 2)
	blue := image.NewUniform(color.RGBA{70, 90, 140, 255})
	draw.Draw(other, image.Rect(400, 60, 800, 300), blue, image.Point{}, draw.Src)
	for name, swapped := range map[string]capture.Frame{
		"another document": frame(q, other),
		"a smaller one":    frame(turned(q, 0, 0.8, 0, 0), face),
		"moved":            frame(turned(q, 0, 1, 40, 20), face),
		"nothing":          frame(q, nil),
	} {
		want := measuredDocument(t, swapped)
		swapped.Last = last
		if got := measuredDocument(t, swapped); text(t, got) != text(t, want) {
			t.Errorf("%s: found %v at %v, age %d; searched whole %v at %v", name, got.Found, got.Corners, got.OutlineAge,
				want.Found, want.Corners)
		}
		swapped.Kind = capture.Still
		if d := measuredDocument(t, swapped); d.OutlineAge != 0 || d.Covered == last.Covered {
			t.Errorf("%s: a still: age %d, covered %g", name, d.OutlineAge, d.Covered)
		}
	}
}

// lessAlike is a look that is between 0.9 and 0.96 alike to another.
func lessAlike(look []byte) []byte {
	for most := 2; ; most++ {
		other := slices.Clone(look)
		for i := range other {
			other[i] = byte(min(255, int(other[i])+i*37%most))
		}
		if alike, _ := capture.Alike(look, other); alike < 0.96 {
			return other
		}
	}
}

// stripes is the lightness of a picture of slanting stripes, n pixels of it.
func stripes(n int) []byte {
	pix := make([]byte, n)
	for i := range pix {
		pix[i] = byte(60 + i*7%150/50*60)
	}
	return pix
}
