package outline

import (
	"math"

	"visavis/capture/opencv/pixel"
)

// Framed tells whether a narrow, even, dark band runs along all four sides of an
// outline, darker than what is inside and outside of it: a picture's frame or a
// screen's bezel. Documents have none.
func Framed(g pixel.Grey, q pixel.Quad) bool {
	q, _ = pixel.Lying(q)
	m, ok := pixel.SquareTo(q)
	if !ok {
		return false
	}
	ratio := (q.Side(0) + q.Side(2)) / (q.Side(1) + q.Side(3))
	inside := bandMean(g, m, 0.12, ratio)
	outside := bandMean(g, m, -0.03, ratio)
	around := min(inside, outside)
	if around < 40 {
		return false // too dark to tell
	}
	for _, depth := range []float64{0.004, 0.008, 0.012, 0.017, 0.023, 0.03} {
		all := true
		for side := range 4 {
			mean, dev, n := sideBand(g, m, side, depth, ratio)
			if n >= bandSamples/2 && (mean > 0.62*around || dev > 0.22*around) {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}

const bandSamples = 32

// bandMean is the mean grey level at a depth inside the outline, negative outside.
func bandMean(g pixel.Grey, m pixel.Homography, depth, ratio float64) float64 {
	sum, n := 0.0, 0.0
	for side := range 4 {
		mean, _, k := sideBand(g, m, side, depth, ratio)
		sum += mean * float64(k)
		n += float64(k)
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// sideBand samples along one side at a depth, a share of the long side.
func sideBand(g pixel.Grey, m pixel.Homography, side int, depth, ratio float64) (mean, dev float64, n int) {
	var sum, sq float64
	for i := range bandSamples {
		t := 0.06 + 0.88*(float64(i)+0.5)/bandSamples
		u, v := t, depth*ratio
		switch side {
		case 1:
			u, v = 1-depth, t
		case 2:
			u, v = t, 1-depth*ratio
		case 3:
			u, v = depth, t
		}
		c := m.At(u, v)
		x, y := int(c.X+0.5), int(c.Y+0.5)
		if x < 0 || y < 0 || x >= g.W || y >= g.H {
			continue
		}
		l := float64(g.Pix[y*g.W+x])
		sum += l
		sq += l * l
		n++
	}
	if n == 0 {
		return 0, 0, 0
	}
	mean = sum / float64(n)
	return mean, math.Sqrt(max(0, sq/float64(n)-mean*mean)), n
}
