package outline

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"visavis/capture"
)

// The rules for places outside of the picture, in the order of score.h.
const (
	passOver = iota
	endThere
	twoWide
)

// newEdges are random edges of so many pixels, in eighths, so that sums and products of them with
// eighths have no rounding.
func newEdges(r *rand.Rand, w, h int) *edgeMap {
	eighths := func(from, to int) []float32 {
		plane := make([]float32, w*h)
		for i := range plane {
			plane[i] = float32(from+r.IntN(to-from+1)) / 8
		}
		return plane
	}
	return &edgeMap{w: w, h: h, dx: eighths(-8, 8), dy: eighths(-8, 8), norm: eighths(0, 8)}
}

// edgeAt is the strongest edge within a pixel of a place whose gradient lies within 24 degrees of
// a direction.
func edgeAt(e *edgeMap, x, y, a, b float32) (best float32) {
	for k := float32(-1); k <= 1; k++ {
		px, py := int(x+k*a+0.5), int(y+k*b+0.5)
		if px < 0 || py < 0 || px >= e.w || py >= e.h {
			continue
		}
		i := py*e.w + px
		along, across := absf(e.dx[i]*a+e.dy[i]*b), absf(e.dx[i]*b-e.dy[i]*a)
		if e.norm[i] > best && across < 0.45*along {
			best = e.norm[i]
		}
	}
	return best
}

// walked is what scorer.along is of a walk, one place after the other.
func walked(e *edgeMap, from, step capture.Point, n int, a, b float32, how int) (sum float32, seen int) {
	for i := range n {
		x, y := float32(from.X+float64(i)*step.X), float32(from.Y+float64(i)*step.Y)
		if how != twoWide && (x < 0 || y < 0 || x > float32(e.w-1) || y > float32(e.h-1)) {
			if how == endThere {
				break
			}
			continue
		}
		seen++
		best := edgeAt(e, x, y, a, b)
		if how == twoWide {
			best = max(best, edgeAt(e, x+a, y+b, a, b), edgeAt(e, x-a, y-b, a, b))
		}
		sum += best
	}
	return sum, seen
}

// Walks of any length, also such as begin, end or lie outside of the picture, count what they
// count one place after the other, on processors that look at eight at once, too.
func TestWalksCountTheirEdges(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	eighths := func(from, to int) float64 { return float64(8*from+r.IntN(8*(to-from)+1)) / 8 }
	for _, size := range [][2]int{{41, 29}, {16, 8}, {7, 5}, {1, 1}} {
		e := newEdges(r, size[0], size[1])
		w, h := size[0], size[1]
		for n := range 36 {
			for range 60 {
				from := capture.Point{X: eighths(-6, w+5), Y: eighths(-6, h+5)}
				step := capture.Point{X: eighths(-1, 1), Y: eighths(-1, 1)}
				a, b := eighths(-1, 1), eighths(-1, 1)
				for how := passOver; how <= twoWide; how++ {
					want, count := walked(e, from, step, n, float32(a), float32(b), how)
					sum, seen := scorer{e: e}.along(from, step, n, a, b, how)
					if float32(sum) != want || seen != count {
						walk := fmt.Sprintf("%d × %d, %d from %v by %v, normal %v %v, rule %d", w, h, n, from, step, a, b, how)
						t.Fatalf("%s: %v of %d places, want %v of %d", walk, sum, seen, want, count)
					}
				}
			}
		}
	}
}

// Walls, roofs and things in a row slant: such an outline has to be seen better to be a
// document's by itself.
func TestASlantingOutlineHasToBeSeenBetter(t *testing.T) {
	for _, tt := range []struct {
		score, tilt, area float64
		sure              bool
	}{
		{0.80, 19, 0.3, true}, {0.80, 21, 0.3, false}, {0.83, 21, 0.3, true}, {0.83, 21, 0.1, false}, {0.77, 0, 0.3, false},
	} {
		c := Candidate{Score: tt.score, Parts: scoreParts{tilt: tt.tilt, area: tt.area}, Like: likeness{ground: 0.5}}
		if c.Sure() != tt.sure {
			t.Errorf("score %.2f, tilted by %.0f, area %.1f: sure %v, want %v", tt.score, tt.tilt, tt.area, c.Sure(), tt.sure)
		}
	}
}
