package compose

import (
	"cmp"
	"image"
	"image/draw"
	"math"
	"math/rand/v2"
	"slices"
)

// Printer is how a printer lays down colours.
type Printer string

// The printers.
const (
	// Laser printers have clustered dots: one dot in each cell of a lattice, as large as the
	// colour is strong. Each ink's lattice is turned by another angle.
	Laser Printer = "laser"
	// InkJet printers have scattered drops: all of one size, as many as the colour is strong.
	InkJet Printer = "ink-jet"
)

// Printers are all printers.
func Printers() []Printer { return []Printer{Laser, InkJet} }

// dotsAMillimetre is a printer's resolution: 600 an inch.
const dotsAMillimetre = 600 / 25.4

// The inks.
const (
	cyan = iota
	magenta
	yellow
	black
	inks
)

// ink is the light that each colour keeps below full ink: what a cyan, a magenta, a yellow and
// a black that are not pure do.
var ink = [inks][3]float64{{0.06, 0.6, 0.8}, {0.75, 0.08, 0.4}, {0.92, 0.85, 0.08}, {0.035, 0.035, 0.035}}

// screen is a lattice of cells on a printer's grid: its dots lie along, across steps apart,
// and those at right angles to it. So it has 600 / hypot(along, across) lines an inch and is
// turned by their arc tangent.
type screen struct{ along, across int }

// screens are those of the inks of laser printers, coarse and fine ones: 141 to 150 and 190 to
// 212 lines an inch, at angles next to the 15, 75, 0 and 45 degrees of offset print.
var screens = [][inks]screen{
	{{4, 1}, {1, 4}, {4, 0}, {3, 3}},
	{{3, 1}, {1, 3}, {3, 0}, {2, 2}},
}

// LinesAnInch are those of the black of the screens that a laser printer may have.
func LinesAnInch() []float64 {
	var out []float64
	for _, s := range screens {
		out = append(out, 600/math.Hypot(float64(s[black].along), float64(s[black].across)))
	}
	return out
}

// thresholds are from which coverage on the places of a cell have ink, 0..1; size × size
// places, after which they begin anew.
func (s screen) thresholds() (size int, at []float64) {
	size = s.along*s.along + s.across*s.across
	n := float64(size)
	order := make([]int, size*size)
	far := make([]float64, size*size) // from the middle of a dot
	for i := range far {
		x, y := float64(i%size), float64(i/size)
		u, v := (x*float64(s.along)+y*float64(s.across))/n, (y*float64(s.along)-x*float64(s.across))/n
		order[i], far[i] = i, 2-math.Cos(2*math.Pi*u)-math.Cos(2*math.Pi*v)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(far[a], far[b]) })
	at = make([]float64, size*size)
	for rank, i := range order {
		at[i] = (float64(rank) + 0.5) / float64(len(order))
	}
	return size, at
}

// Widths of documents in millimetres, by the proportions of their sides: cards as those of
// banks, pages of a passport.
const cardWide, pageWide = 85.6, 125

// Print is a document's side as a printer gives it, at the printer's resolution and the
// document's size: the paper's white, an ink that is not black, colours that are weaker;
// without the rounded corners. A grey one is printed with black alone. fineness chooses the
// screen of a laser printer, by its place in [LinesAnInch].
func Print(side *image.RGBA, by Printer, fineness int, grey bool, r *rand.Rand) *image.RGBA {
	asked := asked(side, grey, r)
	wide := cardWide
	if aspect := float64(side.Rect.Dx()) / float64(side.Rect.Dy()); aspect < leastCard {
		wide = pageWide
	}
	w := int(wide * dotsAMillimetre)
	h := w * side.Rect.Dy() / side.Rect.Dx()
	var lay [inks]func(x, y int, cover float64) float64
	for i := range lay {
		if by == Laser {
			lay[i] = clustered(screens[fineness][i])
		} else {
			lay[i] = scattered(w, r)
		}
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			cover := covers(sample(asked, (float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h)), by, grey)
			light := [3]float64{1, 1, 1}
			for i := range lay {
				on := lay[i](x, y, cover[i])
				for c := range light {
					light[c] *= 1 - on*(1-ink[i][c])
				}
			}
			p := out.Pix[y*out.Stride+4*x:][:4]
			for c := range light {
				p[c] = uint8(coded[int(1024*light[c])])
			}
			p[3] = 255
		}
	}
	return out
}

// asked is a side as it is given to a printer.
func asked(side *image.RGBA, grey bool, r *rand.Rand) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, side.Rect.Dx(), side.Rect.Dy()))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, side, side.Rect.Min, draw.Over)
	dark, weak := Uniform(r, 22, 48), Uniform(r, 0.6, 0.85)
	paper := [3]float64{Uniform(r, 236, 250), Uniform(r, 236, 248), Uniform(r, 228, 246)}
	if grey {
		weak, paper = 0, [3]float64{paper[0], paper[0], paper[0]}
	}
	for i := 0; i < len(out.Pix); i += 4 {
		p := out.Pix[i : i+3]
		l := 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
		noise := 2.5 * r.NormFloat64()
		for c := range p {
			v := l + weak*(float64(p[c])-l)
			if !grey {
				noise = 2.5 * r.NormFloat64()
			}
			p[c] = uint8(min(255, max(0, dark+v/255*(paper[c]-dark)+noise)))
		}
	}
	return out
}

// covers are how much of each ink a colour asks for, 0..1. Black takes the place of the others
// where all three are; a grey print has it alone.
func covers(colour [3]float32, by Printer, grey bool) [inks]float64 {
	var out [inks]float64
	least, most := 1.0, 0.0
	for c := range colour {
		out[c] = 1 - float64(linear[uint8(colour[c]+0.5)])
		least, most = min(least, out[c]), max(most, out[c])
	}
	if grey {
		return [inks]float64{black: most}
	}
	k := least // a laser printer's black is the cheapest and sharpest; drops of it would be seen
	if by == InkJet {
		k = least * least
	}
	out[black] = k
	for c := range colour {
		out[c] = min(1, max(0, (out[c]-k)/max(1-k, 0.02)))
	}
	return out
}

// clustered lays an ink in a screen's dots. Laser printers modulate the width of a place's
// light, so that the edge of a dot lies within one.
func clustered(s screen) func(x, y int, cover float64) float64 {
	size, at := s.thresholds()
	return func(x, y int, cover float64) float64 {
		return min(1, max(0, (cover-at[y%size*size+x%size])*float64(size)+0.5*cover))
	}
}

// scattered lays an ink in drops: what a place has too much or too little of is passed on to
// those around it (Floyd and Steinberg, 1976), by limits that are drawn. Rows are asked for one
// after the other, of w places.
func scattered(w int, r *rand.Rand) func(x, y int, cover float64) float64 {
	now, next := make([]float64, w+2), make([]float64, w+2)
	return func(x, _ int, cover float64) float64 {
		if x == 0 {
			now, next = next, now
			clear(next)
		}
		want, on := cover+now[x+1], 0.0
		if want > Uniform(r, 0.35, 0.65) {
			on = 1
		}
		off := want - on
		now[x+2] += off * 7 / 16
		next[x] += off * 3 / 16
		next[x+1] += off * 5 / 16
		next[x+2] += off / 16
		return on
	}
}
