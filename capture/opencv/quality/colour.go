package quality

import (
	"math"
	"slices"

	"visavis/capture/opencv/pixel"
)

// colours are of a document's inside, sampled on a grid.
type colours struct {
	// Saturation is the mean distance of its most coloured parts from grey as the light
	// tints it there, 0..255, where nothing is burnt out, as it would be on a page as light
	// as evenPage.
	Saturation float64
	// Lost is the share of it that is burnt out in most of its light but not white: on paper
	// of a strong colour.
	Lost float64
}

// The grid of cells that are looked at, and the parts that they make up together: the
// noise of a sensor and of a JPEG goes in the mean of a part, the colour of print stays.
const (
	cellColumns, cellRows = 48, 32
	partSide              = 2 // cells
	partColumns           = cellColumns / partSide
	partRows              = cellRows / partSide
	// leastOfPart is how many of a part's cells tell its colour.
	leastOfPart = partSide * partSide / 4
	// colouredParts is how many of the most coloured parts are counted, one in 32: a stamp, a
	// flag, a portrait or a signature is all the colour that some documents have, and a copy
	// has none anywhere.
	colouredParts = 12
	// lightSide is how many parts along each side tell the light together: it changes less
	// from place to place than print does.
	lightSide = 2
)

// colourSteps is the distance from grey, in levels of a byte, that the steps of a JPEG's
// colours leave in the most coloured parts of a page without any.
const colourSteps = 0.6

// place is a cell's colour and where on the document it lies: 0 in its middle, a half at its
// sides, and in which part.
type place struct {
	lab  [3]float64
	u, v float64
	part int
}

// CellsOf samples the picture inside the outline.
func CellsOf(p pixel.Colour, q pixel.Quad) colours {
	m, ok := pixel.SquareTo(q)
	if !ok {
		return colours{}
	}
	const nu, nv = cellColumns, cellRows
	var list [nu * nv]place
	n, clear := 0, 0 // cells inside the picture, those that are not burnt out first
	light := 0.0     // of all of them
	lost := 0
	for j := range nv {
		for i := range nu {
			u, v := (float64(i)+0.5)/nu, (float64(j)+0.5)/nv
			c := m.At(besideEdge+(1-2*besideEdge)*u, besideEdge+(1-2*besideEdge)*v)
			if !p.Inside(c.X, c.Y) {
				continue
			}
			// Half-way between pixels a colour is the mean of four: the least noise.
			lab := labAt(p, math.Floor(c.X)+0.5, math.Floor(c.Y)+0.5)
			list[n] = place{lab, u - 0.5, v - 0.5, j/partSide*partColumns + i/partSide}
			light += list[n].lab[0]
			if mostlyBurnt(list[n].lab) {
				lost++
			}
			if !clipped(list[n].lab) && !clippedBeside(p, c.X, c.Y) {
				list[n], list[clear] = list[clear], list[n]
				clear++
			}
			n++
		}
	}
	if n == 0 {
		return colours{}
	}
	light /= float64(n)
	share := float64(lost) / float64(n)
	if clear >= n/leastClear {
		n = clear
	}
	page := strength(light)
	return colours{Saturation: max(0, besideTint(list[:n], page)-colourSteps) / page, Lost: share}
}

// labAt is a place's L, a and b, of bytes without their offset.
func labAt(p pixel.Colour, x, y float64) [3]float64 {
	l, a, b := p.Smooth(x, y)
	return [3]float64{l, a - 128, b - 128}
}

// clippedBeside tells whether a place beside this one is burnt out. Pixels of the reduced
// picture are means: those of burnt-out paper and ink beside it have lost a part of the
// tint.
func clippedBeside(p pixel.Colour, x, y float64) bool {
	const far = 2 // pixels of the reduced picture
	for _, d := range [4][2]float64{{-far, 0}, {far, 0}, {0, -far}, {0, far}} {
		if !dull(p, x+d[0], y+d[1]) && clipped(labAt(p, x+d[0], y+d[1])) {
			return true
		}
	}
	return false
}

