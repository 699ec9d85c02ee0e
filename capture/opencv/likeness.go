package opencv

import "math"

// likeness is what tells a document from other things with four straight sides.
type likeness struct {
	ground float64 // share of the inside that has the commonest colour: paper
	ring   float64 // darkness of a uniform band along the outline: a picture's frame, a screen's bezel
	marks  float64 // changes from light to dark per length: print
	light  float64 // median lightness of the inside over that of the band outside
	spread float64 // share of cells that have marks
}

// likenessOf samples the inside of an outline on a grid in rectified coordinates.
func likenessOf(p picture, q quad) likeness {
	q, _ = lying(q)
	m, ok := squareTo(q)
	if !ok {
		return likeness{}
	}
	nu := int(min(160, max(48, (q.side(0)+q.side(2))/2)))
	nv := int(float64(nu) * (q.side(1) + q.side(3)) / (q.side(0) + q.side(2)))
	nv = min(120, max(24, nv))
	var hist [16 * 16 * 16]int
	total := 0
	rows := make([]float64, nu)
	changes, cellsWith, cells := 0, 0, 0
	var ls []float64
	least := markLeast(p, m)
	for j := range nv {
		v := 0.04 + 0.92*(float64(j)+0.5)/float64(nv)
		for i := range nu {
			u := 0.04 + 0.92*(float64(i)+0.5)/float64(nu)
			c := m.at(u, v)
			rows[i] = -1
			if !p.inside(c.X, c.Y) {
				continue
			}
			l, a, b := p.smooth(c.X, c.Y)
			rows[i] = l
			ls = append(ls, l)
			hist[int(l)/16*256+int(a)/16*16+int(b)/16]++
			total++
		}
		n := 0
		for c := 0; c+8 <= nu; c += 8 {
			k := turningPoints(rows[c:c+8], least)
			n += k
			cells++
			if k >= 2 {
				cellsWith++
			}
		}
		changes += n
	}
	if total == 0 || cells == 0 {
		return likeness{}
	}
	var out likeness
	best := 0
	for l := range 16 {
		for a := range 15 {
			for b := range 15 {
				i := l*256 + a*16 + b
				s := hist[i] + hist[i+1] + hist[i+16] + hist[i+17]
				if l > 0 {
					s += hist[i-256] + hist[i-255] + hist[i-240] + hist[i-239]
				}
				best = max(best, s)
			}
		}
	}
	out.ground = float64(best) / float64(total)
	out.marks = float64(changes) / float64(cells)
	out.spread = float64(cellsWith) / float64(cells)
	median := quantile(ls, 0.5)
	out.ring = darkRing(p, m, median)
	out.light = median
	return out
}

// markLeast is the least change of lightness that counts as a mark: a twentieth of
// the document's own lightness, so that dark pictures have marks too.
func markLeast(p picture, m homography) float64 {
	sum := 0.0
	for i := range 16 {
		c := m.at((float64(i%4)+0.5)/4, (float64(i/4)+0.5)/4)
		l, _, _ := p.smooth(c.X, c.Y)
		sum += l / 16
	}
	return min(10, max(3, sum/18))
}

// turningPoints counts how often a row changes direction by at least least.
func turningPoints(row []float64, least float64) int {
	n, lo, hi, dir := 0, row[0], row[0], 0
	for _, v := range row {
		lo, hi = min(lo, v), max(hi, v)
		if v < 0 {
			return 0
		}
		if dir >= 0 && hi-v >= least {
			n, dir, lo, hi = n+1, -1, v, v
		} else if dir <= 0 && v-lo >= least {
			n, dir, lo, hi = n+1, 1, v, v
		}
	}
	return n
}

// darkRing is 1 when a narrow band just inside all four sides is of one colour
// and much darker than the inside.
func darkRing(p picture, m homography, median float64) float64 {
	best := 0.0
	for _, depth := range [4]float64{0.010, 0.016, 0.022, 0.030} {
		best = max(best, darkRingAt(p, m, median, depth))
	}
	return best
}

func darkRingAt(p picture, m homography, median, d float64) float64 {
	const n = 24
	worst := 1.0
	for side := range 4 {
		var sum, sq float64
		count := 0.0
		for i := range n {
			t := 0.06 + 0.88*(float64(i)+0.5)/n
			u, v := t, d*1.5
			switch side {
			case 1:
				u, v = 1-d, t
			case 2:
				u, v = t, 1-d*1.5
			case 3:
				u, v = d, t
			}
			c := m.at(u, v)
			if !p.inside(c.X, c.Y) {
				continue
			}
			l, _, _ := p.smooth(c.X, c.Y)
			sum += l
			sq += l * l
			count++
		}
		if count < n/2 {
			continue
		}
		mean := sum / count
		dev := math.Sqrt(max(0, sq/count-mean*mean))
		dark := fade(median-mean, 0.25*median, 0.5*median)
		worst = min(worst, dark*(1-fade(dev, 0.15*median, 0.3*median)))
	}
	return worst
}

// adjust is what the inside adds to an outline's score. Documents have a ground of
// one colour on a quarter of their face at least, and marks on it; posters and
// walls have either many colours or none.
func (l likeness) adjust() float64 {
	v := -1.5 * max(0, 0.27-l.ground)
	v -= 0.15 * l.ring
	v -= 0.5 * (1 - fade(l.marks, 0.05, 0.3))
	return v
}
