package opencv

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// TestPlanesAreTheDecodersPictures: of any size and orientation the grey picture is
// OpenCV's own, and the reduced colours are near its own.
func TestPlanesAreTheDecodersPictures(t *testing.T) {
	for _, size := range []image.Point{{640, 480}, {333, 217}, {321, 240}, {320, 247}} {
		img := drawTable(size.X, size.Y, color.RGBA{150, 110, 80, 255}, 6, 1)
		drawDocument(img, pixel.Quad{{X: 60, Y: 40}, {X: 270, Y: 50}, {X: 265, Y: 180}, {X: 50, Y: 170}},
			specimenFace(320, 202, 2))
		f := jpegFrame(t, img, 80, capture.Preview)
		for _, f.Orientation = range []int{1, 6} {
			p, err := pixel.NewPlanes(f)
			if err != nil || !p.Coloured() {
				t.Fatalf("%v: coloured %v, error %v", size, p.Coloured(), err)
			}
			want, err := pixel.Decode(f, false, 1)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(p.Grey.ToBytes(), want.ToBytes()) || p.Grey.Cols() != want.Cols() {
				t.Errorf("%v turned %d: another grey picture", size, f.Orientation)
			}
			got, err := p.Reduced(2)
			if err != nil {
				t.Fatal(err)
			}
			ref, err := pixel.Decode(f, true, 2)
			if err != nil {
				t.Fatal(err)
			}
			a, b := got.Mean(), ref.Mean()
			if d := math.Abs(a.Val1-b.Val1) + math.Abs(a.Val2-b.Val2) + math.Abs(a.Val3-b.Val3); d > 3 {
				t.Errorf("%v turned %d: mean colour %v, want %v", size, f.Orientation, a, b)
			}
			for _, m := range []*gocv.Mat{&want, &got, &ref} {
				m.Close()
			}
			p.Close()
		}
	}
}

// TestFlattenedIsRectified: measured on, both are the same picture; also where the
// outline lies partly outside.
func TestFlattenedIsRectified(t *testing.T) {
	f := plainScene().jpeg(t, capture.Preview)
	p, err := pixel.NewPlanes(f)
	defer p.Close()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []pixel.Quad{
		{{X: 300, Y: 200}, {X: 900, Y: 260}, {X: 860, Y: 700}, {X: 330, Y: 620}},
		{{X: -80, Y: -60}, {X: 900, Y: 260}, {X: 1400, Y: 1100}, {X: 100, Y: 800}},
	} {
		g, ok := pixel.Flatten(p.Grey, q, 500, 315)
		flat, err := pixel.Rectify(p.Grey, q, 500, 315)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		sum := 0.0
		for i, v := range flat.ToBytes() {
			sum += math.Abs(float64(v) - float64(g.Pix[i]))
		}
		if mean := sum / float64(len(g.Pix)); mean > 1 {
			t.Errorf("outline %v: %.2f grey levels apart", q, mean)
		}
		flat.Close()
	}
}
