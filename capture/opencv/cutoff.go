package opencv

import "visavis/capture"

// choose takes a candidate as the document.
func (s *searched) choose(c candidate) {
	c = s.continued(c)
	s.best = c
	s.found = true
	s.confidence = confidenceOf(c.score)
	s.corners = c.corners.ordered()
	if q, cut := beyondFrame(c); cut {
		s.corners = q.ordered()
	}
}

// beyondFrame guesses where the corners of a document lie of which a side is
// outside the frame: as far out as the nearest proportions of a document need.
func beyondFrame(c candidate) (quad, bool) {
	q := c.corners
	cut := false
	for k := range 4 {
		if !c.borders[k] {
			continue
		}
		cut = true
		p, o := (k+3)%4, (k+2)%4 // corners: k and k+1 lie on the frame's edge
		n := (k + 1) % 4
		whole := distance(q[o], q[p])
		seen := (distance(q[p], q[k]) + distance(q[o], q[n])) / 2
		f := 1.04
		for _, proportion := range []float64{1 / 1.586, 1 / 1.42, 1.42, 1.586} {
			if full := whole * proportion; full > 1.04*seen {
				f = full / seen
				break
			}
		}
		q[k], q[n] = lerp(q[p], q[k], f), lerp(q[o], q[n], f)
	}
	return q, cut
}

// continued corrects an outline one side of which is only a line inside the
// document: when both neighbouring sides go on as edges up to the frame's own
// edge, the document does too, and is cut off there.
func (s *searched) continued(c candidate) candidate {
	f := s.picture.scale(s.width)
	q := c.corners.scaled(f)
	sc := scorer{s.picture, s.edges}
	for k := range 4 {
		if c.borders[k] || c.borders[(k+1)%4] || c.borders[(k+3)%4] {
			continue
		}
		p, o, n := (k+3)%4, (k+2)%4, (k+1)%4
		if sc.sideSupport(q[k], q[n]) > 0.75 {
			continue // a clear side: what goes on behind it is something else
		}
		a, goesA := sc.toFrame(q[p], q[k])
		b, goesB := sc.toFrame(q[o], q[n])
		if goesA && goesB {
			q[k], q[n] = a, b
			c.corners = q.scaled(1 / f)
			c.borders[k] = true
			return c
		}
	}
	return c
}

// How far beyond its end a side is followed.
const (
	// nearFrame is a rest, in pixels of the working picture, in which nothing can be
	// seen any more.
	nearFrame = 5
	// plainRest is by how much of its length a side goes on that is found too short by
	// mistake; for more, all of the rest has to be as clear as a side.
	plainRest = 0.35
)

// toFrame follows a side beyond its end to where it leaves the picture and tells
// whether it is an edge all the way.
func (s scorer) toFrame(from, to capture.Point) (capture.Point, bool) {
	length := distance(from, to)
	if length < 8 || !s.p.inside(to.X, to.Y) {
		return to, false
	}
	step := 1 / length
	t := 1.0
	for {
		if c := lerp(from, to, t+step); !s.p.inside(c.X, c.Y) {
			break
		}
		t += step
	}
	end := lerp(from, to, t)
	if (t-1)*length < nearFrame {
		return end, true
	}
	least := 0.6
	if t > 1+plainRest {
		least = 0.9
	}
	return end, s.stretchSupport(lerp(from, to, 1+step), end) >= least
}
