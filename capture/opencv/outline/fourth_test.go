package outline

import (
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// drawnCard is a printed card on a striped cloth: grey levels in the working picture's size.
func drawnCard(card pixel.Quad) pixel.Colour {
	p := pixel.Colour{Lab: make([]uint8, 3*workingSide*240), W: workingSide, H: 240}
	for y := range p.H {
		for x := range p.W {
			l := uint8(95)
			if (x+y/5)/9%2 == 0 {
				l = 150
			}
			if holds(card, capture.Point{X: float64(x), Y: float64(y)}) {
				if l = 225; y%9 < 3 && x%7 < 4 && float64(x) < card[1].X-20 {
					l = 70
				}
			}
			at := 3 * (y*p.W + x)
			p.Lab[at], p.Lab[at+1], p.Lab[at+2] = l, 128, 128
		}
	}
	return p
}

// A side that was taken for a stripe of the cloth is found where the other three sides and the
// proportions of the document have it, and that outline comes first. Where nothing is asked for, or the
// frame cuts the document off, none is looked for.
func TestTheFourthSideIsLookedForWhereTheDocumentHasIt(t *testing.T) {
	card := pixel.Quad{{X: 60, Y: 60}, {X: 219, Y: 60}, {X: 219, Y: 160}, {X: 60, Y: 160}}
	for _, tt := range []struct {
		name   string
		asked  capture.Document
		change func(*Candidate)
		found  bool
	}{
		{"a slanting side", capture.IdentityCard, func(c *Candidate) { c.Corners[1].X += 45 }, true},
		{"a side too far away", capture.ResidencePermit, func(c *Candidate) {
			c.Corners[1].X, c.Corners[2].X = c.Corners[1].X+40, c.Corners[2].X+40
		}, true},
		{"a side too near", capture.IdentityCard, func(c *Candidate) { c.Corners[2].Y, c.Corners[3].Y = 135, 140 }, true},
		{"nothing is asked for", "", func(c *Candidate) { c.Corners[1].X += 45 }, false},
		{"cut off", capture.IdentityCard, func(c *Candidate) { c.Corners[1].X, c.Borders[1] = 264, true }, false},
	} {
		p := drawnCard(card)
		e, err := newEdgeMap(p)
		if err != nil {
			t.Fatal(err)
		}
		s := Searched{Location: Location{Width: p.W, Height: p.H}, Picture: p, edges: e}
		wrong := Candidate{Corners: card}
		tt.change(&wrong)
		s.Scorer().score(&wrong)
		s.Scorer().lookInside(&wrong)
		s.Others = []Candidate{wrong}
		s.lookFourth(tt.asked)
		first := s.Ranked(tt.asked)[0].Corners
		if iou := pixel.IoU(first, card); (iou > 0.97) != tt.found {
			t.Errorf("%s: the first outline shares %.3f with the card, found %v", tt.name, iou, tt.found)
		}
		if !tt.found && len(s.Others) != 1 {
			t.Errorf("%s: %d outlines more", tt.name, len(s.Others)-1)
		}
		e.close()
	}
}
