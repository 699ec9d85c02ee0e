package outline

import (
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// Of outlines that are about as clear the one comes first that has the proportions of the document
// that is asked for and hardly slants. Where none is asked for, or one is far clearer, the clearest does.
func TestAnOutlineLikeTheDocumentComesFirst(t *testing.T) {
	at := func(x, w, score, aspect, tilt float64) Candidate {
		return Candidate{
			Corners: pixel.Quad{{X: x, Y: 100}, {X: x + w, Y: 100}, {X: x + w, Y: 500}, {X: x, Y: 500}}, Score: score,
			Parts: scoreParts{aspect: aspect, flat: aspect, tilt: tilt, support: [4]float64{0.9, 0.9, 0.9, 0.9}},
			Like:  likeness{ground: 0.5},
		}
	}
	const page, card = 1.42, 1.586
	faint := at(500, 560, 0.85, page, 4)
	faint.Parts.support[1] = 0.4
	cut := at(500, 560, 0.85, page, 0)
	cut.Borders[1] = true
	wall := at(500, 560, 0.85, page, 0)
	wall.Like.ground = 0.2
	for _, tt := range []struct {
		name         string
		asked        capture.Document
		clear, other Candidate
		other1st     bool
	}{
		{"a page with a line behind", capture.Passport, at(100, 640, 0.90, 1.6, 4), at(500, 560, 0.85, page, 4), true},
		{"a card with a line behind", capture.IdentityCard, at(100, 640, 0.90, 1.75, 4), at(500, 640, 0.85, card, 4), true},
		{"a card of the other size", capture.IdentityCard, at(100, 560, 0.90, page, 4), at(500, 640, 0.89, card, 4), false},
		{"nothing is asked for", "", at(100, 640, 0.90, 1.6, 4), at(500, 560, 0.85, page, 4), false},
		{"far clearer", capture.Passport, at(100, 640, 0.95, 1.6, 4), at(500, 560, 0.85, page, 4), false},
		{"slanting", capture.Passport, at(100, 640, 0.90, 1.6, 4), at(500, 560, 0.85, page, 26), false},
		{"of the clearest one that slants", capture.Passport, at(100, 640, 0.90, page, 40), at(500, 560, 0.85, page, 4), false},
		{"with a side that is hardly seen", capture.Passport, at(100, 640, 0.90, 1.6, 4), faint, false},
		{"cut off", capture.Passport, at(100, 640, 0.90, 1.6, 4), cut, false},
		{"of many colours", capture.Passport, at(100, 640, 0.90, 1.6, 4), wall, false},
		{"one place", capture.Passport, at(100, 640, 0.90, 1.5, 4), at(110, 600, 0.89, page, 4), true},
	} {
		s := Searched{Location: Location{Width: 1280, Height: 960, Others: []Candidate{tt.clear, tt.other}}}
		first := s.Ranked(tt.asked)[0].Corners == tt.other.Corners
		if first != tt.other1st {
			t.Errorf("%s: the other one comes first %v, want %v", tt.name, first, tt.other1st)
		}
	}
}
