package subject

import (
	"image"
	"math"
	"math/rand/v2"

	"visavis/capture"
)

// painted is a copy of an image with every pixel's colour changed by f.
func painted(img *image.RGBA, f func(x, y float64, c *[3]float64)) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, img.Rect.Dx(), img.Rect.Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			from := img.Pix[y*img.Stride+4*x:][:3]
			c := [3]float64{float64(from[0]), float64(from[1]), float64(from[2])}
			f(float64(x), float64(y), &c)
			to := out.Pix[y*out.Stride+4*x:][:4]
			to[0], to[1], to[2], to[3] = level(c[0]), level(c[1]), level(c[2]), 255
		}
	}
	return out
}

func level(v float64) uint8 { return uint8(min(max(v+0.5, 0), 255)) }

// exposed multiplies the light and adds the sensor's noise.
func exposed(img *image.RGBA, k, noise float64, r *rand.Rand) *image.RGBA {
	return painted(img, func(_, _ float64, c *[3]float64) {
		grain := noise * r.NormFloat64()
		for i := range c {
			c[i] = c[i]*k + grain
		}
	})
}

// grey takes the colour away.
func grey(img *image.RGBA, contrast float64) *image.RGBA {
	return painted(img, func(_, _ float64, c *[3]float64) {
		y := 0.299*c[0] + 0.587*c[1] + 0.114*c[2]
		y = 128 + (y-128)*contrast
		*c = [3]float64{y, y, y}
	})
}

// gaussian blurs by sigma pixels; beyond its edge the picture goes on as its edge.
func gaussian(img *image.RGBA, sigma float64) *image.RGBA {
	if sigma < 0.05 {
		return img
	}
	reach := int(math.Ceil(3 * sigma))
	kernel := make([]float32, 2*reach+1)
	sum := 0.0
	for i := range kernel {
		d := float64(i - reach)
		v := math.Exp(-d * d / (2 * sigma * sigma))
		kernel[i], sum = float32(v), sum+v
	}
	for i := range kernel {
		kernel[i] /= float32(sum)
	}
	return along(along(img, kernel, reach, 1, 0), kernel, reach, 0, 1)
}

// along applies a kernel in one direction.
func along(img *image.RGBA, kernel []float32, reach, dx, dy int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var c [3]float32
			for i, k := range kernel {
				sx := min(max(x+(i-reach)*dx, 0), w-1)
				sy := min(max(y+(i-reach)*dy, 0), h-1)
				p := img.Pix[sy*img.Stride+4*sx:][:3]
				c[0] += k * float32(p[0])
				c[1] += k * float32(p[1])
				c[2] += k * float32(p[2])
			}
			to := out.Pix[y*out.Stride+4*x:][:4]
			to[0], to[1], to[2], to[3] = uint8(c[0]+0.5), uint8(c[1]+0.5), uint8(c[2]+0.5), 255
		}
	}
	return out
}

// smeared averages along a line of length pixels at an angle.
func smeared(img *image.RGBA, length, angle float64) *image.RGBA {
	sin, cos := math.Sincos(angle)
	n := max(2, int(length))
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var c [3]int
			for i := range n {
				d := (float64(i)/float64(n-1) - 0.5) * length
				sx := min(max(x+int(math.Round(d*cos)), 0), w-1)
				sy := min(max(y+int(math.Round(d*sin)), 0), h-1)
				p := img.Pix[sy*img.Stride+4*sx:][:3]
				c[0], c[1], c[2] = c[0]+int(p[0]), c[1]+int(p[1]), c[2]+int(p[2])
			}
			to := out.Pix[y*out.Stride+4*x:][:4]
			to[0], to[1], to[2], to[3] = uint8(c[0]/n), uint8(c[1]/n), uint8(c[2]/n), 255
		}
	}
	return out
}

// warped is a picture of w × h whose pixels come from where back says; beyond its
// edge the picture goes on as its edge.
func warped(img *image.RGBA, w, h int, back func(capture.Point) capture.Point) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p := back(capture.Point{X: float64(x), Y: float64(y)})
			c := sampled(img, p.X, p.Y)
			to := out.Pix[y*out.Stride+4*x:][:4]
			to[0], to[1], to[2], to[3] = level(c[0]), level(c[1]), level(c[2]), 255
		}
	}
	return out
}

// sampled is the colour between four pixels.
func sampled(img *image.RGBA, x, y float64) [3]float64 {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	x, y = min(max(x, 0), float64(w-1)), min(max(y, 0), float64(h-1))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, w-1), min(y0+1, h-1)
	fx, fy := x-float64(x0), y-float64(y0)
	var c [3]float64
	for _, n := range [4]struct {
		x, y int
		k    float64
	}{{x0, y0, (1 - fx) * (1 - fy)}, {x1, y0, fx * (1 - fy)}, {x0, y1, (1 - fx) * fy}, {x1, y1, fx * fy}} {
		p := img.Pix[n.y*img.Stride+4*n.x:][:3]
		for i := range c {
			c[i] += n.k * float64(p[i])
		}
	}
	return c
}

// turned is the picture turned by degrees about its centre, clockwise as displayed,
// in a frame that holds it whole.
func turned(img *image.RGBA, degrees float64) *image.RGBA {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	ow, oh := math.Abs(w*cos)+math.Abs(h*sin), math.Abs(w*sin)+math.Abs(h*cos)
	return warped(img, int(ow), int(oh), func(p capture.Point) capture.Point {
		dx, dy := p.X-ow/2, p.Y-oh/2
		return capture.Point{X: w/2 + dx*cos + dy*sin, Y: h/2 + dy*cos - dx*sin}
	})
}
