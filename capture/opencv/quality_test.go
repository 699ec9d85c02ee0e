package opencv

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// blurred averages over a square of 2r+1 pixels, r rows and columns around.
func blurred(img *image.RGBA, rx, ry int) {
	src := append([]uint8(nil), img.Pix...)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		for x := range w {
			var s [3]int
			n := 0
			for dy := -ry; dy <= ry; dy++ {
				for dx := -rx; dx <= rx; dx++ {
					px, py := min(max(x+dx, 0), w-1), min(max(y+dy, 0), h-1)
					for c := range 3 {
						s[c] += int(src[(py*w+px)*4+c])
					}
					n++
				}
			}
			for c := range 3 {
				img.Pix[(y*w+x)*4+c] = uint8(s[c] / n)
			}
		}
	}
}

// shine lays a soft white spot over the frame.
func shine(img *image.RGBA, x, y, radius float64) {
	for j := range img.Rect.Dy() {
		for i := range img.Rect.Dx() {
			a := min(1, 1.6*math.Exp(-math.Pow(math.Hypot(float64(i)-x, float64(j)-y)/radius, 4)))
			for c := range 3 {
				at := (j*img.Rect.Dx()+i)*4 + c
				img.Pix[at] = clampByte(int(float64(img.Pix[at])*(1-a) + 255*a))
			}
		}
	}
}

// finger covers a part of the lower edge.
func finger(img *image.RGBA) {
	for y := 560; y < 960; y++ {
		for x := 540; x < 660; x++ {
			if math.Hypot(float64(x-600), max(0, float64(620-y))) < 60 {
				img.SetRGBA(x, y, color.RGBA{205, 150, 120, 255})
			}
		}
	}
}

func grey(img *image.RGBA) {
	for i := 0; i < len(img.Pix); i += 4 {
		v := uint8((int(img.Pix[i])*3 + int(img.Pix[i+1])*6 + int(img.Pix[i+2])) / 10)
		img.Pix[i], img.Pix[i+1], img.Pix[i+2] = v, v, v
	}
}

// TestMeasurementsFollowWhatIsWrong: each fault moves its own measurement past
// the limit, and the clean picture is within all of them.
func TestMeasurementsFollowWhatIsWrong(t *testing.T) {
	for _, kind := range []capture.Kind{capture.Preview, capture.Still} {
		clean := measuredDocument(t, plainScene().jpeg(t, kind))
		tests := []struct {
			name  string
			frame func(*image.RGBA)
			value func(*capture.DocumentMeasurements) float64
			more  bool
			limit float64
		}{
			{"defocus", func(i *image.RGBA) { blurred(i, 4, 4) }, func(d *capture.DocumentMeasurements) float64 { return d.Sharpness }, false, 0.26},
			{"motion", func(i *image.RGBA) { blurred(i, 8, 0) }, func(d *capture.DocumentMeasurements) float64 { return d.Sharpness }, false, 0.26},
			{"dark", func(i *image.RGBA) { gain(i, 0.2) }, func(d *capture.DocumentMeasurements) float64 { return d.Brightness }, false, 60},
			{"dark with a lamp's reflection", func(i *image.RGBA) { gain(i, 0.2); shine(i, 760, 420, 110) },
				func(d *capture.DocumentMeasurements) float64 { return d.Brightness }, false, 70},
			{"bright", func(i *image.RGBA) { gain(i, 1.6) }, func(d *capture.DocumentMeasurements) float64 { return d.Over }, true, 0.6},
			{"glare", func(i *image.RGBA) { shine(i, 760, 420, 110) }, func(d *capture.DocumentMeasurements) float64 { return d.Glare }, true, 0.03},
			{"finger", finger, func(d *capture.DocumentMeasurements) float64 { return d.Covered }, true, 0.035},
			{"grey copy", grey, func(d *capture.DocumentMeasurements) float64 { return d.Saturation }, false, 2.7},
		}
		for _, tt := range tests {
			s := plainScene()
			s.frame = tt.frame
			d := measuredDocument(t, s.jpeg(t, kind))
			wrong, good := tt.value(d), tt.value(clean)
			if tt.more && !(wrong > tt.limit && good < tt.limit) || !tt.more && !(wrong < tt.limit && good > tt.limit) {
				t.Errorf("kind %d %s: found %v, %.3f, clean %.3f, want the limit %.3g between", kind, tt.name, d.Found, wrong,
					good, tt.limit)
			}
		}
	}
}

