package outline

import (
	"math"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// When an outline is a part of a document that the frame cuts off: its portrait, its flag, or
// what two of its sides and two lines between its print enclose.
const (
	// insideOf is the share of a part's area that lies in the whole, and largerThan how much
	// larger that is.
	insideOf, largerThan = 0.93, 1.15
	// wholeSide is the least that is seen of each side of the whole that is in the frame.
	wholeSide = 0.8
	// printBeside is the least print between both: a card lies on a plain sheet or table, and a
	// portrait among print.
	printBeside = 0.5
	// withEdge is a part with its own edge, over the part.
	withEdge = 1.04
	// oneCorner is how far two corners that are one lie apart at most, over the longest side.
	oneCorner = 0.05
	// partAhead is by how much a part may be the clearer outline, as nothing of it is cut off,
	// and shapedAhead the same of one that has a document's own proportions.
	partAhead, shapedAhead = 0.15, 0.08
)

// whole is the outline of the document of which another one is a part, where the frame cuts
// it off.
func (s *Searched) whole(part Candidate, asked capture.Document) Candidate {
	if part.cut() {
		return part
	}
	ahead, page := partAhead, false
	if shaped(part.Parts, asked) {
		ahead, page = shapedAhead, asked == capture.Passport
	}
	best := part
	for _, c := range s.Others {
		better := !best.cut() || c.Score > best.Score
		if !better || !c.cut() || c.Score < max(LeastScore, part.Score-ahead) || c.leastSide() < wholeSide {
			continue
		}
		if page && folded(c.Corners, part.Corners) {
			return part // one page of an open passport, behind whose fold the frame cuts off the other
		}
		if s.printedAround(c.Corners, part.Corners) {
			best = c
		}
	}
	if best.cut() {
		best.Score = max(best.Score, part.Score)
	}
	return best
}

// folded tells whether an outline differs from a part of it in one side alone.
func folded(whole, part pixel.Quad) bool {
	same := 0
	for _, p := range part {
		for _, q := range whole {
			if pixel.Distance(p, q) < oneCorner*part.Longest() {
				same++
				break
			}
		}
	}
	return same == 2
}

// printedAround tells whether an outline holds another one and has print beside it.
func (s *Searched) printedAround(whole, part pixel.Quad) bool {
	if whole.Area() < largerThan*part.Area() || pixel.Overlap(whole, part) < insideOf*part.Area() {
		return false
	}
	f := s.Picture.Scale(s.Width)
	part = part.Scaled(f)
	centre := part.Centre()
	for i, p := range part {
		part[i] = pixel.Lerp(centre, p, withEdge)
	}
	return likenessBeside(s.Picture, whole.Scaled(f), &part).marks >= printBeside
}

// cut tells whether the frame's own edge is one of an outline's sides.
func (c Candidate) cut() bool { return c.Borders != [4]bool{} }

// leastSide is the share of the side that is seen least, of those in the frame.
func (c Candidate) leastSide() float64 {
	least := 1.0
	for k, f := range c.Parts.support {
		if !c.Borders[k] {
			least = min(least, f)
		}
	}
	return least
}

// shaped tells whether an outline has the proportions of the document that is asked for, whatever
// the perspective.
func shaped(parts scoreParts, asked capture.Document) bool {
	for _, v := range proportionsOf(asked) {
		if v >= 1 && parts.aspect < v*sameShape && parts.aspect*sameShape > v {
			return true
		}
	}
	return false
}

// How an outline that looks like the document that is asked for from above comes before others: three
// of its sides and a line behind it are often as clear as all four.
const (
	// shapedLead is by how much the others may be clearer, and shapedFor the natural logarithm of
	// the proportions by which it may differ for any lead.
	shapedLead, shapedFor = 0.08, 0.08
	// sideAsClear is how much at least is seen of each of its sides, over that of the clearest outline:
	// print on a banknote is no side, although it would make a card of it.
	sideAsClear = 0.7
	// from leadTilt to noLeadTilt, degrees, the lead goes: more lines can be sides of what slants.
	leadTilt, noLeadTilt = 12, 25
)

// lead is what the form of an outline adds to its place among the others.
func (c Candidate) lead(asked capture.Document) float64 {
	return c.form(asked) * (1 - pixel.Fade(c.Parts.tilt, leadTilt, noLeadTilt))
}

// form is the lead of an outline that does not slant.
func (c Candidate) form(asked capture.Document) float64 {
	if asked == "" || c.cut() || c.Parts.aspect <= 0 || c.Like.ground < leastGround {
		return 0
	}
	low, high := min(c.Parts.aspect, c.Parts.flat), max(c.Parts.aspect, c.Parts.flat)
	apart := shapedFor
	for _, v := range proportionsOf(asked) {
		apart = min(apart, max(0, math.Log(low/v), math.Log(v/high)))
	}
	return shapedLead * (1 - apart/shapedFor)
}
