package outline

import (
	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// Choose takes a candidate as the document that was asked for.
func (s *Searched) Choose(c Candidate, asked capture.Document) {
	c = s.Continued(s.whole(c, asked), asked)
	s.Best = c
	s.Found = true
	s.Confidence = confidenceOf(c.Score)
	s.Corners = c.Corners.Ordered()
	if q, cut := beyondFrame(c); cut {
		s.Corners = q.Ordered()
	}
}

// Infer takes an outline that cannot be seen as the document's.
func (s *Searched) Infer(q pixel.Quad) {
	s.Best = Candidate{Corners: q, Score: SureScore}
	s.Found, s.inferred = true, true
	s.Confidence = confidenceOf(SureScore)
	s.Corners = q.Ordered()
}

// Hold takes the outline that the preview before showed as the document's.
func (s *Searched) Hold(q pixel.Quad, confidence float64) {
	s.Best = Candidate{Corners: q, Score: scoreOf(confidence)}
	s.Found, s.Held = true, true
	s.Confidence = confidence
	s.Corners = q
}

// beyondFrame guesses where the corners of a document lie of which a side is
// outside the frame: as far out as the nearest proportions of a document need.
func beyondFrame(c Candidate) (pixel.Quad, bool) {
	q := c.Corners
	cut := false
	for k := range 4 {
		if !c.Borders[k] {
			continue
		}
		cut = true
		p, o := (k+3)%4, (k+2)%4 // corners: k and k+1 lie on the frame's edge
		n := (k + 1) % 4
		whole := pixel.Distance(q[o], q[p])
		seen := (pixel.Distance(q[p], q[k]) + pixel.Distance(q[o], q[n])) / 2
		f := 1.04
		for _, proportion := range []float64{1 / 1.586, 1 / 1.42, 1.42, 1.586} {
			if full := whole * proportion; full > 1.04*seen {
				f = full / seen
				break
			}
		}
		q[k], q[n] = pixel.Lerp(q[p], q[k], f), pixel.Lerp(q[o], q[n], f)
	}
	return q, cut
}

// Continued corrects an outline one side of which is only a line inside the
// document: when both neighbouring sides go on as edges up to the frame's own
// edge, the document does too, and is cut off there. Of a clear side this is
// believed only where the outline is too short for the document: what goes on
// behind a page's fold is another page.
func (s *Searched) Continued(c Candidate, asked capture.Document) Candidate {
	f := s.Picture.Scale(s.Width)
	q := c.Corners.Scaled(f)
	sc := s.Scorer()
	for k := range 4 {
		if c.Borders[k] || c.Borders[(k+1)%4] || c.Borders[(k+3)%4] {
			continue
		}
		p, o, n := (k+3)%4, (k+2)%4, (k+1)%4
		a, seenA := sc.toFrame(q[p], q[k])
		b, seenB := sc.toFrame(q[o], q[n])
		if !goOn(seenA, seenB) {
			continue
		}
		longer := q
		longer[k], longer[n] = a, b
		if sc.SideSupport(q[k], q[n]) > 0.75 && !tooShort(s.depth(q, k), s.depth(longer, k), asked) {
			continue
		}
		c.Corners = longer.Scaled(1 / f)
		c.Borders[k] = true
		return c
	}
	return c
}

// depth is how far an outline of the working picture goes from the side across side k
// to it, over that side: the document's own proportions, whatever the perspective.
func (s *Searched) depth(q pixel.Quad, k int) float64 {
	p, ok := pixel.PlaneOf(q, float64(s.Picture.W), float64(s.Picture.H))
	if !ok {
		return 0
	}
	if k%2 == 0 {
		return 1 / p.Aspect
	}
	return p.Aspect
}

// sameShape is by how much perspective and the lens make proportions uncertain.
const sameShape = 1.07

// proportionsOf are those of the document that is asked for, lying and standing: of a passport's page, or
// of the sizes of cards.
func proportionsOf(asked capture.Document) []float64 {
	if asked == capture.Passport {
		return []float64{1 / 1.42, 1.42}
	}
	return []float64{1 / 1.586, 1 / 1.42, 1.42, 1.586}
}

// tooShort tells whether an outline has none of the proportions of the document, and
// would not be too long for the nearest of them if it went on.
func tooShort(seen, longer float64, asked capture.Document) bool {
	within := false
	for _, v := range proportionsOf(asked) {
		if seen*sameShape > v && seen < v*sameShape {
			return false
		}
		within = within || seen < v && longer < v*sameShape
	}
	return seen > 0 && within
}

// How far beyond its end a side is followed.
const (
	// nearFrame is a rest, in pixels of the working picture, in which nothing can be
	// seen any more.
	nearFrame = 5
	// sureRest is the rest of a side that goes on without doubt, and weakRest that of its
	// neighbour at least, over what is wanted of both.
	sureRest, weakRest = 1.5, 0.66
	// plainRest is by how much of its length a side goes on that is found too short by
	// mistake; for more, all of the rest has to be as clear as a side.
	plainRest = 0.35
)

// toFrame follows a side beyond its end to where it leaves the picture and says how much
// of the rest is an edge, over what is wanted: 1 and more is enough.
func (s scorer) toFrame(from, to capture.Point) (capture.Point, float64) {
	length := pixel.Distance(from, to)
	if length < 8 || !s.p.Inside(to.X, to.Y) {
		return to, 0
	}
	step := 1 / length
	t := 1.0
	for {
		if c := pixel.Lerp(from, to, t+step); !s.p.Inside(c.X, c.Y) {
			break
		}
		t += step
	}
	end := pixel.Lerp(from, to, t)
	if (t-1)*length < nearFrame {
		return end, sureRest
	}
	least := 0.6
	if t > 1+plainRest {
		least = 0.9
	}
	return end, s.stretchSupport(pixel.Lerp(from, to, 1+step), end) / least
}

// goOn tells whether two sides go on. One that does without doubt stands up for one that
// fades: print and a finger break edges.
func goOn(a, b float64) bool { return min(a, b) >= 1 || max(a, b) >= sureRest && min(a, b) >= weakRest }
