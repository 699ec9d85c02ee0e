package specimen

import (
	"image/color"
	"math"
	"strings"
	"testing"
)

func TestDrawZone(t *testing.T) {
	a := loadAssets(t)
	look := ZoneLook{Letter: 24, Margin: 2.4, Paper: color.RGBA{240, 240, 240, 255}, Ink: color.RGBA{20, 20, 20, 255}}
	img, err := DrawZone([]string{strings.Repeat("H", 36), strings.Repeat("<", 36)}, look, a)
	if err != nil {
		t.Fatal(err)
	}
	// 36 letters of 2.54 mm, two lines 6.35 mm apart, ten pixels a millimetre.
	if w, h := img.Rect.Dx(), img.Rect.Dy(); w != 962 || math.Abs(float64(h)-135.5) > 1 {
		t.Errorf("%d × %d pixels, want 962 × 135", w, h)
	}
	top, bottom := img.Rect.Dy(), 0
	for y := range img.Rect.Dy() / 2 { // the upper line
		for x := range img.Rect.Dx() {
			if img.RGBAAt(x, y).R < 100 {
				top, bottom = min(top, y), max(bottom, y)
			}
		}
	}
	if height := bottom - top + 1; height < 22 || height > 26 {
		t.Errorf("letters are %d pixels high, want 24", height)
	}
	if _, err := DrawZone(nil, look, a); err == nil {
		t.Error("no lines: no error")
	}
	look.Letter = 1000
	if _, err := DrawZone([]string{"A"}, look, a); err == nil {
		t.Error("letters of 1000 pixels: no error")
	}
}
