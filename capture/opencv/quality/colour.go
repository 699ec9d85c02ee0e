package quality

import (
	"math"

	"visavis/capture/opencv/pixel"
)

// colours are of a document's inside, sampled on a grid.
type colours struct {
	Saturation float64 // mean distance from grey as the light tints it, 0..255, where nothing is burnt out
}

// CellsOf samples the picture inside the outline.
func CellsOf(p pixel.Colour, q pixel.Quad) colours {
	m, ok := pixel.SquareTo(q)
	if !ok {
		return colours{}
	}
	const nu, nv = 48, 32
	var list [nu * nv][3]float64
	n, clear := 0, 0 // cells inside the picture, those that are not burnt out first
	for j := range nv {
		for i := range nu {
			c := m.At(0.04+0.92*(float64(i)+0.5)/nu, 0.04+0.92*(float64(j)+0.5)/nv)
			if !p.Inside(c.X, c.Y) {
				continue
			}
			l, a, b := p.Smooth(c.X, c.Y)
			list[n] = [3]float64{l, a - 128, b - 128}
			if !clipped(list[n]) {
				list[n], list[clear] = list[clear], list[n]
				clear++
			}
			n++
		}
	}
	if n == 0 {
		return colours{}
	}
	if clear >= n/leastClear {
		n = clear
	}
	return colours{Saturation: besideTint(list[:n])}
}

// leastClear is the part of a document that tells its colours, one in so many.
const leastClear = 8

// labFoot is what the cube root of a light's strength is above L, 16 of 100, in levels of
// a byte.
const labFoot = 16 * 2.55

// besideTint is the mean distance of colours from grey in coloured light. It tints paper,
// and ink as much less as that is darker: both of Lab's colours fall as L + 16 does.
func besideTint(list [][3]float64) float64 {
	var mean [3]float64
	for _, c := range list {
		for k, v := range c {
			mean[k] += v / float64(len(list))
		}
	}
	sum := 0.0
	for _, c := range list {
		k := (c[0] + labFoot) / (mean[0] + labFoot)
		sum += math.Hypot(c[1]-k*mean[1], c[2]-k*mean[2])
	}
	return sum / float64(len(list))
}

// clipped tells whether a colour, L, a and b of bytes without their offset, is at the end
// of what red, green or blue can be: it has lost the tint of its light.
func clipped(c [3]float64) bool {
	const burnt = 0.94 // of the light of white, level 248 of 255
	if c[0] < 0.4*255 {
		return false // the lightest blue has 32 of 100, red 53
	}
	y := (c[0]/2.55 + 16) / 116
	x, z := y+c[1]/500, y-c[2]/200
	x, y, z = 0.9505*x*x*x, y*y*y, 1.089*z*z*z
	return 3.2406*x-1.5372*y-0.4986*z >= burnt || -0.9689*x+1.8758*y+0.0415*z >= burnt ||
		0.0557*x-0.2040*y+1.0570*z >= burnt
}