// dull tells whether the pixels around a place are so dark, or so nearly grey, that no colour
// between them is clipped.
func dull(p pixel.Colour, x, y float64) bool {
	if x < 0 || y < 0 || x >= float64(p.W-1) || y >= float64(p.H-1) {
		return false
	}
	at := 3 * (int(y)*p.W + int(x))
	for _, row := range [2][]uint8{p.Lab[at : at+6], p.Lab[at+3*p.W : at+3*p.W+6]} {
		for k := 0; k < len(row); k += 3 {
			l, a, b := row[k], row[k+1], row[k+2]
			// Within 12 of grey the brightest of red, green and blue has at most 0.89 of its
			// light at an L of 215; within 30 0.87 at 180.
			near := l <= 215 && a-(128-12) <= 24 && b-(128-12) <= 24
			if !near && (l > 180 || a-(128-30) > 60 || b-(128-30) > 60) {
				return false
			}
		}
	}
	return true
}

// leastClear is the part of a document that tells its colours, one in so many.
const leastClear = 8

// besideEdge is the part of a document along each side that does not tell its colours: the
// table shows there where the outline is not quite right.
const besideEdge = 0.08

// evenPage is the mean L of a page in good light, in levels of a byte. On a darker one the
// same inks are as much closer to grey.
const evenPage = 200

// labFoot is what the cube root of a light's strength is above L, 16 of 100, in levels of
// a byte.
const labFoot = 16 * 2.55

// strength of light at an L, 1 on a page as light as evenPage: the same ink or the same
// light has colours in proportion to it.
func strength(l float64) float64 { return (l + labFoot) / (evenPage + labFoot) }

// besideTint is the mean distance of the most coloured parts from grey in coloured light, on
// a page of a strength.
func besideTint(list []place, page float64) float64 {
	var mean [3]float64
	for _, c := range list {
		for k, v := range c.lab {
			mean[k] += v / float64(len(list))
		}
	}
	// The mean's own tint is nearly that of the light: what is left in the mean is added.
	t := tintOf(mean)
	var left [3]float64
	for _, c := range list {
		a, b := t.at(c.lab[0])
		left[1] += (c.lab[1] - a) / float64(len(list))
		left[2] += (c.lab[2] - b) / float64(len(list))
	}
	t = tintOf([3]float64{mean[0], mean[1] + left[1], mean[2] + left[2]})
	var sums [partColumns * partRows]part
	for _, c := range list {
		a, b := t.at(c.lab[0])
		sums[c.part].add(c, c.lab[1]-a, c.lab[2]-b)
	}
	a, b := leanOver(lightParts(&sums), page)
	far := make([]float64, 0, len(sums))
	for _, s := range sums {
		if s.n >= leastOfPart {
			far = append(far, s.mean().beside(a, b))
		}
	}
	slices.Sort(far)
	sum := 0.0
	for _, v := range far[max(0, len(far)-colouredParts):] {
		sum += v
	}
	return sum / colouredParts
}

// lightParts are the parts that tell the light, each the mean of lightSide times lightSide
// others.
func lightParts(sums *[partColumns * partRows]part) []part {
	const columns, rows = partColumns / lightSide, partRows / lightSide
	var wide [columns * rows]part
	for i, s := range sums {
		at := &wide[i/partColumns/lightSide*columns+i%partColumns/lightSide]
		*at = part{at.n + s.n, at.lit + s.lit, at.u + s.u, at.v + s.v, at.a + s.a, at.b + s.b}
	}
	var list []part
	for _, s := range wide {
		if s.n >= leastOfPart*lightSide*lightSide {
			list = append(list, s.mean())
		}
	}
	return list
}

// tintSteps is at how many strengths of a light its tint is known.
const tintSteps = 24

