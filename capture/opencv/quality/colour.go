package quality

import (
	"math"

	"visavis/capture/opencv/pixel"
)

// colours are of a document's inside, sampled on a grid.
type colours struct {
	Saturation float64 // mean distance from grey, 0..255
}

// CellsOf samples the picture inside the outline.
func CellsOf(p pixel.Colour, q pixel.Quad) colours {
	m, ok := pixel.SquareTo(q)
	if !ok {
		return colours{}
	}
	const nu, nv = 48, 32
	sum, n := 0.0, 0
	for j := range nv {
		for i := range nu {
			c := m.At(0.04+0.92*(float64(i)+0.5)/nu, 0.04+0.92*(float64(j)+0.5)/nv)
			if !p.Inside(c.X, c.Y) {
				continue
			}
			_, a, b := p.Smooth(c.X, c.Y)
			sum += math.Hypot(a-128, b-128)
			n++
		}
	}
	if n == 0 {
		return colours{}
	}
	return colours{Saturation: sum / float64(n)}
}
