package quality

import (
	"math"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// page is a rectified document: a light for every place, and lines of letters or fine lines
// printed on it in an ink that takes a share of that light.
func page(light func(x, y float64) float64, print func(x, y int) float64, veil func(x, y float64) float64) pixel.Grey {
	g := pixel.Grey{W: 512, H: 352, Pix: make([]uint8, 512*352)}
	for y := range g.H {
		for x := range g.W {
			u, v := float64(x)/float64(g.W), float64(y)/float64(g.H)
			c := light(u, v) * (1 - print(x, y))
			c += veil(u, v) * (268 - c)
			g.Pix[y*g.W+x] = uint8(min(255, max(0, c)))
		}
	}
	return g
}

// letters are lines of strokes every 24 pixels, as dark as black ink.
func letters(x, y int) float64 {
	if y%24 >= 10 && y%24 < 20 && x%8 < 3 {
		return 0.85
	}
	return 0
}

// fineLines are a pattern of light lines all over the page, with letters on its left.
func fineLines(x, y int) float64 {
	if x < 200 && letters(x, y) > 0 {
		return letters(x, y)
	}
	if (x+y)%7 == 0 {
		return 0.12
	}
	return 0
}

// evenLight, slope and lamp are lights; none and spotAt are what lies over the print.
func evenLight(level float64) func(x, y float64) float64 {
	return func(float64, float64) float64 { return level }
}

func slope(from, to float64) func(x, y float64) float64 {
	return func(x, _ float64) float64 { return from + (to-from)*x }
}

func none(float64, float64) float64 { return 0 }

// spotAt is a reflection of a radius in heights that fades over a width.
func spotAt(radius, width float64) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		d := math.Hypot((x-0.6)*512/352, y-0.5)
		return min(1, max(0, (radius+width-d)/width))
	}
}

// blankCross is blank paper between blocks of print that is burnt out: it fills half of an
// ellipse.
func blankCross(x, y float64) float64 {
	dx, dy := math.Abs(x-0.5)*512/352, math.Abs(y-0.5)
	if max(dx, dy) < 0.4 && min(dx, dy) < 0.09 {
		return 1
	}
	return 0
}

// aisles are the strips without print between four blocks of letters, through the middle of
// spotAt.
func aisles(u, v float64) bool { return math.Abs(u-0.6) < 0.05 || math.Abs(v-0.5) < 0.06 }

// blocks are letters but for the aisles, and burntAisles a light that burns them out.
func blocks(x, y int) float64 {
	if aisles(float64(x)/512, float64(y)/352) {
		return 0
	}
	return letters(x, y)
}

func burntAisles(u, v float64) float64 {
	if aisles(u, v) {
		return 265
	}
	return 228
}

// Paper that is burnt out beside letters that are not is no glare, nor are fine lines that
// are faint all over the page; a spot that takes the letters is, with a wide halo and with
// a narrow one, on grey paper and on white.
func TestGlareTakesPrint(t *testing.T) {
	for _, tt := range []struct {
		name  string
		g     pixel.Grey
		glare bool
	}{
		{"white paper, half of it burnt out", page(slope(238, 275), letters, none), false},
		{"fine lines on white paper, half of it burnt out", page(slope(238, 275), fineLines, none), false},
		{"a burnt cross between blocks of print", page(evenLight(205), letters, blankCross), false},
		{"grey paper", page(evenLight(190), letters, none), false},
		{"a spot on grey paper", page(evenLight(190), letters, spotAt(0.2, 0.1)), true},
		{"a hard spot on grey paper", page(evenLight(190), letters, spotAt(0.2, 0.01)), true},
		{"a spot on white paper", page(evenLight(240), letters, spotAt(0.2, 0.1)), true},
		{"a spot on fine lines", page(evenLight(205), fineLines, spotAt(0.2, 0.1)), true},
		{"burnt paper between blocks of print", page(burntAisles, blocks, none), false},
		{"a spot that runs out into burnt paper between them", page(burntAisles, blocks, spotAt(0.25, 0.1)), true},
		{"a spot on paper that is burnt out", page(evenLight(262), letters, spotAt(0.15, 0.05)), true},
	} {
		share, boxes := GlareOf(tt.g)
		if glare := share > capture.DefaultLimits().Document.GlareMax.Still; glare != tt.glare || glare != (len(boxes) > 0) {
			t.Errorf("%s: glare %.3f in %v, want glare %v", tt.name, share, boxes, tt.glare)
		}
	}
}
