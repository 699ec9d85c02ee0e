package quality

import (
	"image"

	"visavis/capture/opencv/pixel"
)

// lightness is what the grey levels of a document say.
type lightness struct {
	Brightness, Under, Over, Contrast float64
	low, high                         int // 5th and 95th percentile
}

const (
	blackLevel = 24  // darker: print cannot be told from its ground
	burntLevel = 252 // lighter: the sensor is saturated
)

// LightnessOf measures the inside of a rectified document, without its margin.
func LightnessOf(g pixel.Grey) lightness {
	mx, my := g.W/32, g.H/32
	histogram := g.Levels(image.Rect(mx, my, g.W-mx, g.H-my))
	n, sum, under, over := 0, 0, 0, 0
	for v, c := range histogram {
		n += c
		sum += v * c
		if v < blackLevel {
			under += c
		}
		if v >= burntLevel {
			over += c
		}
	}
	if n == 0 {
		return lightness{}
	}
	total := float64(n)
	out := lightness{Brightness: float64(sum) / total, Under: float64(under) / total, Over: float64(over) / total}
	seen := 0
	out.low, out.high = -1, 255
	for v, c := range histogram {
		seen += c
		if out.low < 0 && seen*20 >= n {
			out.low = v
		}
		if seen*20 >= n*19 {
			out.high = v
			break
		}
	}
	out.Contrast = float64(out.high - out.low)
	return out
}
