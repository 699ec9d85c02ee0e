package face

import (
	"image/color"
	"math"
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

// One still that a program warps instead of a camera's pictures (perspective, a cylinder, a
// zoom): no warp answers a turn without the doubt that it is flat. A zoom alone answers
// come-closer, but of the two gestures one at least is a turn.
func TestOneStillThatIsWarpedTurnsNoHeadUnnoticed(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	limits := capture.DefaultLimits().Challenge
	w, h := float64(img.Cols()), float64(img.Rows())
	seen := func(from func(x, y float64) (float64, float64)) capture.FaceMeasurements {
		mapX := gocv.NewMatWithSize(img.Rows(), img.Cols(), gocv.MatTypeCV32FC1)
		mapY := gocv.NewMatWithSize(img.Rows(), img.Cols(), gocv.MatTypeCV32FC1)
		defer mapX.Close()
		defer mapY.Close()
		for y := range img.Rows() {
			for x := range img.Cols() {
				u, v := from(2*float64(x)/w-1, 2*float64(y)/h-1)
				mapX.SetFloatAt(y, x, float32((u+1)*w/2))
				mapY.SetFloatAt(y, x, float32((v+1)*h/2))
			}
		}
		out := gocv.NewMat()
		defer out.Close()
		gocv.Remap(img, &out, &mapX, &mapY, gocv.InterpolationLinear, gocv.BorderReplicate, color.RGBA{})
		return measuredFace(t, f, out, capture.Preview)
	}
	neutral := seen(func(x, y float64) (float64, float64) { return x, y })
	perspective := func(k float64) func(x, y float64) (float64, float64) {
		return func(x, y float64) (float64, float64) { return x / (1 + k*x), y / (1 + k*x) }
	}
	// The picture bent over a cylinder as wide as the head and turned in it, by an angle.
	left, right := eyeCentres(neutral.Landmarks)
	e := (left.X+right.X)/w - 1
	cylinder := func(k float64) func(x, y float64) (float64, float64) {
		const radius = 0.5
		return func(x, y float64) (float64, float64) {
			at := (x - e) / radius
			if math.Abs(at) >= 1 {
				return x, y
			}
			return e + radius*math.Sin(min(math.Pi/2, max(-math.Pi/2, math.Asin(at)+k))), y
		}
	}
	zoom := func(k float64) func(x, y float64) (float64, float64) {
		return func(x, y float64) (float64, float64) { return x / k, y / k }
	}
	for name, warp := range map[string]func(k float64) func(x, y float64) (float64, float64){
		"perspective": perspective, "cylinder": cylinder,
		"zoom": func(k float64) func(x, y float64) (float64, float64) { return zoom(1 + max(k, -k)) },
	} {
		for _, k := range []float64{-0.6, -0.4, 0.2, 0.4, 0.6} {
			m := seen(warp(k))
			off, ok := capture.OffPlane(neutral.Landmarks, m.Landmarks)
			turned := m.Yaw - neutral.Yaw
			if m.Count == 1 && max(turned, -turned) >= limits.YawTurn && (!ok || off >= limits.OffPlaneMin) {
				t.Errorf("%s by %v: turned by %.0f, off the plane %.4f: no doubt", name, k, turned, off)
			}
		}
	}
}
