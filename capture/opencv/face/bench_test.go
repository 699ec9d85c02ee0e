package face

import (
	"image"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// newSelfieJPEG is a 1280×720 frame of quality 80 with the portrait in it, the
// face a third of its height.
func newSelfieJPEG(b *testing.B) []byte {
	b.Helper()
	img := newAstronaut(b)
	frame := gocv.NewMat()
	defer frame.Close()
	// The picture's own blurred enlargement is the background: a plain one would
	// decode too fast.
	gocv.Resize(img, &frame, image.Pt(1280, 720), 0, 0, gocv.InterpolationLinear)
	gocv.GaussianBlur(frame, &frame, image.Pt(0, 0), 6, 6, gocv.BorderReplicate)
	large := gocv.NewMat()
	defer large.Close()
	gocv.Resize(img, &large, image.Pt(720, 720), 0, 0, gocv.InterpolationCubic)
	region := frame.Region(image.Rect(320, 0, 1040, 720))
	defer region.Close()
	large.CopyTo(&region)
	buffer, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, frame, []int{gocv.IMWriteJpegQuality, 80})
	if err != nil {
		b.Fatal(err)
	}
	defer buffer.Close()
	return append([]byte(nil), buffer.GetBytes()...)
}

// BenchmarkSelfieVerdict is a preview from its bytes to its verdict.
func BenchmarkSelfieVerdict(b *testing.B) {
	f, data := newTestFaces(b), newSelfieJPEG(b)
	limits := capture.DefaultLimits()
	for b.Loop() {
		bgr, err := gocv.IMDecode(data, gocv.IMReadReducedColor2)
		if err != nil {
			b.Fatal(err)
		}
		face := measuredFace(b, f, bgr, capture.Preview)
		if face.Count != 1 {
			b.Fatalf("count %d, want 1", face.Count)
		}
		m := capture.Measurements{Width: bgr.Cols(), Height: bgr.Rows(), Face: &face}
		capture.Judge(capture.FrameInfo{Step: capture.Selfie, Kind: capture.Preview}, m, nil, limits)
		bgr.Close()
	}
}

// BenchmarkSelfieBare is what the ratio's goal is measured against: the same
// decode, the detector and the landmarks, each run once and nothing else. The verdict of this
// picture has a glance besides: its face is too small for one to do.
func BenchmarkSelfieBare(b *testing.B) {
	f, data := newTestFaces(b), newSelfieJPEG(b)
	face := gocv.NewMatWithSize(64, 64, gocv.MatTypeCV8UC1)
	defer face.Close()
	small := gocv.NewMat()
	defer small.Close()
	for b.Loop() {
		bgr, err := gocv.IMDecode(data, gocv.IMReadReducedColor2)
		if err != nil {
			b.Fatal(err)
		}
		gocv.Resize(bgr, &small, f.detector.side, 0, 0, gocv.InterpolationLinear)
		if _, err := f.detector.run(small, 1.0/128, gocv.NewScalar(127, 127, 127, 0), true); err != nil {
			b.Fatal(err)
		}
		if _, err := f.landmark.run(face, 1.0/256, gocv.NewScalar(0, 0, 0, 0), false); err != nil {
			b.Fatal(err)
		}
		bgr.Close()
	}
}

// BenchmarkSelfieStill is a still's measurement, with the pose network.
func BenchmarkSelfieStill(b *testing.B) {
	f, data := newTestFaces(b), newSelfieJPEG(b)
	for b.Loop() {
		bgr, err := gocv.IMDecode(data, gocv.IMReadColor)
		if err != nil {
			b.Fatal(err)
		}
		measuredFace(b, f, bgr, capture.Still)
		bgr.Close()
	}
}

// BenchmarkPortrait is the search for the portrait on a rectified card.
func BenchmarkPortrait(b *testing.B) {
	f, img := newTestFaces(b), newAstronaut(b)
	for b.Loop() {
		if _, err := f.Portrait(img, 0, 2, 1, 3); err != nil {
			b.Fatal(err)
		}
	}
}
