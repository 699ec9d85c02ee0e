package quality

import (
	"math"
	"math/rand/v2"
	"testing"

	"visavis/capture/opencv/pixel"
)

// Two lattices that are turned against each other in a plane are a print's, however the plane
// lies before the camera; one lattice alone, its harmonics, lines and grain are not.
func TestTwoLatticesAreAPrint(t *testing.T) {
	plane := pixel.Quad{{X: 90, Y: 70}, {X: 880, Y: 40}, {X: 900, Y: 640}, {X: 60, Y: 600}}
	to, ok := pixel.SquareTo(plane)
	if !ok {
		t.Fatal("no such plane")
	}
	from := to.Inverse()
	const w, h = 800, 560 // of the plane, pixels
	dots := func(period, degrees float64) func(x, y float64) float64 {
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		return func(x, y float64) float64 {
			a, b := 2*math.Pi*(x*cos+y*sin)/period, 2*math.Pi*(y*cos-x*sin)/period
			return 8*(math.Cos(a)+math.Cos(b)) + 4*(math.Cos(2*a)+math.Cos(2*b)) + 4*math.Cos(a)*math.Cos(b)
		}
	}
	cyan, black := dots(3.6, 15), dots(4, 45)
	for name, c := range map[string]struct {
		at       func(x, y float64, r *rand.Rand) float64
		low, top float64
	}{
		"two inks": {func(x, y float64, _ *rand.Rand) float64 { return cyan(x, y) + black(x, y) }, 0.8, 1},
		"one ink":  {func(x, y float64, _ *rand.Rand) float64 { return black(x, y) }, 0, 0.25},
		"lines of two directions": {func(x, y float64, _ *rand.Rand) float64 {
			return 10 * (math.Sin(1.6*x+0.4*y) + math.Sin(0.5*x+1.2*y))
		}, 0, 0.25},
		"grain": {func(_, _ float64, r *rand.Rand) float64 { return 6 * r.NormFloat64() }, 0, 0.25},
	} {
		grey := dotted(t, func(x, y float64, r *rand.Rand) float64 {
			p := from.At(x, y)
			return 128 + c.at(w*p.X, h*p.Y, r)
		})
		have, err := PatternsOf(grey, plane)
		if err != nil || have.Print < c.low || have.Print > c.top {
			t.Errorf("%s: %.3f, %v, want %.2f to %.2f", name, have.Print, err, c.low, c.top)
		}
	}
	// A small part of the frame says too little of a document.
	grey := dotted(t, func(x, y float64, _ *rand.Rand) float64 { return 128 + cyan(x, y) + black(x, y) })
	few := pixel.Quad{{X: 100, Y: 100}, {X: 340, Y: 100}, {X: 340, Y: 260}, {X: 100, Y: 260}}
	if have, err := PatternsOf(grey, few); err != nil || have.Print != 0 || have.Dots == 0 {
		t.Errorf("few squares: %+v, %v", have, err)
	}
}
