package noise

import (
	"image"
	"math"
	"slices"
)

const (
	tile = 16 // pixels of a part
	// The parts that count, by their mean grey level.
	darkPart, lightPart = 40, 225
	leastParts          = 200
)

// LevelOf is how strong the noise of a picture is in its flat parts, grey levels: the standard
// deviation of pixels from the mean of those around them, in the parts that have the least of
// it. False where a picture has too few parts.
func LevelOf(img *image.Gray) (float64, bool) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	at := func(x, y int) float64 { return float64(img.Pix[y*img.Stride+x]) }
	var levels []float64
	for ty := 1; ty+tile < h; ty += tile {
		for tx := 1; tx+tile < w; tx += tile {
			mean, sum, squares := 0.0, 0.0, 0.0
			for y := ty; y < ty+tile; y++ {
				for x := tx; x < tx+tile; x++ {
					around := at(x-1, y-1) + at(x, y-1) + at(x+1, y-1) + at(x-1, y) + at(x+1, y) + at(x-1, y+1) +
						at(x, y+1) + at(x+1, y+1)
					d := at(x, y) - around/8
					mean, sum, squares = mean+at(x, y), sum+d, squares+d*d
				}
			}
			const n = tile * tile
			if mean > darkPart*n && mean < lightPart*n {
				levels = append(levels, math.Sqrt(max(0, squares/n-(sum/n)*(sum/n))))
			}
		}
	}
	if len(levels) < leastParts {
		return 0, false
	}
	slices.Sort(levels)
	flat := levels[len(levels)/20 : len(levels)/5]
	sum := 0.0
	for _, v := range flat {
		sum += v
	}
	return sum / float64(len(flat)), true
}
