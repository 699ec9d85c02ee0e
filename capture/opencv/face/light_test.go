package face

import (
	"image"
	"image/color"
	"math"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
)

func TestFaceIsLessSharpWhenBlurred(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	sharp := measuredFace(t, f, img, capture.Preview).Sharpness
	last := sharp
	for _, sigma := range []float64{1.5, 3, 5} {
		soft := gocv.NewMat()
		gocv.GaussianBlur(img, &soft, image.Pt(0, 0), sigma, sigma, gocv.BorderReplicate)
		m := measuredFace(t, f, soft, capture.Preview)
		soft.Close()
		if m.Count != 1 || m.Sharpness >= last {
			t.Errorf("sigma %v: count %d, sharpness %.2f, want one face less sharp than %.2f", sigma, m.Count, m.Sharpness, last)
		}
		last = m.Sharpness
	}
	if last > sharp/2 {
		t.Errorf("sharpness %.2f, blurred %.2f: want it under half", sharp, last)
	}
	large := gocv.NewMat()
	defer large.Close()
	gocv.Resize(img, &large, image.Pt(1024, 1024), 0, 0, gocv.InterpolationCubic)
	if m := measuredFace(t, f, large, capture.Preview); math.Abs(m.Sharpness-sharp) > 0.3*sharp {
		t.Errorf("sharpness %.2f, at twice the size %.2f: want about the same", sharp, m.Sharpness)
	}
}

func TestFaceLight(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	base := measuredFace(t, f, img, capture.Preview)
	for _, c := range []struct {
		name  string
		scale float64
		shift float64
		holds func(m capture.FaceMeasurements) bool
	}{
		{"dark", 0.15, 0, func(m capture.FaceMeasurements) bool {
			return m.Brightness < 45 && m.Under > 0.3 && m.FrameBrightness < base.FrameBrightness
		}},
		{"burnt out", 1.5, 60, func(m capture.FaceMeasurements) bool { return m.Over > 0.3 && m.Brightness > base.Brightness }},
	} {
		changed := gocv.NewMat()
		img.ConvertToWithParams(&changed, gocv.MatTypeCV8UC3, float32(c.scale), float32(c.shift))
		if m := measuredFace(t, f, changed, capture.Preview); m.Count != 1 || !c.holds(m) {
			t.Errorf("%s: count %d brightness %.0f under %.2f over %.2f frame %.0f", c.name, m.Count, m.Brightness, m.Under,
				m.Over, m.FrameBrightness)
		}
		changed.Close()
	}
	half := img.Clone()
	defer half.Close()
	middle := int(base.Box[0] + base.Box[2]/2)
	side := half.Region(image.Rect(0, 0, middle, half.Rows()))
	side.ConvertToWithParams(&side, gocv.MatTypeCV8UC3, 0.3, 0)
	side.Close()
	if m := measuredFace(t, f, half, capture.Preview); m.Count != 1 || m.Evenness > 0.6*base.Evenness {
		t.Errorf("one half dark: count %d, evenness %.2f, want far under %.2f", m.Count, m.Evenness, base.Evenness)
	}
}

func TestFaceCovered(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	p := measuredFace(t, f, img, capture.Preview).Landmarks
	mask := img.Clone()
	defer mask.Close()
	points := append([]capture.Point{}, p[2:15]...)
	fillPolygon(&mask, append(points, between(p[35], p[13], 0.5), p[29], between(p[31], p[3], 0.5)),
		color.RGBA{R: 120, G: 160, B: 210})
	if m := measuredFace(t, f, mask, capture.Preview); m.Covered < 0.6 {
		t.Errorf("masked: count %d, covered %.2f, want over 0.6", m.Count, m.Covered)
	}
	glasses := img.Clone()
	defer glasses.Close()
	for _, e := range [2]int{36, 42} {
		c, w := between(p[e], p[e+3], 0.5), p[e+3].X-p[e].X
		fillPolygon(&glasses, []capture.Point{
			{X: c.X - w, Y: c.Y - w/2}, {X: c.X + w, Y: c.Y - w/2}, {X: c.X + w, Y: c.Y + w/2}, {X: c.X - w, Y: c.Y + w/2},
		}, color.RGBA{R: 18, G: 18, B: 20})
	}
	if m := measuredFace(t, f, glasses, capture.Preview); m.Covered < 0.6 {
		t.Errorf("dark glasses: count %d, covered %.2f, want over 0.6", m.Count, m.Covered)
	}
}

func fillPolygon(img *gocv.Mat, points []capture.Point, c color.RGBA) {
	var whole []image.Point
	for _, p := range points {
		whole = append(whole, image.Pt(int(p.X), int(p.Y)))
	}
	v := gocv.NewPointsVectorFromPoints([][]image.Point{whole})
	defer v.Close()
	gocv.FillPoly(img, v, c)
}
