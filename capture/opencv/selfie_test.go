package opencv

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"
	"time"

	xdraw "golang.org/x/image/draw"

	"visavis/capture"
	"visavis/capture/opencv/face"
	"visavis/capture/opencv/pixel"
)

// newSmallHead is a still of 1280 × 720 pixels with the head in its middle, so many pixels high.
func newSmallHead(t *testing.T, height int) capture.Frame {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{130, 120, 110, 255}), image.Point{}, draw.Src)
	if height > 0 {
		head := astronautFace(t)
		width := height * head.Bounds().Dx() / head.Bounds().Dy()
		at := image.Rect(0, 0, width, height).Add(image.Pt(640-width/2, 360-height/2))
		xdraw.CatmullRom.Scale(img, at, head, head.Bounds(), draw.Src, nil)
	}
	f := jpegFrame(t, img, 90, capture.Still)
	f.Step, f.Document = capture.Selfie, ""
	return f
}

// The colours of such a still are halved, which leaves the face eight pixels: it is found in
// all of its pixels.
func TestASmallFaceIsFoundInAllPixelsOfAStill(t *testing.T) {
	astronautFace(t) // skips without models
	a := evalAnalyzer(t)
	for height, want := range map[int]int{32: 1, 36: 1, 0: 0} {
		m, err := a.Analyze(t.Context(), newSmallHead(t, height))
		if err != nil {
			t.Fatal(err)
		}
		if m.Face.Count != want {
			t.Errorf("a head of %d pixels: %d faces, want %d", height, m.Face.Count, want)
		}
		x, y := m.Face.Box[0]+m.Face.Box[2]/2, m.Face.Box[1]+m.Face.Box[3]/2
		if want > 0 && math.Hypot(x-640, y-360) > 10 {
			t.Errorf("a head of %d pixels: its face is at %.0f, %.0f, want about 640, 360", height, x, y)
		}
	}
}

// A head that is asked to turn is found as exactly as in a still; a preview else at a glance.
func TestAMovingHeadIsFoundWithoutAGlance(t *testing.T) {
	astronautFace(t) // skips without models
	a := evalAnalyzer(t)
	f := newSmallHead(t, 640)
	box := func(kind capture.Kind, moving bool) [4]float64 {
		f.Kind, f.Moving = kind, moving
		m, err := a.Analyze(t.Context(), f)
		if err != nil || m.Face.Count != 1 {
			t.Fatalf("%v, %v", m.Face, err)
		}
		return m.Face.Box
	}
	still, moving, glanced := box(capture.Still, false), box(capture.Preview, true), box(capture.Preview, false)
	for i := range still {
		if math.Abs(moving[i]-still[i]) > 1.5 { // a preview's colours are decoded at half the size
			t.Errorf("moving at %v, want %v", moving, still)
			break
		}
	}
	if glanced == moving {
		t.Errorf("a preview's face is at %v without a glance", glanced)
	}
}

// A worker that needs more time than a picture has is killed: both looks together have that of one.
func TestASecondLookAtAStillHasTheTimeThatIsLeft(t *testing.T) {
	astronautFace(t) // skips without models
	a := evalAnalyzer(t)
	f := newSmallHead(t, 36)
	grey, err := pixel.Decode(f, false, 1)
	defer grey.Close()
	if err != nil {
		t.Fatal(err)
	}
	bgr, err := pixel.Decode(f, true, 1)
	defer bgr.Close()
	if err != nil {
		t.Fatal(err)
	}
	for ago, want := range map[time.Duration]int{0: 1, time.Second: 0} {
		m, err := a.faces.MeasureSmall(bgr, grey, face.Worked()-ago)
		if err != nil {
			t.Fatal(err)
		}
		if m.Count != want {
			t.Errorf("after %v of searching: %d faces, want %d", ago, m.Count, want)
		}
	}
}
