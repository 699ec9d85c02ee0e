package specimen

import (
	"image/color"
	"math"
	"math/rand/v2"
)

// pattern is the printed background of a side: a soft gradient between two
// tints, crossed by two families of wavy hairlines and a rosette. It is drawn
// from the seed and imitates no real document.
type pattern struct {
	from, to color.RGBA // tints at the left and at the right
	line     color.RGBA
	seed     uint64
}

// paint fills the side.
func (p *pen) paint(t pattern) {
	r := newRand(t.seed, "pattern")
	waves := [3]wave{newWave(r, 1.5), newWave(r, 1.9), newWave(r, 1.25)}
	petals := float64(7 + r.IntN(6))
	bounds := p.img.Rect
	w, h := float64(bounds.Dx()), float64(bounds.Dy())
	cx, cy := w*(0.55+0.2*r.Float64()), h*(0.4+0.2*r.Float64())
	ring := 1.15 * p.scale // distance of the rosette's lines
	for y := range bounds.Dy() {
		fy := float64(y) / p.scale
		row := p.img.Pix[y*p.img.Stride : y*p.img.Stride+bounds.Dx()*4]
		for x := range bounds.Dx() {
			fx := float64(x) / p.scale
			k := float64(x) / w
			shade := 0.0
			shade = math.Max(shade, hairline(waves[0].at(fx, fy), p.scale))
			shade = math.Max(shade, hairline(waves[1].at(fy, fx), p.scale))
			dx, dy := float64(x)-cx, float64(y)-cy
			radius := math.Hypot(dx, dy)
			if radius < h*0.42 {
				turn := math.Sin(petals * math.Atan2(dy, dx))
				shade = math.Max(shade, hairline((radius+turn*h*0.05)/ring, p.scale*1.15))
			}
			shade *= 0.55
			c := row[x*4 : x*4+4 : x*4+4]
			c[0] = tint(t.from.R, t.to.R, t.line.R, k, shade)
			c[1] = tint(t.from.G, t.to.G, t.line.G, k, shade)
			c[2] = tint(t.from.B, t.to.B, t.line.B, k, shade)
			c[3] = 255
		}
	}
}

// wave is a family of lines that bend: at returns the line's number, whole on
// the line.
type wave struct{ gap, a1, k1, p1, a2, k2, p2 float64 }

func newWave(r *rand.Rand, gap float64) wave {
	return wave{
		gap: gap, a1: 1.5 + 2*r.Float64(), k1: 0.10 + 0.1*r.Float64(), p1: 2 * math.Pi * r.Float64(),
		a2: 0.4 + 0.5*r.Float64(), k2: 0.4 + 0.3*r.Float64(), p2: 2 * math.Pi * r.Float64(),
	}
}

func (w wave) at(along, across float64) float64 {
	return (across + w.a1*math.Sin(w.k1*along+w.p1) + w.a2*math.Sin(w.k2*along+w.p2)) / w.gap
}

// hairline returns 1 on a whole number and falls to 0 within 0.09 mm.
func hairline(number, scale float64) float64 {
	distance := math.Abs(number-math.Round(number)) * scale
	return math.Max(0, 1-distance/(0.09*scale))
}

func tint(from, to, line uint8, k, shade float64) uint8 {
	base := float64(from)*(1-k) + float64(to)*k
	return uint8(base*(1-shade) + float64(line)*shade + 0.5)
}

// wear gives the printed side the look of a thing: fine grain, a slow unevenness
// and rounded, slightly darker edges. radius is of the corners in millimetres;
// what lies outside them becomes transparent.
func (p *pen) wear(seed uint64, radius float64) {
	r := newRand(seed, "wear")
	slow := newNoise(r, 9)
	grain := make([]int8, 1<<14)
	for i := range grain {
		grain[i] = int8(math.Round(r.NormFloat64() * 2.2))
	}
	bounds := p.img.Rect
	w, h := float64(bounds.Dx()), float64(bounds.Dy())
	for y := range bounds.Dy() {
		offset := r.IntN(len(grain))
		for x := range bounds.Dx() {
			c := p.img.Pix[y*p.img.Stride+x*4:]
			inside := roundedDistance(float64(x)+0.5, float64(y)+0.5, w, h, radius*p.scale)
			light := 4 * slow.at(float64(x)/w*6, float64(y)/h*4)
			if edge := inside / (0.5 * p.scale); edge < 1 {
				light -= 22 * (1 - edge)
			}
			light += float64(grain[(x+offset)&(len(grain)-1)])
			cover := math.Max(0, math.Min(1, inside+0.5))
			for k := range 3 {
				c[k] = uint8(clamp(float64(c[k])+light) * cover)
			}
			c[3] = uint8(255 * cover)
		}
	}
}

// roundedDistance is how far x, y lies inside a rectangle with rounded corners;
// negative outside.
func roundedDistance(x, y, w, h, radius float64) float64 {
	dx := math.Abs(x-w/2) - (w/2 - radius)
	dy := math.Abs(y-h/2) - (h/2 - radius)
	outside := math.Hypot(math.Max(dx, 0), math.Max(dy, 0)) + math.Min(math.Max(dx, dy), 0)
	return radius - outside
}

// noise is a smooth random field, about -1..1, periodic in n cells.
type noise struct {
	n     int
	cells []float64
}

func newNoise(r *rand.Rand, n int) noise {
	cells := make([]float64, n*n)
	for i := range cells {
		cells[i] = 2*r.Float64() - 1
	}
	return noise{n, cells}
}

func (f noise) at(x, y float64) float64 {
	x0, y0 := math.Floor(x), math.Floor(y)
	tx, ty := x-x0, y-y0
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	xi, yi := wrap(int(x0), f.n), wrap(int(y0), f.n)
	xj, yj := wrap(xi+1, f.n), wrap(yi+1, f.n)
	top := f.cells[yi*f.n+xi]*(1-tx) + f.cells[yi*f.n+xj]*tx
	bottom := f.cells[yj*f.n+xi]*(1-tx) + f.cells[yj*f.n+xj]*tx
	return top*(1-ty) + bottom*ty
}

func wrap(i, n int) int {
	if i %= n; i < 0 {
		i += n
	}
	return i
}

// clamp and clamp8 run for every pixel: plain comparisons are several times
// faster than math.Min and math.Max, which look after NaN.
func clamp(v float64) float64 {
	if v < 0 {
		return 0
	}
	if v > 255 {
		return 255
	}
	return v
}

func clamp8(v float64) uint8 { return uint8(clamp(v) + 0.5) }
