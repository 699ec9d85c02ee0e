package face

import (
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// tone is the colour of a patch: brightness as a logarithm, and two chroma values
// that shading leaves alone.
type tone struct{ light, warm, cool float64 }

// sampler reads tones of a colour picture around points of a look.
type sampler struct {
	pixels []uint8
	w, h   int
	l      look
}

// at is the mean tone of a small square around a point in chip pixels.
func (s sampler) at(p capture.Point) tone {
	c := s.l.chip.toPicture(p)
	reach := max(1, int(math.Round(5*s.l.chip.side/chipSide)))
	step := max(1, reach/3)
	var sum [3]float64
	n := 0.0
	for y := max(0, int(c.Y)-reach); y <= min(s.h-1, int(c.Y)+reach); y += step {
		for x := max(0, int(c.X)-reach); x <= min(s.w-1, int(c.X)+reach); x += step {
			i := 3 * (y*s.w + x)
			for k := range sum {
				sum[k] += float64(s.pixels[i+k])
			}
			n++
		}
	}
	if n == 0 {
		return tone{}
	}
	for k := range sum {
		sum[k] = math.Log(sum[k]/n + 12) // 12 keeps noise in black out
	}
	return tone{light: sum[1], warm: sum[2] - sum[1], cool: sum[0] - sum[1]}
}

// mean is the mean tone around several points.
func (s sampler) mean(points ...capture.Point) tone {
	var m tone
	for _, p := range points {
		t := s.at(p)
		m.light += t.light / float64(len(points))
		m.warm += t.warm / float64(len(points))
		m.cool += t.cool / float64(len(points))
	}
	return m
}

// foreign is how far the tone's chroma is from that of the same skin in other
// light, which is as warm and as cool in proportion, only more or less so.
func (t tone) foreign(skin tone) float64 {
	n := max(skin.warm*skin.warm+skin.cool*skin.cool, 1e-6)
	k := max(0.7, min(1.6, (t.warm*skin.warm+t.cool*skin.cool)/n))
	return math.Hypot(t.warm-k*skin.warm, t.cool-k*skin.cool)
}

// between is the point at a share of the way.
func between(p, q capture.Point, share float64) capture.Point {
	return capture.Point{X: p.X + (q.X-p.X)*share, Y: p.Y + (q.Y-p.Y)*share}
}

// covered are the two signs of a hidden face. mouth is how far the colour around
// the mouth is from that of nose and cheeks under the eyes, where every mask
// leaves skin; eyes is how much darker than the cheeks the eyes' whole region is.
type covered struct{ mouth, eyes float64 }

// coveredOf measures a colour picture in which a face was looked at.
func coveredOf(bgr gocv.Mat, l look) (covered, error) {
	if bgr.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 {
		return covered{}, errPicture
	}
	pixels, err := bgr.DataPtrUint8()
	if err != nil {
		return covered{}, err
	}
	s, p := sampler{pixels, bgr.Cols(), bgr.Rows(), l}, l.points
	left, right := eyeCentres(p)
	under := func(eye capture.Point) capture.Point {
		return capture.Point{X: eye.X, Y: eye.Y + 0.13*boxSide}
	}
	upper := s.mean(p[28], under(left), under(right))
	lower := s.mean(between(p[48], p[5], 0.4), between(p[54], p[11], 0.4), between(p[57], p[8], 0.6),
		between(p[33], p[51], 0.5))
	glass := s.mean(between(p[36], p[39], 0.2), between(p[36], p[39], 0.8), left, right, between(p[42], p[45], 0.2),
		between(p[42], p[45], 0.8))
	cheeks := s.mean(p[30], between(p[31], p[3], 0.4), between(p[35], p[13], 0.4))
	return covered{mouth: lower.foreign(upper), eyes: cheeks.light - glass.light}, nil
}

const (
	// maskChroma is over what 172 bare faces of all skins read (0.125 at most but
	// one) and under four of five masks drawn on them in white, black and blue.
	maskChroma = 0.15
	maskWidth  = 0.015
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
