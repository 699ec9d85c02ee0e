package quality

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// sheet is a grey copy, dark and light print on paper, in light of a tint and a strength.
func sheet(t *testing.T, strength float64, tint [3]float64, ink color.RGBA) float64 {
	t.Helper()
	return litSheet(t, strength, func(_, _ float64) [3]float64 { return tint }, ink)
}

// litSheet is sheet in light whose tint depends on the place, 0..1 along its sides.
func litSheet(t *testing.T, strength float64, tint func(u, v float64) [3]float64, ink color.RGBA) float64 {
	t.Helper()
	return cellsOfSheet(t, strength, tint, ink).Saturation
}

func cellsOfSheet(t *testing.T, strength float64, tint func(u, v float64) [3]float64, ink color.RGBA) colours {
	t.Helper()
	mat := gocv.NewMatWithSize(96, 144, gocv.MatTypeCV8UC3)
	defer mat.Close()
	data, err := mat.DataPtrUint8()
	if err != nil {
		t.Fatal(err)
	}
	at := func(v uint8, tint float64) uint8 { // sRGB, nearly
		return uint8(255*math.Pow(min(1, strength*tint*math.Pow(float64(v)/255, 2.2)), 1/2.2) + 0.5)
	}
	for y := range 96 {
		for x := range 144 {
			c := color.RGBA{240, 240, 240, 255}
			switch {
			case x/12%3 == 0 && y/12%2 == 0:
				c = ink
			case x/12%3 == 1:
				c = color.RGBA{130, 130, 130, 255}
			}
			l := tint(float64(x)/143, float64(y)/95)
			copy(data[3*(144*y+x):], []uint8{at(c.B, l[0]), at(c.G, l[1]), at(c.R, l[2])})
		}
	}
	p, err := pixel.NewColour(mat, 144)
	if err != nil {
		t.Fatal(err)
	}
	corners := pixel.Quad{{X: 0, Y: 0}, {X: 143, Y: 0}, {X: 143, Y: 95}, {X: 0, Y: 95}}
	return CellsOf(p, corners)
}

// Paper of two colours in three is lost where too much light burns both out: half of the sheet
// is paper. One colour that is burnt out leaves most of the light, white paper's grey level
// tells by itself, and in good light nothing is lost.
func TestPaperOfAStrongColourIsBurntOut(t *testing.T) {
	ink := color.RGBA{40, 40, 40, 255}
	for name, c := range map[string]struct {
		strength    float64
		paper       [3]float64 // blue, green, red
		least, most float64
	}{
		"yellow in too much light": {1.6, [3]float64{0.2, 1, 1}, 0.3, 0.6},
		"cyan in too much light":   {1.6, [3]float64{1, 1, 0.2}, 0.3, 0.6},
		"yellow in good light":     {0.8, [3]float64{0.2, 1, 1}, 0, 0},
		"cyan in good light":       {0.8, [3]float64{1, 1, 0.2}, 0, 0},
		"red in too much light":    {1.6, [3]float64{0.2, 0.3, 1}, 0, 0},
		"green in too much light":  {1.6, [3]float64{0.2, 1, 0.3}, 0, 0},
		"white in too much light":  {1.6, [3]float64{1, 1, 1}, 0, 0.05},
		"white in a lamp's light":  {1, [3]float64{0.75, 0.95, 1.1}, 0, 0},
	} {
		v := cellsOfSheet(t, c.strength, func(_, _ float64) [3]float64 { return c.paper }, ink).Lost
		if v < c.least || v > c.most {
			t.Errorf("%s: %.3f is lost, want %.2f to %.2f", name, v, c.least, c.most)
		}
	}
}

// A grey copy has no colour in light of any tint, also where its paper is burnt out; one
// coloured ink has.
func TestColourBesideTint(t *testing.T) {
	warm, grey, red := [3]float64{0.7, 0.95, 1.15}, color.RGBA{40, 40, 40, 255}, color.RGBA{190, 40, 40, 255}
	for name, c := range map[string]struct {
		strength float64
		ink      color.RGBA
		least    float64
		most     float64
	}{
		"a copy in warm light":               {0.8, grey, 0, 1},
		"a copy whose paper is burnt out":    {1.4, grey, 0, 1},
		"red ink in warm light":              {0.8, red, 10, 100},
		"red ink on paper that is burnt out": {1.4, red, 10, 100},
	} {
		if v := sheet(t, c.strength, warm, c.ink); v < c.least || v > c.most {
			t.Errorf("%s: colour %.2f, want %.1f to %.1f", name, v, c.least, c.most)
		}
	}
}

