package outline

import (
	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

const (
	// threeOf is how many of the best outlines have their sides looked for anew.
	threeOf = 3
	// leastFourth and mostFourth are how far from its place a fourth side is looked for, over
	// the length of its neighbours.
	leastFourth, mostFourth = 0.7, 1.4
)

// lookFourth looks for each side of the best outlines where the other three and the proportions of
// the document that is asked for have it: stripes and squares beneath a document have lines
// that slant and are as clear as its side.
func (s *Searched) lookFourth(asked capture.Document) {
	if asked == "" {
		return
	}
	f := s.Picture.Scale(s.Width)
	sc := s.Scorer()
	var found []Candidate
	ranked := s.Ranked(asked)
	for _, c := range ranked[:min(threeOf, len(ranked))] {
		if c.cut() || c.Score < DoubtfulScore || c.smallAndSlanting() {
			continue // with another side it is no document either
		}
		q := c.Corners.Scaled(f)
		for k := range 4 {
			for _, other := range s.fourths(q, k, asked) {
				for _, reach := range []float64{tremor, 2} {
					other = refineQuad(s.Picture, other, [4]bool{}, reach)
				}
				if !sc.whole(other) || !plausible(other) {
					continue
				}
				d := Candidate{Corners: other}
				if sc.score(&d); d.Score < c.Score-shapedLead {
					continue
				}
				sc.lookInside(&d)
				d.Corners = other.Scaled(1 / f)
				found = append(found, d)
			}
		}
	}
	s.Others = append(s.Others, found...)
}

// fourths are outlines of which side k lies where a document of the proportions asked for would
// have it.
func (s *Searched) fourths(q pixel.Quad, k int, asked capture.Document) []pixel.Quad {
	p, o, n := (k+3)%4, (k+2)%4, (k+1)%4
	left, right := pixel.Distance(q[p], q[k]), pixel.Distance(q[o], q[n])
	now := s.depth(q, k)
	if left < 8 || right < 8 || now <= 0 {
		return nil
	}
	long := []float64{left, right} // one of the two ends right where the side slants
	for _, v := range proportionsOf(asked) {
		for _, more := range []float64{0.97, 1, 1.03} {
			long = append(long, more*(left+right)/2*v/now)
		}
	}
	var list []pixel.Quad
	for _, l := range long {
		if min(l/left, l/right) >= leastFourth && max(l/left, l/right) <= mostFourth {
			other := q
			other[k], other[n] = pixel.Lerp(q[p], q[k], l/left), pixel.Lerp(q[o], q[n], l/right)
			list = append(list, other)
		}
	}
	return list
}
