package specimen

import (
	"image"
	"math"
)

// defocus blurs by three passes of a box each way, which comes near to a
// Gaussian of the given standard deviation.
func defocus(img *image.RGBA, sigma float64) {
	radius := max(int(math.Round((math.Sqrt(4*sigma*sigma+1)-1)/2)), 1)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	line := make([]uint8, max(w, h))
	for range 3 {
		for y := range h {
			for k := range 3 {
				boxLine(img.Pix[y*img.Stride+k:], 4, w, radius, line)
			}
		}
		for x := range w {
			for k := range 3 {
				boxLine(img.Pix[x*4+k:], img.Stride, h, radius, line)
			}
		}
	}
}

// smear averages along a slanted line of length pixels, as a hand that moves
// while the shutter is open does.
func smear(img *image.RGBA, length float64) {
	const slope = 0.35
	src := make([]uint8, len(img.Pix))
	copy(src, img.Pix)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	n := max(2, int(length))
	type step struct{ dx, dy int }
	steps := make([]step, n)
	for i := range steps {
		d := (float64(i)/float64(n-1) - 0.5) * length
		steps[i] = step{int(math.Round(d)), int(math.Round(d * slope))}
	}
	for y := range h {
		for x := range w {
			var sum [3]int
			for _, s := range steps {
				at := min(max(y+s.dy, 0), h-1)*img.Stride + min(max(x+s.dx, 0), w-1)*4
				sum[0] += int(src[at])
				sum[1] += int(src[at+1])
				sum[2] += int(src[at+2])
			}
			c := img.Pix[y*img.Stride+x*4:]
			c[0], c[1], c[2] = uint8(sum[0]/n), uint8(sum[1]/n), uint8(sum[2]/n)
		}
	}
}

const (
	grainSize   = 1 << 16
	grainLevels = 256
)

// newGrain draws the sensor's noise once: standard deviation 32 in steps of a
// grey level, scaled when used.
func newGrain(seed uint64) []int8 {
	r := newRand(seed, "grain")
	grain := make([]int8, grainSize)
	for i := range grain {
		grain[i] = int8(math.Round(math.Max(-127, math.Min(127, r.NormFloat64()*32))))
	}
	return grain
}

// expose applies exposure, the lens's darker corners, noise and glare: a lamp's
// reflection is white however dark the rest is.
func (s *Scene) expose(img *image.RGBA, e Effects, frame uint64) {
	gain := e.Exposure
	if gain == 0 {
		gain = 1
	}
	r := newRand(frame, "expose")
	scale := e.Noise / 32
	// Factors and noise in 1/256 grey levels: whole numbers are quicker here.
	var dusk [grainLevels]int32
	for i := range dusk {
		dusk[i] = int32(math.Round(float64(i-128) * scale * 256))
	}
	cx, cy := float64(s.w)/2, float64(s.h)/2
	reach := cx*cx + cy*cy
	for y := range s.h {
		at := r.IntN(grainSize)
		dy := float64(y) - cy
		row := img.Pix[y*img.Stride : y*img.Stride+s.w*4]
		for x := range s.w {
			dx := float64(x) - cx
			k := int32(256 * gain * (1 - 0.12*(dx*dx+dy*dy)/reach))
			grey := dusk[int(s.grain[(at+x*3)&(grainSize-1)])+128] + 128
			c := row[x*4 : x*4+4 : x*4+4]
			clear := int32(c[3])
			for i := range 3 {
				own := dusk[int(s.grain[(at+x*3+i+7919)&(grainSize-1)])+128] / 2
				light := (int32(c[i])*k + grey + own) >> 8
				if clear < 255 {
					light += (262 - light) * (255 - clear) / 255
				}
				c[i] = uint8(min(max(light, 0), 255))
			}
			c[3] = 255
		}
	}
}
