package zone

import (
	"math"
	"strings"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// A page's zone, 10 pixels a millimetre and turned by 30 degrees, tells its outline.
func TestAround(t *testing.T) {
	sin, cos := math.Sincos(math.Pi / 6)
	at := func(x, y float64) capture.Point {
		return capture.Point{X: 400 + 10*(x*cos-y*sin), Y: 300 + 10*(x*sin+y*cos)}
	}
	const half = (43*2.54 + 1.7) / 2
	line := strings.Repeat("<", 44)
	z := Found{Lines: []string{line, line}, Mean: 0.95, Corners: pixel.Quad{
		at(62.5-half, 73), at(62.5+half, 73), at(62.5+half, 82), at(62.5-half, 82),
	}}
	q, ok := z.Around()
	want := pixel.Quad{at(0, 0), at(125, 0), at(125, 88), at(0, 88)}
	if !ok || q.Apart(want) > 1 {
		t.Errorf("outline %v %v, want %v", q, ok, want)
	}
	z.Mean = leastZone - 0.05
	if _, ok := z.Around(); ok {
		t.Error("small print has an outline")
	}
	z.Mean, z.Lines = 0.95, []string{line}
	if _, ok := z.Around(); ok {
		t.Error("one line has an outline")
	}
}
