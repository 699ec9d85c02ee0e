package opencv

import "math"

const (
	angleBins  = 180
	angleReach = 7  // an edge's own direction is trusted to this many degrees
	ownReach   = 12 // edges within this many degrees of a line found belong to it
)

// angleKernel weighs the votes by how far they are from the edge's own direction.
var angleKernel = [2*angleReach + 1]float32{0.25, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 1, 0.97, 0.9, 0.8, 0.65, 0.5, 0.35, 0.25}

// hough is an accumulator in which an edge pixel votes only for lines along its
// own direction. A line that is taken takes its pixels' votes with it, so that
// each line is found once and weak ones beside strong ones are found too.
type hough struct {
	e        *edgeMap
	rhos     int
	sin, cos [angleBins]float64
	votes    []float32
	byAngle  [angleBins][]edgePoint
	best     [angleBins]float32 // of each angle: the highest sum of votes
	at       [angleBins]int     // and where
}

func newHough(e *edgeMap) *hough {
	h := &hough{e: e}
	h.rhos = int(math.Hypot(float64(e.w), float64(e.h))) + e.w + 4
	h.votes = scratch(angleBins * h.rhos)
	for i := range angleBins {
		h.sin[i], h.cos[i] = math.Sincos(float64(i) * math.Pi / angleBins)
	}
	for _, p := range e.points {
		bin := int(float64(p.angle)*angleBins/math.Pi+0.5) % angleBins
		h.byAngle[bin] = append(h.byAngle[bin], p)
		h.vote(p, bin, p.weight)
	}
	for bin := range angleBins {
		h.findBest(bin)
	}
	return h
}

// vote adds weight for all lines through p within reach of its direction.
func (h *hough) vote(p edgePoint, centre int, weight float32) {
	for k, f := range angleKernel {
		bin := (centre + k - angleReach + angleBins) % angleBins
		rho := float64(p.x)*h.cos[bin] + float64(p.y)*h.sin[bin] + float64(h.e.w)
		r := int(rho)
		if r < 1 || r+2 >= h.rhos {
			continue
		}
		part := float32(rho - float64(r))
		v := weight * f
		h.votes[bin*h.rhos+r] += v * (1 - part)
		h.votes[bin*h.rhos+r+1] += v * part
	}
}

// findBest looks for the best distance at one angle. Neighbouring distances
// count too: the edge of a real document is not straight to the pixel.
func (h *hough) findBest(bin int) {
	row := h.votes[bin*h.rhos : (bin+1)*h.rhos]
	h.best[bin] = 0
	prev, v := row[0], row[1]
	for r := 1; r+1 < len(row); r++ {
		next := row[r+1]
		if s := 0.6*prev + v + 0.6*next; s > h.best[bin] {
			h.best[bin], h.at[bin] = s, r
		}
		prev, v = v, next
	}
}

// take returns the strongest line left and removes its edges' votes.
func (h *hough) take() (ln line, votes float32) {
	bin := 0
	for b, v := range h.best {
		if v > h.best[bin] {
			bin = b
		}
	}
	votes = h.best[bin]
	if votes <= 0 {
		return line{}, 0
	}
	r := h.at[bin]
	row := h.votes[bin*h.rhos : (bin+1)*h.rhos]
	left, mid, right := max(row[r-1], 0), max(row[r], 0), max(row[r+1], 0)
	rho := float64(r) + float64(right-left)/float64(left+mid+right+1e-6) - float64(h.e.w)
	ln = line{h.cos[bin], h.sin[bin], rho}
	h.remove(ln, bin)
	h.best[bin] = min(h.best[bin], votes)
	return ln, votes
}

// remove takes back the votes of the edges on a line.
func (h *hough) remove(ln line, bin int) {
	const near = 1.3
	removed := false
	var changed [angleBins]bool
	for d := -ownReach; d <= ownReach; d++ {
		b := (bin + d + angleBins) % angleBins
		before := len(h.byAngle[b])
		keep := h.byAngle[b][:0]
		for _, p := range h.byAngle[b] {
			if math.Abs(float64(p.x)*ln.a+float64(p.y)*ln.b-ln.c) < near {
				h.vote(p, b, -p.weight)
				removed = true
				continue
			}
			keep = append(keep, p)
		}
		h.byAngle[b] = keep
		if len(keep) < before {
			for k := -angleReach; k <= angleReach; k++ {
				changed[(b+k+angleBins)%angleBins] = true
			}
		}
	}
	if !removed { // a sum of chance votes of several lines: never take it again
		r := h.at[bin]
		for k := max(0, r-1); k <= min(h.rhos-1, r+1); k++ {
			h.votes[bin*h.rhos+k] = 0
		}
		changed[bin] = true
	}
	for b, c := range changed { // the others' votes are what they were
		if c {
			h.findBest(b)
		}
	}
}

// findLines returns at most count lines, strongest first.
func findLines(e *edgeMap, count int) []*edgeLine {
	h := newHough(e)
	defer release(h.votes)
	least := float32(e.w+e.h) * 0.025
	var lines []*edgeLine
	for range 2 * count {
		ln, votes := h.take()
		if votes < least || len(lines) == count {
			break
		}
		if l := newEdgeLine(e, ln); l != nil {
			l.votes = votes
			lines = append(lines, l)
		}
	}
	return lines
}
