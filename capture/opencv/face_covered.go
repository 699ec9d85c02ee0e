package opencv

import (
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// tone is the colour of a patch: brightness as a logarithm, and two chroma values
// that shading leaves alone.
type tone struct{ light, warm, cool float64 }

// toneAt is the mean tone of a small square of an upright colour chip.
func toneAt(pixels []uint8, p capture.Point) tone {
	const reach = 5
	var sum [3]float64
	n := 0.0
	for y := int(p.Y) - reach; y <= int(p.Y)+reach; y++ {
		for x := int(p.X) - reach; x <= int(p.X)+reach; x++ {
			if x < 0 || y < 0 || x >= chipSide || y >= chipSide {
				continue
			}
			i := 3 * (y*chipSide + x)
			for c := range sum {
				sum[c] += float64(pixels[i+c])
			}
			n++
		}
	}
	if n == 0 {
		return tone{}
	}
	for c := range sum {
		sum[c] = math.Log(sum[c]/n + 12) // 12 keeps noise in black out
	}
	return tone{light: sum[1], warm: sum[2] - sum[1], cool: sum[0] - sum[1]}
}

func tones(pixels []uint8, points ...capture.Point) tone {
	var m tone
	for _, p := range points {
		t := toneAt(pixels, p)
		m.light += t.light / float64(len(points))
		m.warm += t.warm / float64(len(points))
		m.cool += t.cool / float64(len(points))
	}
	return m
}

func (t tone) chroma(o tone) float64 { return math.Hypot(t.warm-o.warm, t.cool-o.cool) }

// between is the point at a share of the way.
func between(p, q capture.Point, share float64) capture.Point {
	return capture.Point{X: p.X + (q.X-p.X)*share, Y: p.Y + (q.Y-p.Y)*share}
}

// covered are the two signs of a hidden face. mouth is how far the colour around
// the mouth is from that of nose and cheeks under the eyes, where every mask
// leaves skin; eyes is how much darker than the cheeks the eyes' whole region is.
type covered struct{ mouth, eyes float64 }

// coveredOf measures an upright colour chip with its landmarks.
func coveredOf(cut gocv.Mat, p []capture.Point) (covered, error) {
	if cut.Empty() || cut.Type() != gocv.MatTypeCV8UC3 || cut.Cols() != chipSide || cut.Rows() != chipSide {
		return covered{}, errPicture
	}
	pixels, err := cut.DataPtrUint8()
	if err != nil {
		return covered{}, err
	}
	left, right := eyeCentres(p)
	under := func(eye capture.Point) capture.Point {
		return capture.Point{X: eye.X, Y: eye.Y + 0.13*boxSide}
	}
	upper := tones(pixels, p[28], under(left), under(right))
	lower := tones(pixels, between(p[48], p[5], 0.4), between(p[54], p[11], 0.4), between(p[57], p[8], 0.6), between(p[33], p[51], 0.5))
	glass := tones(pixels, between(p[36], p[39], 0.2), between(p[36], p[39], 0.8), left, right, between(p[42], p[45], 0.2), between(p[42], p[45], 0.8))
	cheeks := tones(pixels, p[30], between(p[31], p[3], 0.4), between(p[35], p[13], 0.4))
	return covered{mouth: lower.chroma(upper), eyes: cheeks.light - glass.light}, nil
}

const (
	// maskChroma is over what 98 % of 172 bare faces read (0.20; beards and warm
	// light make up the rest) and under most masks drawn on them (0.2 to 0.9).
	maskChroma = 0.22
	maskWidth  = 0.03
	// glassDark lies between deep-set eyes in hard light (98 % under 0.94) and
	// dark glasses (98 % over 1.18).
	glassDark  = 1.06
	glassWidth = 0.06
)

// confidence is how sure it is that eyes or mouth are hidden, 0 to 1.
func (c covered) confidence() float64 {
	return max(logistic(c.mouth, maskChroma, maskWidth), logistic(c.eyes, glassDark, glassWidth))
}

// logistic is 0.5 at the middle and 0.73 one width above it.
func logistic(v, middle, width float64) float64 { return 1 / (1 + math.Exp((middle-v)/width)) }