func TestSharpnessDoesNotDependOnDistance(t *testing.T) {
	near := measuredDocument(t, plainScene().jpeg(t, capture.Still))
	s := plainScene()
	s.corners = turned(s.corners, 0, 0.6, 0, 0)
	far := measuredDocument(t, s.jpeg(t, capture.Still))
	if r := far.Sharpness / near.Sharpness; r < 0.7 || r > 1.5 {
		t.Errorf("sharpness near %.2f, far %.2f", near.Sharpness, far.Sharpness)
	}
	// The drawn strokes are no letters: what a still's reader makes of them is chance.
	near = measuredDocument(t, plainScene().jpeg(t, capture.Preview))
	far = measuredDocument(t, s.jpeg(t, capture.Preview))
	if r := near.DPI / far.DPI; math.Abs(r-1/0.6) > 0.08 {
		t.Errorf("resolution near %.0f, far %.0f", near.DPI, far.DPI)
	}
	if r := near.LetterHeight / far.LetterHeight; math.Abs(r-1/0.6) > 0.3 {
		t.Errorf("letters near %.1f, far %.1f pixels", near.LetterHeight, far.LetterHeight)
	}
}

// screened lays the points of a screen over a picture.
func screened(img *image.RGBA) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			u, v := 1.9*float64(x)+0.2*float64(y), 1.9*float64(y)-0.2*float64(x)
			n := int(6 * (math.Sin(u) + math.Sin(v)))
			for c := range 3 {
				at := (y*img.Rect.Dx()+x)*4 + c
				img.Pix[at] = clampByte(int(img.Pix[at]) + n)
			}
		}
	}
}

func TestMoireOfAScreen(t *testing.T) {
	clean := measuredDocument(t, plainScene().jpeg(t, capture.Still))
	s := plainScene()
	s.frame = screened
	screen := measuredDocument(t, s.jpeg(t, capture.Still))
	if screen.Moire < 0.8 || clean.Moire > 0.2 {
		t.Errorf("moiré of a screen %.2f, of print %.2f", screen.Moire, clean.Moire)
	}
	if screen.Dots < 0.3 || clean.Dots > 0.1 {
		t.Errorf("dots of a screen %.2f, of print %.2f", screen.Dots, clean.Dots)
	}
	if p := measuredDocument(t, s.jpeg(t, capture.Preview)); p.Dots != 0 {
		t.Errorf("dots of a preview %.2f: they are looked for in stills alone", p.Dots)
	}
}

func TestOrientationOfTheFrameIsApplied(t *testing.T) {
	s := plainScene()
	f := s.jpeg(t, capture.Preview)
	f.Orientation = 6 // the stored picture is to be turned clockwise
	want := s.corners
	for i := range want {
		want[i] = capture.Point{X: 959 - s.corners[i].Y, Y: s.corners[i].X}
	}
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	f.WantThumbnail = true
	m, err := a.Analyze(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	if m.Width != 960 || m.Height != 1280 {
		t.Errorf("size %d×%d, want 960×1280", m.Width, m.Height)
	}
	if v := pixel.IoU(pixel.Quad(m.Document.Corners), want); v < 0.97 {
		t.Errorf("overlap %.3f with the turned outline", v)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(m.Thumbnail))
	if err != nil || c.Height != capture.ThumbnailSide || c.Width != 120 {
		t.Errorf("thumbnail %d×%d, %v, want 120×%d", c.Width, c.Height, err, capture.ThumbnailSide)
	}
}

func TestASelfieWithoutModelsSaysSo(t *testing.T) {
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	f := plainScene().jpeg(t, capture.Preview)
	f.Step = capture.Selfie
	if _, err := a.Analyze(context.Background(), f); err == nil {
		t.Error("a selfie was measured without models")
	}
}
