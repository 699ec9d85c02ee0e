package quality

import (
	"image"
	"slices"

	"visavis/capture/opencv/pixel"
)

// lightness is what the grey levels of a document say.
type lightness struct {
	Brightness, Under, Over, Contrast float64
}

const (
	paperShare = 0.95 // of a page's pixels are as light as its paper at most
	blackLevel = 24   // darker: print cannot be told from its ground
	burntLevel = 252  // lighter: the sensor is saturated
	// lostInk is the grey level of the darkest print at which what is burnt out counts
	// twice: black ink is darker unless too much light has lifted it.
	lostInk = 300
	// parts is into how many rows and columns a page is divided for the light of its parts.
	parts = 4
	// unevenMost is how much lighter than the middle one of its parts a page's paper counts.
	unevenMost = 1.3
)

// LightnessOf measures the inside of a rectified document, without its margin; lost is the
// share of it that is burnt out in most of its light but not white. Light is
// judged by the document's own paper and ink: a dark passport in good light has light
// parts too, and the paper of a white card may be burnt out while its print is not.
func LightnessOf(g pixel.Grey, lost float64) lightness {
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
	ink, paper := float64(pixel.LevelAt(histogram, n, 0.01)), float64(pixel.LevelAt(histogram, n, paperShare))
	return lightness{
		Brightness: min(paper, unevenMost*middlePart(g, image.Rect(mx, my, g.W-mx, g.H-my))),
		Contrast:   paper - ink, Under: float64(under) / float64(n),
		Over: (float64(over)/float64(n) + lost) * (1 + ink/lostInk),
	}
}

// middlePart is the median of the paper's levels of the parts of a page, a grey level,
// 0..255. A lamp's reflection lights a few parts of a dark page; even light lights most.
func middlePart(g pixel.Grey, page image.Rectangle) float64 {
	var levels []float64
	for i := range parts * parts {
		x, y := i%parts, i/parts
		part := image.Rect(page.Dx()*x/parts, page.Dy()*y/parts, page.Dx()*(x+1)/parts, page.Dy()*(y+1)/parts).Add(page.Min)
		levels = append(levels, float64(pixel.LevelAt(g.Levels(part), part.Dx()*part.Dy(), paperShare)))
	}
	slices.Sort(levels)
	return levels[len(levels)/2]
}
