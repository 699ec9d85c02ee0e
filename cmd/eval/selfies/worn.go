package selfies

import (
	"image"
	"math"
	"math/rand/v2"

	"visavis/capture"
	"visavis/cmd/eval/compose"
)

// Worn is what a face wears.
type Worn string

// What is worn. Mask and sunglasses hide what a comparison needs.
const (
	Nothing    Worn = "nothing drawn"
	Glasses    Worn = "glasses"
	Headscarf  Worn = "headscarf"
	Beard      Worn = "beard"
	Mask       Worn = "mask"
	Sunglasses Worn = "sunglasses"
)

// wear draws what is worn, by the 68 landmarks p of the face in pixels of img.
func wear(img *image.RGBA, p []capture.Point, what Worn, r *rand.Rand) {
	switch what {
	case Glasses, Sunglasses:
		wearGlasses(img, p, what == Sunglasses, r)
	case Headscarf:
		wearScarf(img, p, r)
	case Beard:
		wearBeard(img, p, r)
	case Mask:
		wearMask(img, p, r)
	}
}

// paint lays a colour over the pixels of a rectangle: of shows what, and how much of it.
func paint(img *image.RGBA, within [2]capture.Point, of func(x, y float64) (c [3]float64, cover float64)) {
	box := image.Rect(int(within[0].X), int(within[0].Y), int(within[1].X)+1, int(within[1].Y)+1).Intersect(img.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c, k := of(float64(x), float64(y))
			if k <= 0 {
				continue
			}
			q := img.Pix[img.PixOffset(x, y):]
			for i := range c {
				q[i] = uint8(min(max(float64(q[i])+min(k, 1)*(c[i]-float64(q[i])), 0), 255) + 0.5)
			}
		}
	}
}

// bounds of points, wider by a rim.
func bounds(points []capture.Point, rim float64) [2]capture.Point {
	lo, hi := points[0], points[0]
	for _, p := range points {
		lo = capture.Point{X: min(lo.X, p.X), Y: min(lo.Y, p.Y)}
		hi = capture.Point{X: max(hi.X, p.X), Y: max(hi.Y, p.Y)}
	}
	return [2]capture.Point{{X: lo.X - rim, Y: lo.Y - rim}, {X: hi.X + rim, Y: hi.Y + rim}}
}

// depth is how far a place lies inside a polygon, pixels; negative outside.
func depth(poly []capture.Point, x, y float64) float64 {
	inside, least := false, math.Inf(1)
	for i, a := range poly {
		b := poly[(i+1)%len(poly)]
		if (a.Y > y) != (b.Y > y) && x < a.X+(y-a.Y)/(b.Y-a.Y)*(b.X-a.X) {
			inside = !inside
		}
		least = min(least, toLine(a, b, x, y))
	}
	if inside {
		return least
	}
	return -least
}

// toLine is the distance of a place from the line between two points.
func toLine(a, b capture.Point, x, y float64) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	t := min(max(((x-a.X)*dx+(y-a.Y)*dy)/max(dx*dx+dy*dy, 1e-9), 0), 1)
	return math.Hypot(x-a.X-t*dx, y-a.Y-t*dy)
}

// spread moves points away from a middle by a factor.
func spread(points []capture.Point, from capture.Point, by float64) []capture.Point {
	out := make([]capture.Point, len(points))
	for i, p := range points {
		out[i] = between(from, p, by)
	}
	return out
}

// up is the way from chin to brows, one eye distance long.
func up(p []capture.Point) capture.Point {
	top := mean(p[17:27])
	dx, dy := top.X-p[8].X, top.Y-p[8].Y
	k := apart(p) / max(math.Hypot(dx, dy), 1e-9)
	return capture.Point{X: dx * k, Y: dy * k}
}

