package opencv

import (
	"fmt"
	"math"
	"sync"

	"gocv.io/x/gocv"
)

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
func newEdgeMap(p picture) (*edgeMap, error) {
	e := &edgeMap{w: p.w, h: p.h}
	n := p.w * p.h
	e.dx, e.dy, e.norm = scratch(n), scratch(n), scratch(n)
	mag, mean, rows := scratch(n), scratch(n), scratch(n)
	defer release(mag, mean, rows)
	if err := e.gradients(p, mag); err != nil {
		return nil, err
	}
	e.noise = quietest(mag, p.w, p.h)
	boxMean(mag, rows, mean, p.w, p.h, surround)
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
	return e, nil
}

// scratches are buffers of earlier pictures: clearing and collecting new ones takes
// longer than some of the work done in them.
var scratches sync.Pool

// scratch is a cleared buffer of n values.
func scratch(n int) []float32 {
	if v, ok := scratches.Get().(*[]float32); ok && cap(*v) >= n {
		s := (*v)[:n]
		clear(s)
		return s
	}
	return make([]float32, n)
}

// release gives buffers back that nothing refers to any more.
func release(buffers ...[]float32) {
	for _, b := range buffers {
		scratches.Put(&b)
	}
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

// gradients fills dx, dy and their length with the 3×3 smoothed difference (Scharr)
// of the strongest channel.
func (e *edgeMap) gradients(p picture, mag []float32) error {
	const colourGain = 1.4
	lab, err := gocv.NewMatFromBytes(p.h, p.w, gocv.MatTypeCV8UC3, p.lab)
	if err != nil {
		return fmt.Errorf("gradients: %w", err)
	}
	defer lab.Close()
	across, down := gocv.NewMat(), gocv.NewMat()
	defer across.Close()
	defer down.Close()
	gocv.Scharr(lab, &across, gocv.MatTypeCV16S, 1, 0, 1, 0, gocv.BorderDefault)
	gocv.Scharr(lab, &down, gocv.MatTypeCV16S, 0, 1, 1, 0, gocv.BorderDefault)
	xs, err := across.DataPtrInt16()
	if err != nil {
		return fmt.Errorf("gradients: %w", err)
	}
	ys, err := down.DataPtrInt16()
	if err != nil {
		return fmt.Errorf("gradients: %w", err)
	}
	for y := 1; y < p.h-1; y++ {
		from, to := y*p.w+1, (y+1)*p.w-1
		if to <= from {
			break // too narrow to have an inside
		}
		strongest(xs[3*from:3*to], ys[3*from:3*to], colourGain, e.dx[from:to], e.dy[from:to], mag[from:to])
	}
	return nil
}

// strongest takes of three channels the one that changes most; the last two count gain times.
func strongest(xs, ys []int16, gain float32, dx, dy, mag []float32) {
	const unit = 1.0 / 32 // of the weights' sum
	ys, dy, mag = ys[:len(xs)], dy[:len(dx)], mag[:len(dx)]
	for i := range dx {
		k := 3 * i
		x0, y0 := int32(xs[k]), int32(ys[k])
		x1, y1 := int32(xs[k+1]), int32(ys[k+1])
		x2, y2 := int32(xs[k+2]), int32(ys[k+2])
		m0, m1, m2 := x0*x0+y0*y0, x1*x1+y1*y1, x2*x2+y2*y2
		scale := float32(unit) * gain
		if m2 > m1 {
			m1, x1, y1 = m2, x2, y2
		}
		m := float32(m1) * scale * scale
		if l := float32(m0) * unit * unit; l >= m {
			m, x1, y1, scale = l, x0, y0, unit
		}
		dx[i], dy[i], mag[i] = float32(x1)*scale, float32(y1)*scale, float32(math.Sqrt(float64(m)))
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

// boxMean writes the mean over a square of 2r+1 pixels, clipped at the border, to
// dst; tmp is as large.
func boxMean(src, tmp, dst []float32, w, h, r int) {
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
}
