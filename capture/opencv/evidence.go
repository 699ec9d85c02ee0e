package opencv

import (
	"slices"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// triedInside bounds how many doubtful outlines have their inside read.
const triedInside = 4

// decide picks the best outline that is a document's. Where the first look showed
// only something else, the other sizes are looked at before it gives up.
func (a *Analyzer) decide(f capture.Frame, grey gocv.Mat, s *searched) error {
	g, err := viewOf(grey)
	if err != nil {
		return err
	}
	refused, err := a.pick(f, grey, g, s, nil)
	if err != nil || s.found {
		return err
	}
	if !s.again && len(refused) > 0 {
		if err := s.lookAgain(f); err != nil {
			return err
		}
		if _, err = a.pick(f, grey, g, s, refused); err != nil || s.found {
			return err
		}
	}
	s.confidence = min(s.confidence, 0.4)
	return nil
}

// pick takes the first outline that is sure by itself or has machine readable
// lines or a portrait on it, and returns those it refused.
func (a *Analyzer) pick(f capture.Frame, grey gocv.Mat, g greyPicture, s *searched, refused []quad) ([]quad, error) {
	tried := 0
	near := 0.05 * float64(max(s.width, s.height))
	for _, c := range s.ranked() {
		if c.score < leastScore-0.12 || tried == triedInside {
			break
		}
		if slices.ContainsFunc(refused, func(r quad) bool { return r.apart(c.corners) < near }) {
			continue
		}
		if c.score >= leastScore && c.sure() && !partOf(c.corners, refused) && !framed(g, c.corners) {
			s.choose(c, f.Document)
			return refused, nil
		}
		yes, err := a.hasEvidence(grey, s, c)
		if err != nil {
			return refused, err
		}
		if yes {
			c.score = max(c.score, sureScore)
			s.choose(c, f.Document)
			return refused, nil
		}
		refused = append(refused, c.corners)
		tried++
	}
	return refused, nil
}

// partOf tells whether an outline lies mostly in one that was refused.
func partOf(q quad, refused []quad) bool {
	for _, r := range refused {
		if overlap(q, r) > 0.6*q.area() {
			return true
		}
	}
	return false
}

// hasEvidence reads the inside of an outline.
func (a *Analyzer) hasEvidence(grey gocv.Mat, s *searched, c candidate) (bool, error) {
	q, _ := lying(c.corners)
	aspect := (q.side(0) + q.side(2)) / (q.side(1) + q.side(3))
	if p, ok := planeOf(q, float64(s.width), float64(s.height)); ok {
		aspect = p.aspect
	}
	aspect = min(max(aspect, 1.2), 2.6)
	g, ok := flatten(grey, q, zoneWidth, int(zoneWidth/aspect))
	if !ok {
		return false, nil // no rectangle can look like that
	}
	defer byteBuffers.give(g.pix)
	if findMRZ(g).confidence >= 0.5 {
		return true, nil
	}
	if a.faces == nil {
		return false, nil
	}
	p, err := a.portraitAt(*s, q, aspect, 0, 2)
	return p.confidence >= 0.6 && portraitPlaced(p.box), err
}

// portraitPlaced tells whether a face lies on a document as a portrait does:
// left or right, and of a portrait's size.
func portraitPlaced(box [4]float64) bool {
	x := box[0] + box[2]/2
	return (x < 0.37 || x > 0.63) && box[2] < 0.27 && box[2] > 0.07 && box[3] > 0.14 && box[3] < 0.6
}