// A grey copy has no colour between a lamp and a window, nor around a lamp that is near; one
// coloured ink has.
func TestColourInTwoLights(t *testing.T) {
	lamp, window := [3]float64{0.7, 0.95, 1.1}, [3]float64{1.1, 1, 0.85}
	mixed := func(k float64) (l [3]float64) {
		for i := range l {
			l[i] = lamp[i] + k*(window[i]-lamp[i])
		}
		return l
	}
	grey, red := color.RGBA{40, 40, 40, 255}, color.RGBA{190, 40, 40, 255}
	limit := capture.DefaultLimits().Document.SaturationMin.Still
	for name, light := range map[string]func(u, v float64) [3]float64{
		"from side to side":     func(u, _ float64) [3]float64 { return mixed(u) },
		"from corner to corner": func(u, v float64) [3]float64 { return mixed((u + v) / 2) },
		"around a lamp": func(u, v float64) [3]float64 {
			return mixed(1 - math.Exp(-1.5*((u-0.3)*(u-0.3)+(v-0.6)*(v-0.6))))
		},
	} {
		if v := litSheet(t, 0.8, light, grey); v > 0.8*limit {
			t.Errorf("a copy, %s: colour %.2f, want %.2f at most", name, v, 0.8*limit)
		}
		if v := litSheet(t, 0.8, light, red); v < 10 {
			t.Errorf("red ink, %s: colour %.2f, want 10 at least", name, v)
		}
	}
}

// A tint that changes evenly leaves little, by up to 8 on this page, and what no part tells is
// 0: across the columns of one row.
func TestALeanIsFitted(t *testing.T) {
	lean := func(u, v float64) (a, b float64) { return 2 + 3*u - 4*v + 5*u*u + u*v, -1 - 2*u + 6*v*v }
	var parts, row []part
	for j := range partRows {
		for i := range partColumns {
			u, v := (float64(i)+0.5)/partColumns-0.5, (float64(j)+0.5)/partRows-0.5
			a, b := lean(u, v)
			parts = append(parts, part{1, 1, u, v, a, b})
		}
	}
	for i := range partColumns {
		row = append(row, part{1, 1, parts[i].u, 0, 4, 0})
	}
	for name, list := range map[string][]part{"a page": parts, "one row": row, "one part": parts[:1]} {
		a, b := leanOver(list, 1)
		for i, p := range list {
			d := p.beside(a, b)
			if !(d < 0.25) { // also where it is no number
				t.Errorf("%s, part %d: %.3f from grey, want 0.25 at most", name, i, d)
			}
		}
	}
}

// A small stamp is all the colour of many a document: it tells it from its copy, in the
// noise of a sensor too, which is all over both.
func TestASmallStampIsColour(t *testing.T) {
	page := func(stamp, noise float64) float64 {
		mat := gocv.NewMatWithSize(240, 360, gocv.MatTypeCV8UC3)
		defer mat.Close()
		data, err := mat.DataPtrUint8()
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(3, 5))
		for i := range 240 * 360 {
			x, y := i%360, i/360
			c := [3]float64{215, 215, 215}
			switch {
			case x > 250 && x < 310 && y > 60 && y < 120:
				c[0], c[1] = c[0]-stamp, c[1]-stamp
			case x/10%3 == 0 && y/10%2 == 0:
				c = [3]float64{50, 50, 50}
			}
			for k, v := range c {
				data[3*i+k] = uint8(min(255, max(0, v+noise*r.NormFloat64())))
			}
		}
		p, err := pixel.NewColour(mat, 360)
		if err != nil {
			t.Fatal(err)
		}
		return CellsOf(p, pixel.Quad{{X: 0, Y: 0}, {X: 359, Y: 0}, {X: 359, Y: 239}, {X: 0, Y: 239}}).Saturation
	}
	limit := capture.DefaultLimits().Document.SaturationMin.Still
	for _, noise := range []float64{0, 4} {
		if v := page(0, noise); v >= limit {
			t.Errorf("a copy in noise of %v levels: colour %.2f, want less than %.2f", noise, v, limit)
		}
		if v := page(60, noise); v < 2*limit {
			t.Errorf("a page with a stamp in noise of %v levels: colour %.2f, want %.2f at least", noise, v, 2*limit)
		}
	}
}

