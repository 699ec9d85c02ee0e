package opencv

// edgeWidths counts how wide the clear edges of a picture are.
type edgeWidths struct {
	counts [widthSteps * widestEdge]int // by width
	n      int
}

// Widths are counted in steps of a hundredth of a pixel; wider edges count as widest.
const (
	widthSteps = 100
	widestEdge = 40
)

// sharpness of print, 0..1: how steep the edges of letters and lines are, whatever
// their contrast and their size. It looks along rows and along columns and
// returns the worse of both, since a moving camera blurs one of them. rise is
// the least difference of grey levels that counts as an edge.
func sharpness(g greyPicture, rise int) float64 {
	var across, down edgeWidths
	for y := 2; y < g.h-2; y += 3 {
		across.scan(g.pix[y*g.w:], g.w, 1, rise)
	}
	for x := 2; x < g.w-2; x += 3 {
		down.scan(g.pix[x:], g.h, g.w, rise)
	}
	a, okA := across.steepness()
	d, okD := down.steepness()
	switch {
	case okA && okD:
		return min(a, d)
	case okA:
		return a
	case okD:
		return d
	}
	return 0
}

// scan walks along n pixels and measures each rise or fall of at least rise grey levels.
func (e *edgeWidths) scan(pix []uint8, n, step, rise int) {
	start, steep, sign := int(pix[0]), 0, 0
	prev := start
	for i := 1; i < n; i++ {
		v := int(pix[i*step])
		d := v - prev
		if d != 0 && (d > 0) != (sign > 0) || sign == 0 {
			e.add(prev-start, steep, rise)
			start, steep, sign = prev, 0, d
		}
		if d < 0 {
			d = -d
		}
		steep = max(steep, d)
		prev = v
	}
	e.add(prev-start, steep, rise)
}

func (e *edgeWidths) add(change, steep, rise int) {
	if change < 0 {
		change = -change
	}
	if change >= rise && steep > 0 {
		e.counts[min((widthSteps*change+steep/2)/steep, len(e.counts)-1)]++
		e.n++
	}
}

// steepness is 1 for edges of one pixel and falls with their width. The sharper
// third decides: shadows and faces have wide edges in every picture.
func (e *edgeWidths) steepness() (float64, bool) {
	if e.n < 40 {
		return 0, false
	}
	left := int(0.33*float64(e.n-1) + 0.5)
	for width, count := range e.counts {
		if left -= count; left < 0 {
			return widthSteps / float64(width), true
		}
	}
	return 0, false
}
