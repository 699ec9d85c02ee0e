package face

import (
	"image"
	"math"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// lit is a picture whose light changes by a factor in each of blue, green and red.
func lit(img gocv.Mat, by [3]float64) gocv.Mat {
	out := img.Clone()
	pixels, _ := out.DataPtrUint8()
	for i, v := range pixels {
		light := min(1, linear()[v]*by[i%3])
		code := 1.055*math.Pow(light, 1/2.4) - 0.055
		pixels[i] = uint8(math.Round(255 * max(0, code)))
	}
	return out
}

func TestTheLightOfTheSkinIsMeasured(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	before := measuredFace(t, f, img, capture.Preview)
	for k, v := range before.Skin {
		if v < 0.05 || v > 0.9 || k > 0 && v >= before.Skin[k-1] {
			t.Errorf("skin %.3f: want light, more red than green, more green than blue", before.Skin)
		}
	}
	redder := lit(img, [3]float64{0.95, 0.95, 1})
	defer redder.Close()
	after := measuredFace(t, f, redder, capture.Preview)
	for k, want := range [3]float64{0, math.Log(0.95), math.Log(0.95)} {
		if got := math.Log(after.Skin[k] / before.Skin[k]); math.Abs(got-want) > 0.006 {
			t.Errorf("channel %d of the skin changed by %.4f, want %.4f", k, got, want)
		}
	}
	// The light of the face alone leaves what is beside it.
	face := img.Clone()
	defer face.Close()
	b := before.Box
	area := image.Rect(int(b[0]), int(b[1]), int(b[0]+b[2]), int(b[1]+b[3]))
	area = area.Intersect(image.Rect(0, 0, img.Cols(), img.Rows()))
	from, to := redder.Region(area), face.Region(area)
	defer from.Close()
	defer to.Close()
	from.CopyTo(&to)
	alone := measuredFace(t, f, face, capture.Preview)
	for k := range alone.Around {
		if before.Around[k] == 0 || math.Abs(math.Log(alone.Around[k]/before.Around[k])) > 0.002 {
			t.Errorf("around %.4f, before %.4f", alone.Around, before.Around)
		}
	}
	if math.Log(alone.Skin[1]/before.Skin[1]) > -0.03 {
		t.Errorf("skin %.4f, before %.4f", alone.Skin, before.Skin)
	}
}
