package quality

import (
	"math"

	"visavis/capture/opencv/pixel"
)

// colours are of a document's inside, sampled on a grid.
type colours struct {
	Saturation float64 // mean distance from grey as the light tints it, 0..255
}

// labFoot is what the cube root of a light's strength is above L, 16 of 100, in levels of
// a byte.
const labFoot = 16 * 2.55

// CellsOf samples the picture inside the outline.
func CellsOf(p pixel.Colour, q pixel.Quad) colours {
	m, ok := pixel.SquareTo(q)
	if !ok {
		return colours{}
	}
	const nu, nv = 48, 32
	var list [nu * nv][3]float64
	n := 0
	var mean [3]float64
	for j := range nv {
		for i := range nu {
			c := m.At(0.04+0.92*(float64(i)+0.5)/nu, 0.04+0.92*(float64(j)+0.5)/nv)
			if !p.Inside(c.X, c.Y) {
				continue
			}
			l, a, b := p.Smooth(c.X, c.Y)
			list[n] = [3]float64{l, a - 128, b - 128}
			for k, v := range list[n] {
				mean[k] += v
			}
			n++
		}
	}
	if n == 0 {
		return colours{}
	}
	sum := 0.0
	for _, c := range list[:n] {
		// Coloured light tints paper, and ink as much less as it is darker: both of Lab's
		// colours fall as L + 16 does.
		k := (c[0] + labFoot) / (mean[0]/float64(n) + labFoot)
		sum += math.Hypot(c[1]-k*mean[1]/float64(n), c[2]-k*mean[2]/float64(n))
	}
	return colours{Saturation: sum / float64(n)}
}
