//go:build matprofile

package face

import (
	"image"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// With -tags matprofile gocv counts the Mats that are not closed.
func TestFaceMatsAreClosed(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	turned := gocv.NewMat()
	defer turned.Close()
	gocv.Rotate(img, &turned, gocv.Rotate180Clockwise)
	half := gocv.NewMat()
	defer half.Close()
	gocv.Resize(img, &half, image.Pt(256, 256), 0, 0, gocv.InterpolationArea)
	grey := gocv.NewMat()
	defer grey.Close()
	gocv.CvtColor(img, &grey, gocv.ColorBGRToGray)
	empty := gocv.NewMat()
	defer empty.Close()
	before := gocv.MatProfile.Count()
	measuredFace(t, f, img, capture.Still)
	measuredFace(t, f, turned, capture.Still)
	if _, err := f.Measure(half, grey, capture.Preview); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Measure(empty, grey, capture.Preview); err == nil {
		t.Error("an empty picture was measured")
	}
	if _, err := f.Portrait(img, 0, 2, 1, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Portrait(empty, 0); err == nil {
		t.Error("a portrait was looked for in an empty picture")
	}
	if _, err := f.compare(img, turned); err != nil {
		t.Fatal(err)
	}
	if after := gocv.MatProfile.Count(); after != before {
		t.Errorf("%d Mats open before, %d after", before, after)
	}
}