// A page on which nothing but a few small places is coloured, and pale, is no copy: in a part of
// the page as wide as its portrait they are nearly grey.
func TestSmallPalePrintIsColour(t *testing.T) {
	page := func(chroma float64) float64 {
		grey, pale := color.RGBA{60, 60, 60, 255}, [3]float64{215 - chroma, 215 - chroma, 215 + chroma}
		mat := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(215, 215, 215, 0), 240, 360, gocv.MatTypeCV8UC3)
		defer mat.Close()
		for i := range 8 { // print in black, and beside it
			gocv.Rectangle(&mat, image.Rect(40+35*i, 60, 60+35*i, 180), grey, -1)
		}
		data, err := mat.DataPtrUint8()
		if err != nil {
			t.Fatal(err)
		}
		for k := range 12 {
			for y := range 12 {
				for x := range 12 {
					for c, v := range pale {
						data[3*((30+170*(k%2)+y)*360+40+50*(k/2)+x)+c] = uint8(v)
					}
				}
			}
		}
		p, err := pixel.NewColour(mat, 360)
		if err != nil {
			t.Fatal(err)
		}
		return CellsOf(p, pixel.Quad{{X: 0, Y: 0}, {X: 359, Y: 0}, {X: 359, Y: 239}, {X: 0, Y: 239}}).Saturation
	}
	limit := capture.DefaultLimits().Document.SaturationMin.Still
	if v := page(0); v > 0.5*limit {
		t.Errorf("a copy: colour %.2f, want %.2f at most", v, 0.5*limit)
	}
	if v := page(8); v < limit {
		t.Errorf("pale print: colour %.2f, want %.2f at least", v, limit)
	}
}

// The same print is as coloured on a page in a quarter of the light.
func TestColourInLittleLight(t *testing.T) {
	white, red := [3]float64{1, 1, 1}, color.RGBA{190, 40, 40, 255}
	full, half := sheet(t, 0.8, white, red), sheet(t, 0.2, white, red)
	if r := half / full; r < 0.8 || r > 1.25 {
		t.Errorf("colour %.2f in a quarter of the light, %.2f in all of it", half, full)
	}
}

// A colour is what its red, green and blue make of it again, and a light that is twice as
// strong makes a grey page twice as light in the same tint.
func TestTintFollowsTheLight(t *testing.T) {
	for _, rgb := range [][3]float64{{0.9, 0.85, 0.7}, {0.3, 0.35, 0.4}, {0.12, 0.1, 0.08}} {
		again := coded(labOf(rgb))
		for i, v := range again {
			if math.Abs(v-rgb[i]) > 2e-3 {
				t.Errorf("%v came back as %v", rgb, again)
			}
		}
		full, half := labOf(rgb), labOf([3]float64{rgb[0] / 2, rgb[1] / 2, rgb[2] / 2})
		if a, b := tintOf(full).at(half[0]); math.Hypot(a-half[1], b-half[2]) > 0.4 {
			t.Errorf("%v in half of the light: %.2f, %.2f, want %v", rgb, a, b, half)
		}
	}
}

func TestClipped(t *testing.T) {
	for _, c := range []struct {
		bgr  [3]float64
		want bool
	}{{[3]float64{255, 255, 255}, true}, {[3]float64{200, 230, 255}, true}, {[3]float64{230, 235, 238}, false},
		{[3]float64{60, 60, 60}, false}} {
		mat := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(c.bgr[0], c.bgr[1], c.bgr[2], 0), 8, 8, gocv.MatTypeCV8UC3)
		p, err := pixel.NewColour(mat, 8)
		mat.Close()
		if err != nil {
			t.Fatal(err)
		}
		l, a, b := p.Smooth(4, 4)
		if got := clipped([3]float64{l, a - 128, b - 128}); got != c.want {
			t.Errorf("%v: clipped %v, want %v", c.bgr, got, c.want)
		}
	}
}
