package opencv

import "math"

// edgeMap holds, for each pixel, how much the picture changes there and in which
// direction, measured against its surroundings.
type edgeMap struct {
	w, h   int
	dx, dy []float32 // gradient of the channel that changes most, per pixel
	norm   []float32 // its strength over that of the surroundings, 0..1
	points []edgePoint
	noise  float32 // typical gradient of the quietest part of the picture
}

// edgePoint is a pixel where the change is largest across the edge.
type edgePoint struct {
	x, y   int16
	angle  float32 // direction of the gradient, 0..π
	weight float32
}

// surround is the half width, in pixels of the working picture, of the
// neighbourhood that an edge is compared with.
const surround = 5

// newEdgeMap finds the edges. The colour channels count for a little more than
// lightness: shadows change lightness, documents differ in colour.
func newEdgeMap(p picture) *edgeMap {
	e := &edgeMap{w: p.w, h: p.h}
	n := p.w * p.h
	e.dx, e.dy, e.norm = make([]float32, n), make([]float32, n), make([]float32, n)
	mag := make([]float32, n)
	e.gradients(p, mag)
	e.noise = quietest(mag, p.w, p.h)
	mean := boxMean(mag, p.w, p.h, surround)
	const least = 0.7
	floor := max(1.5*e.noise, 1.2)
	for i, m := range mag {
		if m <= least*floor {
			continue
		}
		if v := m / (floor + e.quieterSide(mean, i, m)); v > least {
			e.norm[i] = min(1, (v-least)/1.2)
		}
	}
	e.thin(mag)
	return e
}

// quieterSide is the mean gradient on the side of an edge where less happens: the
// outline of a document full of print on a plain table is as clear as that of a
// plain card on a patterned cloth, while the print and the pattern are not.
func (e *edgeMap) quieterSide(mean []float32, i int, m float32) float32 {
	const away = surround + 2
	x, y := i%e.w, i/e.w
	sx, sy := int(away*e.dx[i]/m), int(away*e.dy[i]/m)
	x1, y1 := min(max(x+sx, 0), e.w-1), min(max(y+sy, 0), e.h-1)
	x2, y2 := min(max(x-sx, 0), e.w-1), min(max(y-sy, 0), e.h-1)
	return min(mean[y1*e.w+x1], mean[y2*e.w+x2])
}

// gradients fills dx, dy and their length with a 3×3 smoothed difference of the strongest channel.
func (e *edgeMap) gradients(p picture, mag []float32) {
	const colourGain = 1.4
	w, h, d := p.w, p.h, p.lab
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			i := y*w + x
			var bestX, bestY, best float32
			for c := range 3 {
				up, mid, down := 3*(i-w)+c, 3*i+c, 3*(i+w)+c
				a, b, cc := int(d[up-3]), int(d[up]), int(d[up+3])
				l, r := int(d[mid-3]), int(d[mid+3])
				f, g, k := int(d[down-3]), int(d[down]), int(d[down+3])
				gx := float32(3*(cc-a+k-f)+10*(r-l)) / 32
				gy := float32(3*(f-a+k-cc)+10*(g-b)) / 32
				if c > 0 {
					gx, gy = gx*colourGain, gy*colourGain
				}
				if m := gx*gx + gy*gy; m > best {
					best, bestX, bestY = m, gx, gy
				}
			}
			e.dx[i], e.dy[i] = bestX, bestY
			mag[i] = float32(math.Sqrt(float64(best)))
		}
	}
}

// thin keeps the pixels whose gradient is the largest across the edge.
func (e *edgeMap) thin(mag []float32) {
	w, h := e.w, e.h
	e.points = make([]edgePoint, 0, w*h/8)
	for y := 2; y < h-2; y++ {
		for x := 2; x < w-2; x++ {
			i := y*w + x
			if e.norm[i] == 0 {
				continue
			}
			gx, gy, m := e.dx[i], e.dy[i], mag[i]
			ax, ay := absf(gx), absf(gy)
			step := 1
			switch {
			case ay > 2.414*ax:
				step = w
			case ax > 2.414*ay:
			case (gx > 0) == (gy > 0):
				step = w + 1
			default:
				step = w - 1
			}
			if m < mag[i-step] || m <= mag[i+step] {
				continue
			}
			angle := math.Atan2(float64(gy), float64(gx))
			if angle < 0 {
				angle += math.Pi
			}
			e.points = append(e.points, edgePoint{int16(x), int16(y), float32(angle), e.norm[i]})
		}
	}
}

func absf(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// quietest is the mean gradient of the quietest tenth of the picture's cells: the
// sensor's noise and the compression's.
func quietest(mag []float32, w, h int) float32 {
	const cell = 16
	var means []float32
	for y := cell; y+cell < h; y += cell {
		for x := cell; x+cell < w; x += cell {
			var s float32
			for j := range cell {
				for _, v := range mag[(y+j)*w+x : (y+j)*w+x+cell] {
					s += v
				}
			}
			means = append(means, s/(cell*cell))
		}
	}
	if len(means) == 0 {
		return 1
	}
	return quantile(means, 0.1)
}

// boxMean is the mean over a square of 2r+1 pixels, clipped at the border.
func boxMean(src []float32, w, h, r int) []float32 {
	tmp := make([]float32, len(src))
	for y := range h {
		row, out := src[y*w:(y+1)*w], tmp[y*w:(y+1)*w]
		var s float32
		for x := 0; x < min(r, w); x++ {
			s += row[x]
		}
		for x := range w {
			if x+r < w {
				s += row[x+r]
			}
			if x-r-1 >= 0 {
				s -= row[x-r-1]
			}
			out[x] = s / float32(min(x+r, w-1)-max(x-r, 0)+1)
		}
	}
	dst := make([]float32, len(src))
	sum := make([]float32, w)
	for y := 0; y < min(r, h); y++ {
		for x := range w {
			sum[x] += tmp[y*w+x]
		}
	}
	for y := range h {
		if y+r < h {
			for x, v := range tmp[(y+r)*w : (y+r+1)*w] {
				sum[x] += v
			}
		}
		if y-r-1 >= 0 {
			for x, v := range tmp[(y-r-1)*w : (y-r)*w] {
				sum[x] -= v
			}
		}
		n := 1 / float32(min(y+r, h-1)-max(y-r, 0)+1)
		for x := range w {
			dst[y*w+x] = sum[x] * n
		}
	}
	return dst
}
