package selfies

import (
	"image"
	"math"

	"visavis/capture"
)

// Tone is a class of skin by its individual typology angle, after Chardon et al. (1991).
type Tone string

// The classes, lightest first, and the angle in degrees over which each lies.
const (
	VeryLight    Tone = "very light"   // 55
	Light        Tone = "light"        // 41
	Intermediate Tone = "intermediate" // 28
	Tan          Tone = "tan"          // 10
	Brown        Tone = "brown"        // -30
	Dark         Tone = "dark"
)

// Tones are all classes, lightest first.
func Tones() []Tone { return []Tone{VeryLight, Light, Intermediate, Tan, Brown, Dark} }

// ToneOf is the class of an angle in degrees.
func ToneOf(ita float64) Tone {
	for i, over := range []float64{55, 41, 28, 10, -30} {
		if ita > over {
			return Tones()[i]
		}
	}
	return Dark
}

// ITA is the individual typology angle of a colour in degrees: the arc tangent of (L* − 50) / b*.
// The colour is linear light of sRGB's primaries, 0..1, under D65.
func ITA(rgb [3]float64) float64 {
	l, _, b := lab(rgb)
	return math.Atan2(l-50, b) * 180 / math.Pi
}

// white is the white of D65, CIE XYZ.
var white = [3]float64{0.95047, 1, 1.08883}

// xyz are the rows of the matrix from linear sRGB to CIE XYZ (IEC 61966-2-1).
var xyz = [3][3]float64{
	{0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041},
}

// lab is a colour of linear light in CIE L*a*b*.
func lab(rgb [3]float64) (l, a, b float64) {
	var f [3]float64
	for i, row := range xyz {
		t := (row[0]*rgb[0] + row[1]*rgb[1] + row[2]*rgb[2]) / white[i]
		if t > 216.0/24389 {
			f[i] = math.Cbrt(t)
		} else {
			f[i] = (24389.0/27*t + 16) / 116
		}
	}
	return 116*f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])
}

// light is the linear light of an sRGB level 0..255, level the reverse.
func light(v float64) float64 {
	v /= 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func level(v float64) float64 {
	if v <= 0.0031308 {
		return 255 * 12.92 * max(v, 0)
	}
	return 255 * (1.055*math.Pow(v, 1/2.4) - 0.055)
}

// cheeks is the mean linear light of both cheeks of a face with 68 landmarks in pixels: a square
// a fifth as wide as the eyes are apart, halfway from nostril to jaw.
func cheeks(img *image.RGBA, p []capture.Point) [3]float64 {
	var sum [3]float64
	n := 0.0
	reach := max(1, int(0.1*apart(p)))
	for _, c := range []capture.Point{between(p[31], p[3], 0.45), between(p[35], p[13], 0.45)} {
		for y := int(c.Y) - reach; y <= int(c.Y)+reach; y++ {
			for x := int(c.X) - reach; x <= int(c.X)+reach; x++ {
				if !image.Pt(x, y).In(img.Rect) {
					continue
				}
				q := img.Pix[img.PixOffset(x, y):]
				for i := range sum {
					sum[i] += light(float64(q[i]))
				}
				n++
			}
		}
	}
	for i := range sum {
		sum[i] /= max(n, 1)
	}
	return sum
}

// madeTones are the colours, linear light, that skin is given where the pictures have none:
// L* 55, 45 and 32, as tan, brown and dark skin has in even light.
func madeTones() map[Tone][3]float64 {
	out := map[Tone][3]float64{}
	for tone, c := range map[Tone][3]float64{Tan: {170, 122, 99}, Brown: {137, 99, 79}, Dark: {97, 70, 56}} {
		out[tone] = [3]float64{light(c[0]), light(c[1]), light(c[2])}
	}
	return out
}

// skinned gives the skin of a face another tone: each channel's linear light times the ratio of
// the wanted colour to that of the cheeks, as another albedo under the same light does, in an oval
// from hair to neck. Pixels darker than an eighth of the cheeks (hair, brows, pupils) stay, and so
// do those without the warmth of skin (walls, cloth, the white of eyes): half the cheeks' ratio of
// red to green, as logarithms, counts as skin. Highlights and lips darken with the skin, where those
// of real skin stay.
func skinned(img *image.RGBA, p []capture.Point, to [3]float64) *image.RGBA {
	from := cheeks(img, p)
	out := image.NewRGBA(img.Rect)
	copy(out.Pix, img.Pix)
	middle, size := between(p[27], p[33], 0.5), apart(p)
	var table [256]float64
	for i := range table {
		table[i] = light(float64(i))
	}
	warmth := func(red, green float64) float64 { return math.Log((red + 0.001) / (green + 0.001)) }
	half := max(0.05, 0.5*warmth(from[0], from[1]))
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			dx, dy := (float64(x)-middle.X)/size, (float64(y)-middle.Y)/size
			w := ramp(1-math.Hypot(dx/1.6, (dy-0.3)/2.3), 0, 0.15)
			if w == 0 {
				continue
			}
			q := out.Pix[out.PixOffset(x, y):]
			w *= ramp(table[q[1]]/max(from[1], 1e-4), 0.08, 0.2) * ramp(warmth(table[q[0]], table[q[1]]), 0, half)
			for i := range 3 {
				q[i] = uint8(min(255, level(table[q[i]]*(1+w*(to[i]/max(from[i], 1e-4)-1)))+0.5))
			}
		}
	}
	return out
}

// ramp rises from 0 at from to 1 at to.
func ramp(v, from, to float64) float64 { return min(1, max(0, (v-from)/(to-from))) }

func between(a, b capture.Point, share float64) capture.Point {
	return capture.Point{X: a.X + share*(b.X-a.X), Y: a.Y + share*(b.Y-a.Y)}
}

func mean(points []capture.Point) (m capture.Point) {
	for _, p := range points {
		m.X += p.X / float64(len(points))
		m.Y += p.Y / float64(len(points))
	}
	return m
}

// apart is the distance of the eyes' middles, about 63 mm.
func apart(p []capture.Point) float64 {
	a, b := mean(p[36:42]), mean(p[42:48])
	return math.Hypot(a.X-b.X, a.Y-b.Y)
}
