package face

import (
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/specimen"
)

// A head that turns leaves the plane of its photo; the photo turned as far does not,
// and is not taken for a turned head.
func TestATurningHeadIsToldFromItsPhoto(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	limits := capture.DefaultLimits().Challenge
	portrait, err := img.ToImage()
	if err != nil {
		t.Fatal(err)
	}
	left, right := eyeCentres(measuredFace(t, f, img, capture.Still).Landmarks)
	head := specimen.Head{Portrait: portrait, EyeLeft: [2]float64{left.X, left.Y}, EyeRight: [2]float64{right.X, right.Y}}
	seen := func(p specimen.HeadPose) capture.FaceMeasurements {
		mat, err := gocv.ImageToMatRGB(head.Turned(p, 480, 640))
		if err != nil {
			t.Fatal(err)
		}
		defer mat.Close()
		m := measuredFace(t, f, mat, capture.Preview)
		if m.Count != 1 {
			t.Fatalf("%+v: %d faces", p, m.Count)
		}
		return m
	}
	for _, flat := range []bool{false, true} {
		neutral := seen(specimen.HeadPose{Flat: flat})
		for _, yaw := range []float64{-30, -22, 22, 30} {
			m := seen(specimen.HeadPose{Yaw: yaw, Flat: flat})
			off, ok := capture.OffPlane(neutral.Landmarks, m.Landmarks)
			turned := (m.Yaw - neutral.Yaw) * yaw / max(yaw, -yaw)
			if !ok || off >= limits.OffPlaneMin == flat || turned >= limits.YawTurn == flat {
				t.Errorf("flat %v, turned by %v: measured %.0f, off the plane %.4f", flat, yaw, turned, off)
			}
		}
	}
}
