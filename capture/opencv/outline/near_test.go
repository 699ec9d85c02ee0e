package outline

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"visavis/capture/opencv/pixel"
)

// The edges near an outline are those that lie along one of its sides, whatever their angle and
// the outline's.
func TestEdgesNearAnOutlineAreThoseAlongItsSides(t *testing.T) {
	const turn, reach = nearTurn * math.Pi / 180, 20
	r := rand.New(rand.NewPCG(7, 14))
	along := func(p edgePoint, s nearSide) bool {
		d := math.Abs(float64(p.angle - s.theta))
		x, y := float32(p.x), float32(p.y)
		at := s.a*y - s.b*x
		return min(d, math.Pi-d) < turn && absf(s.a*x+s.b*y-s.c) <= reach && at >= s.from && at <= s.to
	}
	for degrees := 0.0; degrees < 180; degrees += 7.5 {
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		var q pixel.Quad
		for i, c := range [4][2]float64{{-90, -60}, {90, -50}, {95, 55}, {-85, 60}} {
			q[i].X, q[i].Y = 160+c[0]*cos-c[1]*sin, 120+c[0]*sin+c[1]*cos
		}
		e := &edgeMap{}
		for range 4000 {
			e.points = append(e.points, edgePoint{x: int16(r.IntN(320)), y: int16(r.IntN(240)), angle: r.Float32() * math.Pi})
		}
		sides := nearSides(q, reach)
		want := slices.DeleteFunc(slices.Clone(e.points), func(p edgePoint) bool {
			return !slices.ContainsFunc(sides, func(s nearSide) bool { return along(p, s) })
		})
		if got := e.near(q, reach); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("turned by %g degrees: %d edges, want %d", degrees, len(got), len(want))
		}
	}
}
