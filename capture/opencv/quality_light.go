package opencv

import "image"

// lightness is what the grey levels of a document say.
type lightness struct {
	brightness, under, over, contrast float64
	low, high                         int // 5th and 95th percentile
}

const (
	blackLevel = 24  // darker: print cannot be told from its ground
	burntLevel = 252 // lighter: the sensor is saturated
)

// lightnessOf measures the inside of a rectified document, without its margin.
func lightnessOf(g greyPicture) lightness {
	mx, my := g.w/32, g.h/32
	histogram := g.levels(image.Rect(mx, my, g.w-mx, g.h-my))
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
	out := lightness{brightness: float64(sum) / total, under: float64(under) / total, over: float64(over) / total}
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
	out.contrast = float64(out.high - out.low)
	return out
}
