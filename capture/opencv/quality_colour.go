package opencv

import "math"

// colours are of a document's inside, sampled on a grid.
type colours struct {
	saturation float64 // mean distance from grey, 0..255
}

// cellsOf samples the picture inside the outline.
func cellsOf(p picture, q quad) colours {
	m, ok := squareTo(q)
	if !ok {
		return colours{}
	}
	const nu, nv = 48, 32
	sum, n := 0.0, 0
	for j := range nv {
		for i := range nu {
			c := m.at(0.04+0.92*(float64(i)+0.5)/nu, 0.04+0.92*(float64(j)+0.5)/nv)
			if !p.inside(c.X, c.Y) {
				continue
			}
			_, a, b := p.smooth(c.X, c.Y)
			sum += math.Hypot(a-128, b-128)
			n++
		}
	}
	if n == 0 {
		return colours{}
	}
	return colours{saturation: sum / float64(n)}
}
