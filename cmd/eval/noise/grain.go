package noise

import (
	"image"
	"math"
)

// Grain is what is left of a picture without what it shows: its finest detail, with print and
// edges turned down and the grid of JPEG's blocks taken away. A sensor whose pixels are not
// equally sensitive leaves the same grain in all of its pictures.
type Grain struct {
	w, h int
	v    []float32
}

const (
	// textured is how strong detail is, grey levels, from which it is turned down.
	textured = 6
	// darkest and lightest are the grey levels between which a pixel shows its sensitivity.
	darkest, lightest = 6, 250
	block             = 8 // pixels of a block of JPEG
)

// GrainOf takes the grain out of a picture.
func GrainOf(img *image.Gray) Grain {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	g := Grain{w, h, make([]float32, w*h)}
	f := make([]float32, w*h)
	for y := range h {
		for x, v := range img.Pix[y*img.Stride:][:w] {
			f[y*w+x] = float32(v)
		}
	}
	smooth := means(f, w, h, []float32{0.054, 0.244, 0.404, 0.244, 0.054}) // a Gaussian of 1 pixel
	power := make([]float32, w*h)
	for i := range f {
		g.v[i] = f[i] - smooth[i]
		power[i] = g.v[i] * g.v[i]
	}
	const seventh = 1.0 / 7
	power = means(power, w, h, []float32{seventh, seventh, seventh, seventh, seventh, seventh, seventh})
	for i, p := range power {
		s := float32(math.Sqrt(float64(max(p, 0))))
		g.v[i] *= min(1, textured/(s+0.001)) / (s + 1)
		if f[i] > lightest || f[i] < darkest {
			g.v[i] = 0
		}
	}
	g.even(h, func(_, y int) int { return y })
	g.even(w, func(x, _ int) int { return x })
	g.even(block*block, func(x, y int) int { return y%block*block + x%block })
	return g
}

// means are weighted means along rows and then columns. Beyond an edge the picture stays as it is there.
func means(f []float32, w, h int, kernel []float32) []float32 {
	reach := len(kernel) / 2
	along, out := make([]float32, len(f)), make([]float32, len(f))
	for y := range h {
		for x := range w {
			for i, k := range kernel {
				along[y*w+x] += k * f[y*w+min(max(x+i-reach, 0), w-1)]
			}
		}
	}
	for y := range h {
		for i, k := range kernel {
			from := along[min(max(y+i-reach, 0), h-1)*w:][:w]
			to := out[y*w:][:w]
			for x := range to {
				to[x] += k * from[x]
			}
		}
	}
	return out
}

// even takes from each pixel the mean of its class.
func (g Grain) even(classes int, of func(x, y int) int) {
	sums, n := make([]float64, classes), make([]float64, classes)
	each := func(do func(i, class int)) {
		for y := range g.h {
			for x := range g.w {
				do(y*g.w+x, of(x, y))
			}
		}
	}
	each(func(i, class int) { sums[class], n[class] = sums[class]+float64(g.v[i]), n[class]+1 })
	each(func(i, class int) { g.v[i] -= float32(sums[class] / n[class]) })
}

// The shifts at which grains of two sensors are compared, too: apart, steps of which none is one of blocks.
const shifts, apart = 2, 11

// Alike is how far the correlation of two grains stands out of those at other places, in their
// standard deviations: about 0 ± 1 of two sensors. False where their sizes differ.
func (g Grain) Alike(o Grain) (float64, bool) {
	if g.w != o.w || g.h != o.h || min(g.w, g.h) <= 4*shifts*apart {
		return 0, false
	}
	here, squares, n := 0.0, 0.0, 0.0
	for j := -shifts; j <= shifts; j++ {
		for i := -shifts; i <= shifts; i++ {
			c := g.times(o, i*apart, j*apart)
			if i == 0 && j == 0 {
				here = c
				continue
			}
			squares, n = squares+c*c, n+1
		}
	}
	if squares == 0 {
		return 0, false
	}
	return here / math.Sqrt(squares/n), true
}

// times is the sum of products, one grain moved over the other.
func (g Grain) times(o Grain, dx, dy int) float64 {
	const edge = shifts * apart
	sum, width := 0.0, g.w-2*edge
	for y := edge; y < g.h-edge; y++ {
		a, b := g.v[y*g.w+edge:][:width], o.v[(y+dy)*o.w+edge+dx:][:width]
		row := float32(0)
		for x, v := range a {
			row += v * b[x]
		}
		sum += float64(row)
	}
	return sum
}
