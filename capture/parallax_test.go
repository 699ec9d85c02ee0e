package capture

import (
	"math"
	"testing"
)

// points68 are landmarks on a bowl of a depth, turned, seen from afar.
func points68(depth, degrees float64) []Point {
	points := make([]Point, 68)
	s, c := math.Sincos(degrees * math.Pi / 180)
	for i := range points {
		x, y := float64(i%9-4)*25, float64(i/9-4)*25
		if i == 36 || i == 45 { // the eyes' corners
			x, y = float64(i-36)*20-90, -20
		}
		z := depth * (x*x + y*y) / 200
		points[i] = Point{X: 300 + x*c - z*s, Y: 200 + y}
	}
	return points
}

func TestAFlatFaceStaysInItsPlane(t *testing.T) {
	if off, ok := OffPlane(points68(0, 0), points68(0, 40)); !ok || off > 1e-6 {
		t.Errorf("flat, turned: %v %v, want 0", off, ok)
	}
	less, ok := OffPlane(points68(1, 0), points68(1, 10))
	more, ok2 := OffPlane(points68(1, 0), points68(1, 25))
	if !ok || !ok2 || less < 0.01 || more < 1.5*less {
		t.Errorf("deep, turned by 10 and 25 degrees: %v and %v, want the second clearly more", less, more)
	}
	if _, ok := OffPlane(nil, points68(1, 0)); ok {
		t.Error("without landmarks something was measured")
	}
	if _, ok := OffPlane(make([]Point, 68), points68(1, 0)); ok {
		t.Error("points that coincide span a plane")
	}
}

func TestAFlatTurnIsADoubtAndNoMore(t *testing.T) {
	for _, depth := range []float64{0, 1} {
		r, _ := gesturing(t)
		r.flow.neutral = points68(depth, 0)
		for range 2 {
			m := doing(r.flow.Asked().Gesture, 1.05)
			m.Face.Landmarks = points68(depth, 20)
			r.preview(m)
		}
		r.at(Selfie, PhaseGuiding)
		doubts := r.flow.Steps[2].Doubts
		if (len(doubts) == 1) != (depth == 0) {
			t.Errorf("depth %v: doubts %+v", depth, doubts)
		}
	}
}

func TestAnotherFaceThanTheGesturesIsADoubt(t *testing.T) {
	r, _ := gesturing(t)
	limit := DefaultLimits().Challenge.SamePerson
	if r.flow.Compared(limit) || !r.flow.Compared(limit-0.01) || len(r.flow.Steps[2].Doubts) != 1 {
		t.Errorf("doubts %+v, want one below the limit", r.flow.Steps[2].Doubts)
	}
}

func TestAMomentIsKnownAgain(t *testing.T) {
	print := make([]byte, 64)
	for i := range print {
		print[i] = byte(40 + i*37%170)
	}
	shared := func(change int) bool {
		other := make([]byte, 64)
		for i, v := range print {
			other[i] = byte(int(v) + change*(i%3-1))
		}
		a, b := ReplayKeys(print), ReplayKeys(other)
		for i := range a {
			if a[i] == b[i] {
				return true
			}
		}
		return false
	}
	if !shared(0) || !shared(1) || shared(30) {
		t.Errorf("same %v, encoded anew %v, another moment %v", shared(0), shared(1), shared(30))
	}
	if ReplayKeys(nil) != nil {
		t.Error("no print has keys")
	}
}
