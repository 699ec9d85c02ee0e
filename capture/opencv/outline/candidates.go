package outline

import (
	"cmp"
	"math"
	"slices"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// Candidate is a quadrilateral that may be a document's outline, in pixels of the working picture.
type Candidate struct {
	Corners pixel.Quad
	// borders[i] says that side i is the frame's edge: the document goes on beyond it.
	Borders [4]bool
	Cheap   float64 // by edge support alone
	Score   float64
	Parts   scoreParts
	Like    likeness
}

// linePair is two roughly parallel lines that may be opposite sides.
type linePair struct {
	i, j   int
	theta  float64
	weight float64
}

// What a document's outline can look like to a camera: opposite sides within 28 degrees
// of each other and corners between 45 and 135 degrees. Opposite sides that converge by up
// to 42 degrees are of a document so slanting that it cannot be read: it is looked for so
// that the person can be told.
const (
	mostConverging = 28 * math.Pi / 180
	wideConverging = 42 * math.Pi / 180
	leastCorner    = 45 * math.Pi / 180
)

// quadsOf combines lines into quadrilaterals and returns the best by edge support, without near doubles.
func quadsOf(e *edgeMap, lines []*edgeLine, work effort) []Candidate {
	c := &combining{e: e, lines: append(slices.Clip(lines), borderLines(e.w, e.h)...)}
	c.meet = meetings(c.lines, float64(e.w), float64(e.h))
	c.pairs = parallelPairs(e, c.lines, c.meet, work)
	c.shares = make([]float64, len(c.pairs)*len(c.lines))
	best := &top{limit: 8 * work.quads}
	for a, p := range c.pairs {
		for b := a + 1; b < len(c.pairs); b++ {
			q := c.pairs[b]
			d := math.Abs(p.theta - q.theta)
			if d = min(d, math.Pi-d); d < leastCorner {
				continue
			}
			if p.i == q.i || p.i == q.j || p.j == q.i || p.j == q.j {
				continue
			}
			if c, ok := c.quadOf(a, b, best.least()); ok {
				best.add(c)
			}
		}
	}
	return best.distinct(work.quads, 0.012*float64(max(e.w, e.h)))
}

// combining is lines whose pairs are combined into quadrilaterals.
type combining struct {
	e     *edgeMap
	lines []*edgeLine
	meet  []crossing
	pairs []linePair
	// shares are what the sides on each line between the two lines of each pair count, of
	// line l and pair p at p·len(lines)+l: a side is one of many quadrilaterals. 0 is not known
	// yet.
	shares []float64
}

// crossing is where two lines meet: the place, and its parameter on the first.
type crossing struct {
	p  capture.Point
	t  float64
	ok bool
}

// meetings are where all lines meet: of line i with line j at i·len(lines)+j.
func meetings(lines []*edgeLine, w, h float64) []crossing {
	m := make([]crossing, len(lines)*len(lines))
	for i := range lines {
		for j := range lines {
			if i == j {
				continue
			}
			p, ok := pixel.Meet(lines[i].Line, lines[j].Line)
			// A corner may lie outside by half a frame.
			ok = ok && p.X > -w/2 && p.Y > -h/2 && p.X < w*1.5 && p.Y < h*1.5
			m[i*len(lines)+j] = crossing{p, lines[i].position(p.X, p.Y), ok}
		}
	}
	return m
}

func parallelPairs(e *edgeMap, lines []*edgeLine, m []crossing, work effort) []linePair {
	short := float64(min(e.w, e.h))
	var pairs, wide []linePair
	for i, l := range lines {
		for j := i + 1; j < len(lines); j++ {
			o := lines[j]
			d := math.Abs(l.theta - o.theta)
			flip := d > math.Pi/2
			if flip {
				d = math.Pi - d
			}
			if d > wideConverging || d > mostConverging && work.wide == 0 || (l.border && o.border) {
				continue
			}
			if c := m[i*len(lines)+j]; c.ok && c.p.X > 0 && c.p.Y > 0 && c.p.X < float64(e.w) && c.p.Y < float64(e.h) {
				continue // cross inside the picture
			}
			oc, ot := o.C, o.theta
			if flip {
				oc, ot = -oc, ot-math.Pi
			}
			mid := (l.theta + ot) / 2
			// Distance between them, seen from the middle of the picture.
			cx, cy := float64(e.w)/2, float64(e.h)/2
			dl := l.C - l.A*cx - l.B*cy
			ob := o.A*cx + o.B*cy
			if flip {
				ob = -ob
			}
			if math.Abs(dl-(oc-ob)) < 0.08*short {
				continue
			}
			if mid < 0 {
				mid += math.Pi
			}
			w := math.Sqrt(float64(max(l.votes, 1)) * float64(max(o.votes, 1)))
			if l.border || o.border {
				w = 0.5 * float64(max(l.votes, o.votes))
			}
			if pair := (linePair{i, j, mid, w}); d > mostConverging {
				wide = append(wide, pair)
			} else {
				pairs = append(pairs, pair)
			}
		}
	}
	return append(balanced(pairs, work.pairs), balanced(wide, work.wide)...)
}

// balanced keeps the strongest pairs of each direction: a sheet of ruled paper
// must not crowd out its own margins.
func balanced(pairs []linePair, most int) []linePair {
	const sectors = 6
	slices.SortStableFunc(pairs, func(p, q linePair) int {
		switch {
		case p.weight > q.weight:
			return -1
		case p.weight < q.weight:
			return 1
		}
		return 0
	})
	var taken [sectors]int
	out := pairs[:0]
	for _, p := range pairs {
		s := int(p.theta/math.Pi*sectors+0.5) % sectors
		if taken[s] < most/3 && len(out) < most {
			taken[s]++
			out = append(out, p)
		}
	}
	return out
}

// leastSide is the least edge support of each side.
const leastSide = 0.12

// noSide is the share of a side that no document has.
const noSide = -1

// share is the edge support of the side on a line between the lines of a pair, less what speaks
// against it; noSide where that rules it out.
func (c *combining) share(line, pair int) float64 {
	v := &c.shares[pair*len(c.lines)+line]
	if *v == 0 {
		*v = c.sideShare(line, c.pairs[pair])
	}
	return *v
}

func (c *combining) sideShare(on int, ends linePair) float64 {
	line := c.lines[on]
	a, b := c.meet[on*len(c.lines)+ends.i], c.meet[on*len(c.lines)+ends.j]
	if !a.ok || !b.ok {
		return noSide
	}
	if line.border {
		return 1 // counts for nothing
	}
	before, after := c.lines[ends.i].border, c.lines[ends.j].border
	share, inside := line.support(a.t, b.t)
	if inside < 0.4*math.Abs(b.t-a.t) || share < leastSide && !before && !after {
		return noSide
	}
	share -= 0.25 * overrun(line, a.t, b.t)
	if before {
		share -= 0.3 * (1 - arriving(line, a.t, b.t))
	}
	if after {
		share -= 0.3 * (1 - arriving(line, b.t, a.t))
	}
	if share < leastSide {
		return noSide
	}
	return share
}

// largest is by how much the area of an outline may raise its edge support at most: its corners
// lie outside of the frame by half of it.
var largest = 0.06 * math.Log(4/0.2)

// quadOf makes the quadrilateral of two pairs, unless its form or its edge support rule it out.
func (c *combining) quadOf(a, b int, least float64) (Candidate, bool) {
	p, q := &c.pairs[a], &c.pairs[b]
	ring := [4]int{p.i, q.i, p.j, q.j} // the sides in order around
	shares := [4]float64{c.share(p.i, b), 0, c.share(p.j, b), 0}
	if shares[0] < 0 || shares[2] < 0 {
		return Candidate{}, false
	}
	if shares[1], shares[3] = c.share(q.i, a), c.share(q.j, a); shares[1] < 0 || shares[3] < 0 {
		return Candidate{}, false
	}
	sum, low, real := 0.0, 1.0, 0
	for k, l := range ring {
		if !c.lines[l].border {
			sum += shares[k]
			low = min(low, shares[k])
			real++
		}
	}
	if real < 3 {
		return Candidate{}, false
	}
	cheap := 0.65*sum/float64(real) + 0.35*low
	if real < 4 {
		cheap -= 0.12
	} else if cheap+largest <= least {
		return Candidate{}, false
	}
	return c.outlineOf(ring, cheap, least)
}

// outlineOf is the outline of four lines in order around, of an edge support that its area
// changes.
func (c *combining) outlineOf(ring [4]int, cheap, least float64) (Candidate, bool) {
	out, real := Candidate{Cheap: cheap}, true
	for k, l := range ring {
		out.Corners[k], out.Borders[k] = c.meet[l*len(c.lines)+ring[(k+3)%4]].p, c.lines[l].border
		real = real && !out.Borders[k]
	}
	area := out.Corners.Area()
	if area < 0 { // counter-clockwise: turn around
		q, of := out.Corners, out.Borders
		out.Corners, out.Borders = pixel.Quad{q[0], q[3], q[2], q[1]}, [4]bool{of[3], of[2], of[1], of[0]}
		area = -area
	}
	frame := float64(c.e.w * c.e.h)
	if real {
		out.Cheap += 0.06 * math.Log(max(area/frame, 0.01)/0.2)
	}
	if out.Cheap <= least || area < 0.015*frame || !plausible(out.Corners) {
		return out, false
	}
	return out, true
}

// arriving is the support of the quarter of a side next to its end at t: a side
// that is cut off by the frame is an edge up to there.
func arriving(l *edgeLine, t, other float64) float64 {
	share, _ := l.support(t, t+0.25*(other-t))
	return share
}

// overrun is how much an edge goes on beyond both corners: a document's side
// ends there, a table's or a wall's does not.
func overrun(l *edgeLine, from, to float64) float64 {
	if from > to {
		from, to = to, from
	}
	reach := 0.15 * (to - from)
	skip := 0.02 * (to - from)
	a, ina := l.support(from-reach, from-skip-1.5)
	b, inb := l.support(to+skip+1.5, to+reach)
	if ina+inb < 3 {
		return 0
	}
	return (a*ina + b*inb) / (ina + inb)
}

// plausible tells whether a camera can see a document's outline like this.
func plausible(q pixel.Quad) bool {
	if !q.Convex() {
		return false
	}
	for i := range q {
		u, v := pixel.Sub(q[(i+1)%4], q[i]), pixel.Sub(q[(i+3)%4], q[i])
		cos := (u.X*v.X + u.Y*v.Y) / (math.Hypot(u.X, u.Y)*math.Hypot(v.X, v.Y) + 1e-9)
		if math.Abs(cos) > math.Cos(leastCorner) {
			return false
		}
	}
	a, b := (q.Side(0)+q.Side(2))/2, (q.Side(1)+q.Side(3))/2
	return max(a, b) < 3.2*min(a, b)
}

// top keeps the best candidates by edge support.
type top struct {
	limit int
	list  []Candidate
	floor float64
}

func (t *top) least() float64 { return t.floor }

func (t *top) add(c Candidate) {
	t.list = append(t.list, c)
	if len(t.list) >= 2*t.limit {
		t.trim()
	}
}

// trim sorts by edge support and keeps the first.
func (t *top) trim() {
	order := make([]int, len(t.list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(t.list[j].Cheap, t.list[i].Cheap), cmp.Compare(i, j))
	})
	kept := make([]Candidate, 0, 2*t.limit)
	for _, i := range order[:min(len(order), t.limit)] {
		kept = append(kept, t.list[i])
	}
	if len(t.list) > t.limit {
		t.floor = kept[t.limit-1].Cheap
	}
	t.list = kept
}

// distinct returns the best count whose corners differ by more than near pixels.
func (t *top) distinct(count int, near float64) []Candidate {
	t.trim()
	var out []Candidate
	var centres []capture.Point
	for i := range t.list {
		c := &t.list[i]
		if len(out) == count {
			break
		}
		centre, double := c.Corners.Centre(), false
		for k := range out {
			// Centres are no farther apart than the corners.
			d := pixel.Sub(centre, centres[k])
			double = double || d.X*d.X+d.Y*d.Y < 1.01*near*near && out[k].Corners.Apart(c.Corners) < near
		}
		if !double {
			out, centres = append(out, *c), append(centres, centre)
		}
	}
	return out
}