// wearGlasses draws two lenses of about 50 × 38 mm with rims, a bridge and temples.
func wearGlasses(img *image.RGBA, p []capture.Point, dark bool, r *rand.Rand) {
	e, v := apart(p), up(p)
	rx, ry, rim := compose.Uniform(r, 0.36, 0.43)*e, compose.Uniform(r, 0.26, 0.32)*e, compose.Uniform(r, 0.02, 0.07)*e
	power := compose.Uniform(r, 2, 4)
	frames := [][3]float64{{25, 22, 22}, {70, 42, 25}, {120, 118, 116}, {150, 30, 40}, {35, 45, 90}}
	frame := frames[r.IntN(len(frames))]
	tint, opaque := [3]float64{230, 235, 240}, compose.Uniform(r, 0.02, 0.08) // a faint reflection
	if dark {
		tint = [3]float64{compose.Uniform(r, 12, 40), compose.Uniform(r, 12, 36), compose.Uniform(r, 12, 36)}
		opaque = compose.Uniform(r, 0.86, 0.97)
	}
	left, right := mean(p[36:42]), mean(p[42:48])
	for _, c := range []*capture.Point{&left, &right} {
		c.X, c.Y = c.X-0.05*v.X, c.Y-0.05*v.Y
	}
	ux, uy := (right.X-left.X)/e, (right.Y-left.Y)/e
	at := func(c capture.Point, along, across float64) capture.Point {
		return capture.Point{X: c.X + along*ux - across*uy, Y: c.Y + along*uy + across*ux}
	}
	lines := [][2]capture.Point{
		{at(left, rx, -0.3*ry), at(right, -rx, -0.3*ry)},
		{at(left, -rx, -0.3*ry), p[0]}, {at(right, rx, -0.3*ry), p[16]},
	}
	paint(img, bounds([]capture.Point{p[0], p[16], at(left, -rx, ry), at(right, rx, ry), at(left, 0, -ry)}, 2*ry),
		func(x, y float64) (c [3]float64, k float64) {
			for _, l := range lines {
				k = max(k, 0.5+rim/2-toLine(l[0], l[1], x, y))
			}
			lens := false
			for _, m := range []capture.Point{left, right} {
				dx, dy := x-m.X, y-m.Y
				a, b := (dx*ux+dy*uy)/rx, (dy*ux-dx*uy)/ry
				d := math.Pow(math.Pow(math.Abs(a), power)+math.Pow(math.Abs(b), power), 1/power)
				k, lens = max(k, 0.5+rim/2-math.Abs(d-1)*min(rx, ry)), lens || d < 1
			}
			if k <= 0 && lens {
				return tint, opaque
			}
			return frame, k
		})
}

// wearMask covers nose, mouth and chin with cloth in folds.
func wearMask(img *image.RGBA, p []capture.Point, r *rand.Rand) {
	area := maskArea(p)
	cloths := [][3]float64{{232, 236, 238}, {150, 190, 215}, {28, 28, 30}, {60, 80, 130}, {190, 120, 130}}
	cloth, e, folds := cloths[r.IntN(len(cloths))], apart(p), compose.Uniform(r, 5, 9)
	v := up(p)
	soft := max(0.7, 0.01*e)
	paint(img, bounds(area, 3), func(x, y float64) ([3]float64, float64) {
		down := ((x-p[30].X)*v.X + (y-p[30].Y)*v.Y) / (e * e)
		side := (x - p[30].X) / e
		k := 0.93 + 0.07*math.Sin(folds*2*math.Pi*down/1.6) - 0.12*side*side
		return [3]float64{cloth[0] * k, cloth[1] * k, cloth[2] * k}, 0.5 + depth(area, x, y)/soft
	})
}

// maskArea is the outline of a mask: along the jaw, a little beyond it, and over the bridge of
// the nose.
func maskArea(p []capture.Point) []capture.Point {
	jaw := spread(p[1:16], p[30], 1.05)
	return append(jaw, between(p[15], p[29], 0.6), p[28], between(p[1], p[29], 0.6))
}

