package zone

import (
	"image"
	"image/color"
	"math"
	"testing"

	"gocv.io/x/gocv"
)

// Lines that reach across a picture are found whatever runs into them: strokes that go
// through both make one box of them. A line alone is none.
func TestRowsAcross(t *testing.T) {
	grey := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(240, 0, 0, 0), 400, 600, gocv.MatTypeCV8U)
	defer grey.Close()
	print := func(top, height int) {
		for x := 45; x < 555; x += 8 {
			gocv.Rectangle(&grey, image.Rect(x, top, x+3, top+height), color.RGBA{R: 30, G: 30, B: 30}, -1)
		}
	}
	print(100, 14)
	print(300, 14)
	print(340, 15)
	for x := 60; x < 600; x += 150 {
		gocv.Line(&grey, image.Pt(x, 399), image.Pt(x+200, 200), color.RGBA{R: 60, G: 60, B: 60}, 2)
	}
	rows, err := rowsAcross(grey)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 {
		t.Fatalf("%d rows, want 2: %v", len(rows), rows)
	}
	for i, want := range []float64{307, 347} {
		if y := rows[i].corners.Centre().Y; math.Abs(y-want) > 3 || rows[i].height < 10 || rows[i].height > 20 {
			t.Errorf("row %d lies at %.0f, %.0f high; want at %.0f, 14 high", i, y, rows[i].height, want)
		}
	}
}
