package quality

import (
	"math"
	"math/rand/v2"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
)

const dotsW, dotsH = 960, 720

// dotted is a grey picture of a pattern, with grain.
func dotted(t *testing.T, at func(x, y float64, r *rand.Rand) float64) gocv.Mat {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	m := gocv.NewMatWithSize(dotsH, dotsW, gocv.MatTypeCV8UC1)
	t.Cleanup(func() { _ = m.Close() })
	pix, err := m.DataPtrUint8()
	if err != nil {
		t.Fatal(err)
	}
	for i := range pix {
		v := at(float64(i%dotsW), float64(i/dotsW), r) + 2*r.NormFloat64()
		pix[i] = uint8(min(255, max(0, v)))
	}
	return m
}

var wholeFrame = pixel.Quad{{}, {X: dotsW}, {X: dotsW, Y: dotsH}, {Y: dotsH}}

// A display's dots are alike from square to square although perspective changes them over the
// picture; neither grain, nor print of many patterns, nor one slow pattern is.
func TestDotsOfADisplayAreAlikeSideBySide(t *testing.T) {
	wave := func(period, angle float64) func(x, y float64) float64 {
		sin, cos := math.Sincos(angle)
		return func(x, y float64) float64 { return 12 * math.Sin(2*math.Pi*(x*cos+y*sin)/period) }
	}
	// Patches of print: each of 32 pixels has lines of its own.
	patches := map[[2]int]func(x, y float64) float64{}
	r := rand.New(rand.NewPCG(3, 4))
	for j := range dotsH/32 + 1 {
		for i := range dotsW/32 + 1 {
			patches[[2]int{i, j}] = wave(2.5+3*r.Float64(), math.Pi*r.Float64())
		}
	}
	for name, c := range map[string]struct {
		at       func(x, y float64, r *rand.Rand) float64
		low, top float64
	}{
		"a display in perspective": {func(x, y float64, _ *rand.Rand) float64 {
			return 128 + wave(3+0.4*x/dotsW, 0.3)(x, y) // 15 % from one end to the other
		}, 0.5, 1},
		"grain":          {func(_, _ float64, r *rand.Rand) float64 { return 128 + 6*r.NormFloat64() }, 0, 0.05},
		"a slow pattern": {func(x, y float64, _ *rand.Rand) float64 { return 128 + wave(12, 0.3)(x, y) }, 0, 0.05},
		"print": {func(x, y float64, _ *rand.Rand) float64 {
			return 128 + patches[[2]int{int(x) / 32, int(y) / 32}](x, y)
		}, 0, 0.12},
	} {
		if have, err := PatternsOf(dotted(t, c.at), wholeFrame); err != nil || have.Dots < c.low || have.Dots > c.top {
			t.Errorf("%s: %.3f, %v, want %.2f to %.2f", name, have.Dots, err, c.low, c.top)
		}
	}
}

func TestDotsOfWhatHasNoNeighbours(t *testing.T) {
	grey := dotted(t, func(x, _ float64, _ *rand.Rand) float64 { return 128 + 20*math.Sin(2*x) })
	for name, q := range map[string]pixel.Quad{
		"a strip":           {{}, {X: 900}, {X: 900, Y: 100}, {Y: 100}},
		"outside":           {{X: 2000, Y: 2000}, {X: 3000, Y: 2000}, {X: 3000, Y: 3000}, {X: 2000, Y: 3000}},
		"beyond the corner": {{X: -500, Y: -500}, {X: 100, Y: -500}, {X: 100, Y: 100}, {X: -500, Y: 100}},
	} {
		if have, err := PatternsOf(grey, q); have != (Patterns{}) || err != nil {
			t.Errorf("%s: %+v, %v", name, have, err)
		}
	}
	empty := gocv.NewMat()
	defer func() { _ = empty.Close() }()
	if have, err := PatternsOf(empty, wholeFrame); have != (Patterns{}) || err != nil {
		t.Errorf("no picture: %+v, %v", have, err)
	}
}

func BenchmarkPatterns(b *testing.B) {
	m := gocv.NewMatWithSize(dotsH, dotsW, gocv.MatTypeCV8UC1)
	defer func() { _ = m.Close() }()
	for b.Loop() {
		if _, err := PatternsOf(m, wholeFrame); err != nil {
			b.Fatal(err)
		}
	}
}
