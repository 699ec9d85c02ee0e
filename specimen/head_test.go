package specimen

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// A nose that stands out more goes farther when the head turns; the eyes beside it do not.
func TestATurningNoseGoesAsFarAsItStandsOut(t *testing.T) {
	portrait := image.NewRGBA(image.Rect(0, 0, 200, 240))
	tip, eye := color.RGBA{200, 0, 0, 255}, color.RGBA{0, 0, 200, 255}
	for y := range 240 {
		for x := range 200 {
			c := color.RGBA{180, 180, 180, 255}
			switch {
			case math.Hypot(float64(x)-100, float64(y)-111) < 4:
				c = tip
			case math.Hypot(float64(x)-80, float64(y)-90) < 4:
				c = eye
			}
			portrait.SetRGBA(x, y, c)
		}
	}
	// at is the middle of a colour, across.
	at := func(nose, yaw float64, c color.RGBA) float64 {
		h := Head{Portrait: portrait, EyeLeft: [2]float64{80, 90}, EyeRight: [2]float64{120, 90}, Nose: nose}
		img := h.Turned(HeadPose{Yaw: yaw}, 480, 640)
		sum, n := 0.0, 0.0
		for y := range 640 {
			for x := range 480 {
				p := img.RGBAAt(x, y)
				if p.G < 60 && (p.R > 100) == (c.R > 100) {
					sum, n = sum+float64(x), n+1
				}
			}
		}
		if n == 0 {
			t.Fatalf("nose %v, turned by %v: %v is not seen", nose, yaw, c)
		}
		return sum / n
	}
	far := func(nose float64, c color.RGBA) float64 { return math.Abs(at(nose, 20, c) - at(nose, 0, c)) }
	if flat, common, long := far(0.24, tip), far(0, tip), far(0.36, tip); common < flat+1 || long < common+0.3 {
		t.Errorf("tips of noses of 0.24, as usual and of 0.36 move by %.1f, %.1f and %.1f pixels", flat, common, long)
	}
	if a, b := far(0.24, eye), far(0.36, eye); math.Abs(a-b) > 0.3 {
		t.Errorf("the eye moves by %.1f or %.1f pixels by the nose beside it", a, b)
	}
}
