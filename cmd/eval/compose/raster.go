package compose

import (
	"image"
	"math"
)

// plane is a picture of three channels, 0 to 255 and beyond, before the camera cuts it.
type plane struct {
	w, h int
	pix  []float32
}

func newPlane(w, h int) plane { return plane{w, h, make([]float32, 3*w*h)} }

// sample is the colour between four pixels, at u, v of the picture's size.
func sample(img *image.RGBA, u, v float64) [3]float32 {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	x, y := min(max(u*float64(w)-0.5, 0), float64(w-1)), min(max(v*float64(h)-0.5, 0), float64(h-1))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, w-1), min(y0+1, h-1)
	fx, fy := float32(x-float64(x0)), float32(y-float64(y0))
	a, b := img.Pix[y0*img.Stride+4*x0:], img.Pix[y0*img.Stride+4*x1:]
	c, d := img.Pix[y1*img.Stride+4*x0:], img.Pix[y1*img.Stride+4*x1:]
	var out [3]float32
	for i := range out {
		top := float32(a[i]) + fx*(float32(b[i])-float32(a[i]))
		low := float32(c[i]) + fx*(float32(d[i])-float32(c[i]))
		out[i] = top + fy*(low-top)
	}
	return out
}

// hollow tells whether a picture shows nothing at u, v of its size.
func hollow(img *image.RGBA, u, v float64) bool {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	x, y := min(max(int(u*float64(w)), 0), w-1), min(max(int(v*float64(h)), 0), h-1)
	return img.Pix[y*img.Stride+4*x+3] < 128
}

// shrunk is a picture with a mean of n×n pixels for each, so that sampling it takes no specks.
func shrunk(img *image.RGBA, n int) *image.RGBA {
	if n < 2 {
		return img
	}
	w, h := img.Rect.Dx()/n, img.Rect.Dy()/n
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var sum [4]int
			for j := range n {
				for i := range n {
					p := img.Pix[(y*n+j)*img.Stride+4*(x*n+i):]
					for c := range sum {
						sum[c] += int(p[c])
					}
				}
			}
			for c := range sum {
				out.Pix[y*out.Stride+4*x+c] = uint8(sum[c] / (n * n))
			}
		}
	}
	return out
}

// blur is a Gaussian of sigma pixels.
func (p plane) blur(sigma float64) {
	reach := int(math.Ceil(2.5 * sigma))
	if sigma < 0.2 || reach < 1 {
		return
	}
	kernel := make([]float32, 2*reach+1)
	sum := float32(0)
	for i := range kernel {
		d := float64(i - reach)
		kernel[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	p.filter(kernel, func(i int) (int, int) { return i - reach, 0 })
	p.filter(kernel, func(i int) (int, int) { return 0, i - reach })
}

// smear is the tremor of a hand: a mean along a line of length pixels.
func (p plane) smear(length, angle float64) {
	n := max(2, int(length))
	kernel := make([]float32, n)
	for i := range kernel {
		kernel[i] = 1 / float32(n)
	}
	sin, cos := math.Sincos(angle)
	p.filter(kernel, func(i int) (int, int) {
		d := (float64(i)/float64(n-1) - 0.5) * length
		return int(math.Round(d * cos)), int(math.Round(d * sin))
	})
}

// filter replaces each pixel by a weighted sum of those at places beside it.
func (p plane) filter(kernel []float32, place func(i int) (dx, dy int)) {
	src := append([]float32(nil), p.pix...)
	clear(p.pix)
	for i, k := range kernel {
		dx, dy := place(i)
		for y := range p.h {
			from := src[3*p.w*min(max(y+dy, 0), p.h-1):][:3*p.w]
			to := p.pix[3*p.w*y:][:3*p.w]
			inner0, inner1 := max(0, -dx), min(p.w, p.w-dx)
			for x := range inner0 {
				for c := range 3 {
					to[3*x+c] += k * from[c]
				}
			}
			if inner0 < inner1 {
				a, b := to[3*inner0:3*inner1], from[3*(inner0+dx):3*(inner1+dx)]
				for x := range a {
					a[x] += k * b[x]
				}
			}
			for x := max(inner1, 0); x < p.w; x++ {
				for c := range 3 {
					to[3*x+c] += k * from[3*(p.w-1)+c]
				}
			}
		}
	}
}