// tint is the colour of grey paper and ink in a light: L, a and b by strength.
type tint [tintSteps + 1][3]float64

// tintOf is the tint of a light in which something grey has a colour. Light multiplies the
// values of red, green and blue, each by its own factor, before and after a camera's
// gamma.
func tintOf(c [3]float64) *tint {
	rgb := coded(c)
	top := max(rgb[0], rgb[1], rgb[2], 1e-3)
	var t tint
	for i := range t {
		k := float64(i) / tintSteps / top
		t[i] = labOf([3]float64{rgb[0] * k, rgb[1] * k, rgb[2] * k})
	}
	return &t
}

// at is the colour of what is grey and has that L.
func (t *tint) at(l float64) (a, b float64) {
	i := min(max(int(l/max(1, t[tintSteps][0])*tintSteps), 1), tintSteps) // L is nearly even in the steps
	for i > 1 && t[i-1][0] > l {
		i--
	}
	for i < tintSteps && t[i][0] < l {
		i++
	}
	from, to := t[i-1], t[i]
	k := (l - from[0]) / max(1e-6, to[0]-from[0])
	return from[1] + k*(to[1]-from[1]), from[2] + k*(to[2]-from[2])
}

// linear is the light of red, green and blue in a colour, L, a and b of bytes without
// their offset; white has 1 of each.
func linear(c [3]float64) [3]float64 {
	y := (c[0]/2.55 + 16) / 116
	x, z := y+c[1]/500, y-c[2]/200
	x, y, z = 0.9505*x*x*x, y*y*y, 1.089*z*z*z
	return [3]float64{3.2406*x - 1.5372*y - 0.4986*z, -0.9689*x + 1.8758*y + 0.0415*z, 0.0557*x - 0.2040*y + 1.0570*z}
}

// coded are the values of red, green and blue of a colour in sRGB, 0..1.
func coded(c [3]float64) [3]float64 {
	rgb := linear(c)
	for i, v := range rgb {
		if v = max(v, 0); v <= 0.0031308 {
			rgb[i] = 12.92 * v
		} else {
			rgb[i] = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
	}
	return rgb
}

// labOf is the colour of values of red, green and blue in sRGB.
func labOf(rgb [3]float64) [3]float64 {
	for i, v := range rgb {
		if v <= 0.04045 {
			rgb[i] = v / 12.92
		} else {
			rgb[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	f := func(v float64) float64 {
		if v <= 0.008856 {
			return 7.787*v + 16.0/116
		}
		return math.Cbrt(v)
	}
	x := f((0.4124*rgb[0] + 0.3576*rgb[1] + 0.1805*rgb[2]) / 0.9505)
	y := f(0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2])
	z := f((0.0193*rgb[0] + 0.1192*rgb[1] + 0.9505*rgb[2]) / 1.089)
	return [3]float64{2.55 * (116*y - 16), 500 * (x - y), 200 * (y - z)}
}

// clipped tells whether a colour, L, a and b of bytes without their offset, is at the end
// of what red, green or blue can be: it has lost the tint of its light.
func clipped(c [3]float64) bool {
	const burnt = 0.94 // of the light of white, level 248 of 255
	if c[0] < 0.4*255 {
		return false // the lightest blue has 32 of 100, red 53
	}
	rgb := linear(c)
	return max(rgb[0], rgb[1], rgb[2]) >= burnt
}

// mostlyBurnt tells whether a colour is at the end of green and of red or blue, which make
// seven tenths of its light and more, and far from it in the third. Its grey level is no end.
func mostlyBurnt(c [3]float64) bool {
	const burnt, far = 0.97, 0.7 // of the light of white, levels 252 and 217 of 255
	if c[0] < 0.8*255 {
		return false // cyan has 91 of 100, yellow 97
	}
	rgb := linear(c)
	return rgb[1] >= burnt && max(rgb[0], rgb[2]) >= burnt && min(rgb[0], rgb[2]) < far
}
