package opencv

import (
	"os"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/face"
	"visavis/capture/opencv/pixel"
)

// newPale is the portrait with its levels brought to a span around 215.
func newPale(t *testing.T, span float64) gocv.Mat {
	t.Helper()
	astronautFace(t) // skips without models
	img := gocv.IMRead(filepath.Join(os.Getenv("VISAVIS_MODELS"), "astronaut.png"), gocv.IMReadColor)
	t.Cleanup(func() { img.Close() })
	img.ConvertToWithParams(&img, gocv.MatTypeCV8UC3, float32(span/255), float32(215-span/2))
	return img
}

func spanOf(t *testing.T, bgr gocv.Mat) float64 {
	t.Helper()
	grey := gocv.NewMat()
	defer grey.Close()
	gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray)
	g, err := pixel.NewGrey(grey)
	if err != nil {
		t.Fatal(err)
	}
	return g.Quantile(0.99) - g.Quantile(0.01)
}

func TestPalePagesAreStretched(t *testing.T) {
	for _, tt := range []struct{ span, want float64 }{{20, 255}, {80, 255}, {0, 0}} {
		img := newPale(t, tt.span)
		if err := stretchPale(&img); err != nil {
			t.Fatal(err)
		}
		if got := spanOf(t, img); got < tt.want-4 || got > tt.want {
			t.Errorf("a span of %.0f is brought to %.0f, want %.0f", tt.span, got, tt.want)
		}
	}
	img := newPale(t, 180)
	before := spanOf(t, img)
	if err := stretchPale(&img); err != nil {
		t.Fatal(err)
	}
	if got := spanOf(t, img); got != before {
		t.Errorf("a span of %.0f is brought to %.0f, want it left", before, got)
	}
}

func TestPalePortraitIsFound(t *testing.T) {
	img := newPale(t, 10)
	f, err := face.New(os.Getenv("VISAVIS_MODELS"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	before, err := f.Portrait(img, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := stretchPale(&img); err != nil {
		t.Fatal(err)
	}
	after, err := f.Portrait(img, 0)
	if err != nil {
		t.Fatal(err)
	}
	if before.Confidence > 0.5 || after.Confidence < 0.7 {
		t.Errorf("confidence %.2f, stretched %.2f: want it unsure, then sure", before.Confidence, after.Confidence)
	}
}