// wearScarf covers hair, ears and neck and leaves the face from jaw to forehead free.
func wearScarf(img *image.RGBA, p []capture.Point, r *rand.Rand) {
	free := faceArea(p)
	middle, e, v := between(p[27], p[33], 0.3), apart(p), up(p)
	ux, uy := -v.Y/e, v.X/e // to the picture's right
	cloth := [3]float64{compose.Uniform(r, 15, 235), compose.Uniform(r, 15, 235), compose.Uniform(r, 15, 235)}
	folds, seed := compose.Uniform(r, 5, 11), compose.Uniform(r, 0, 6)
	soft := max(0.7, 0.012*e)
	whole := [2]capture.Point{{X: 0, Y: 0}, {X: float64(img.Rect.Dx()), Y: float64(img.Rect.Dy())}}
	paint(img, whole, func(x, y float64) ([3]float64, float64) {
		dx, dy := x-middle.X, y-middle.Y
		side, high := (dx*ux+dy*uy)/e, (dx*v.X+dy*v.Y)/(e*e)
		round := (1 - math.Hypot(side/1.62, (high-0.1)/1.95)) * 1.6 * e
		if high < -0.6 { // and down over neck and shoulders
			round = max(round, (1.45+max(0, -high-1.9)*1.1-math.Abs(side))*e)
		}
		cover := min(0.5+round/soft, 0.5-depth(free, x, y)/soft)
		k := 0.84 + 0.14*math.Sin(folds*math.Atan2(side, high+0.4)+1.3*math.Hypot(side, high)*folds/3+seed)
		return [3]float64{cloth[0] * k, cloth[1] * k, cloth[2] * k}, cover
	})
}

// faceArea is the face from jaw to forehead.
func faceArea(p []capture.Point) []capture.Point {
	v := up(p)
	over := func(q capture.Point, k float64) capture.Point { return capture.Point{X: q.X + k*v.X, Y: q.Y + k*v.Y} }
	area := append([]capture.Point(nil), p[0:17]...)
	return append(area, over(p[26], 0.4), over(p[24], 0.6), over(between(p[21], p[22], 0.5), 0.68), over(p[19], 0.6),
		over(p[17], 0.4))
}

// wearBeard draws strands of hair over jaw, chin and upper lip; the lips stay free.
func wearBeard(img *image.RGBA, p []capture.Point, r *rand.Rand) {
	e := apart(p)
	area := spread(p[2:15], p[33], 1.04)
	area = append(area, between(p[14], p[54], 0.45), between(p[33], p[35], 0.9), p[33], between(p[33], p[31], 0.9),
		between(p[2], p[48], 0.55))
	lips := spread(p[48:60], p[62], 1.06)
	hairs := [][3]float64{{22, 19, 18}, {58, 40, 28}, {110, 75, 45}, {150, 147, 142}, {120, 60, 30}}
	hair, thick, soft := hairs[r.IntN(len(hairs))], compose.Uniform(r, 0.55, 0.92), 0.09*e
	width, long := max(1, 0.012*e), max(3, 0.07*e)
	grain := make([]float64, 1<<14)
	for i := range grain {
		grain[i] = r.Float64()
	}
	paint(img, bounds(area, soft), func(x, y float64) ([3]float64, float64) {
		bent := x + 0.25*(x-p[8].X)/e*(y-p[33].Y)
		cell := (int(bent/width)*131 + int(y/long+grain[int(bent/width)&(1<<14-1)]*5)*977) & (1<<14 - 1)
		strand := grain[cell]
		k := 0.55 + 0.9*strand
		cover := min(depth(area, x, y)/soft+0.3, -depth(lips, x, y)/(0.03*e))
		return [3]float64{hair[0] * k, hair[1] * k, hair[2] * k}, thick * min(cover, 1) * (0.65 + 0.5*strand)
	})
}
