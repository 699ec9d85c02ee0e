package opencv

import (
	"context"
	"image"
	"image/color"
	"os"
	"testing"

	"golang.org/x/image/draw"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// rhombs draws a cloth of them around an outline.
func rhombs(img *image.RGBA, q pixel.Quad) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			p := capture.Point{X: float64(x), Y: float64(y)}
			in := true
			for i := range q {
				in = in && pixel.Cross(pixel.Sub(q[(i+1)%4], q[i]), pixel.Sub(p, q[i])) >= 0
			}
			if a, b := (2*x+y)/90, (2*x-y+4000)/90; !in && (a+b)%2 == 0 {
				img.SetRGBA(x, y, color.RGBA{236, 238, 240, 255})
			}
		}
	}
}

// On a cloth whose lines are clearer than the document's sides, a still's document is found around its portrait,
// whichever way up it lies. Without a face in the picture nothing is found there.
func TestADocumentIsFoundAroundItsPortrait(t *testing.T) {
	face := astronautFace(t)
	a, err := New(Config{ModelDir: os.Getenv("VISAVIS_MODELS")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, degrees := range []float64{0, 20, 95, 180, 275} {
		for _, portrait := range []bool{true, false} {
			s := plainScene()
			s.lines = 0
			s.table = color.RGBA{150, 110, 84, 255}
			s.corners = turned(s.corners, degrees, 0.8, 20, 40)
			s.face = func(img *image.RGBA) {
				if portrait {
					draw.CatmullRom.Scale(img, image.Rect(43, 90, 257, 358), face, face.Bounds(), draw.Over, nil)
				}
			}
			s.frame = func(img *image.RGBA) { rhombs(img, s.corners) }
			m, err := a.Analyze(context.Background(), s.jpeg(t, capture.Still))
			if err != nil {
				t.Fatal(err)
			}
			overlap := 0.0
			if m.Document.Found {
				overlap = pixel.IoU(pixel.Quad(m.Document.Corners).Ordered(), s.corners.Ordered())
			}
			if portrait && overlap < 0.95 || !portrait && overlap > 0.5 {
				t.Errorf("turned by %g°, portrait %t: overlap %.3f", degrees, portrait, overlap)
			}
		}
	}
}
