package opencv

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
)

// What lies among the print of a document that the frame cuts off is a part of it. What lies
// on a plain sheet is itself the document, and so is a page before the fold of a passport.
func TestAPartOfADocumentThatIsCutOffIsNotTheDocument(t *testing.T) {
	const among, plain, fold = "a portrait among print", "a card on a plain sheet", "a page before the fold"
	sheet := pixel.Quad{{X: 620, Y: 200}, {X: 1420, Y: 200}, {X: 1420, Y: 705}, {X: 620, Y: 705}}
	part := pixel.Quad{{X: 700, Y: 300}, {X: 900, Y: 300}, {X: 900, Y: 560}, {X: 700, Y: 560}}
	card := pixel.Quad{{X: 660, Y: 240}, {X: 1180, Y: 240}, {X: 1180, Y: 660}, {X: 660, Y: 660}}
	page := pixel.Quad{{X: 200, Y: 300}, {X: 1000, Y: 300}, {X: 1000, Y: 863}, {X: 200, Y: 863}}
	for _, tt := range []struct {
		name        string
		asked       capture.Document
		whole, part pixel.Quad
		cut         bool
	}{
		{among, capture.IdentityCard, sheet, part, true},
		{among, capture.Passport, sheet, part, true},
		{plain, capture.IdentityCard, sheet, card, false},
		{fold, capture.Passport, pixel.Quad{{X: 200, Y: -263}, {X: 1000, Y: -263}, page[2], page[3]}, page, false},
	} {
		s := plainScene()
		s.corners = tt.whole
		s.face = func(img *image.RGBA) {
			switch tt.name {
			case plain: // print on the card alone
				all := image.NewRGBA(img.Rect)
				draw.Draw(all, img.Rect, img, image.Point{}, draw.Src)
				draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{236, 236, 230, 255}), image.Point{}, draw.Src)
				at := image.Rect(43, 43, 599, 492)
				draw.Draw(img, at, all, at.Min, draw.Src)
			case fold: // print on both pages
				draw.Draw(img, image.Rect(0, 0, img.Rect.Dx(), img.Rect.Dy()/2), img, image.Pt(0, img.Rect.Dy()/2), draw.Src)
				line := image.Rect(0, img.Rect.Dy()/2-2, img.Rect.Dx(), img.Rect.Dy()/2+2)
				draw.Draw(img, line, image.NewUniform(color.RGBA{90, 84, 70, 255}), image.Point{}, draw.Src)
			}
		}
		found, err := outline.Search(s.jpeg(t, capture.Still), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(found.Others, func(c outline.Candidate) bool { return c.Borders != [4]bool{} }) {
			t.Errorf("%s: no outline reaches the frame's edge", tt.name)
		}
		c := outline.Candidate{Corners: tt.part, Score: outline.SureScore}
		if tt.name == fold {
			c.Parts = nearest(found.Others, tt.part).Parts
		}
		found.Choose(c, tt.asked)
		if cut := found.Best.Borders != [4]bool{}; cut != tt.cut || found.Best.Score < c.Score {
			t.Errorf("%s, %s: cut off %v with a score of %.2f, want %v of %.2f or more", tt.name, tt.asked, cut,
				found.Best.Score, tt.cut, c.Score)
		}
		found.Close()
	}
}

// nearest is the candidate that shares most with an outline.
func nearest(list []outline.Candidate, q pixel.Quad) outline.Candidate {
	return slices.MaxFunc(list, func(a, b outline.Candidate) int {
		if pixel.IoU(a.Corners, q) < pixel.IoU(b.Corners, q) {
			return -1
		}
		return 1
	})
}
