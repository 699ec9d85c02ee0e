package quality

import (
	"image"

	"visavis/capture/opencv/pixel"
)

// lightness is what the grey levels of a document say.
type lightness struct {
	Brightness, Under, Over, Contrast float64
}

const (
	blackLevel = 24  // darker: print cannot be told from its ground
	burntLevel = 252 // lighter: the sensor is saturated
	// lostInk is the grey level of the darkest print at which what is burnt out counts
	// twice: black ink is darker unless too much light has lifted it.
	lostInk = 300
)

// LightnessOf measures the inside of a rectified document, without its margin. Light is
// judged by the document's own paper and ink: a dark passport in good light has light
// parts too, and the paper of a white card may be burnt out while its print is not.
func LightnessOf(g pixel.Grey) lightness {
	mx, my := g.W/32, g.H/32
	histogram := g.Levels(image.Rect(mx, my, g.W-mx, g.H-my))
	n, under, over := 0, 0, 0
	for v, c := range histogram {
		n += c
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
	ink, paper := float64(pixel.LevelAt(histogram, n, 0.01)), float64(pixel.LevelAt(histogram, n, 0.95))
	return lightness{
		Brightness: paper, Contrast: paper - ink, Under: float64(under) / float64(n),
		Over: float64(over) / float64(n) * (1 + ink/lostInk),
	}
}
