package opencv

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	xdraw "golang.org/x/image/draw"

	"visavis/capture"
)

// Rows of print along the upper edge of a card look like a zone on its head. A portrait
// that stands upright shows that they are none.
func TestHeadingIsNoZone(t *testing.T) {
	face := astronautFace(t)
	analyzer := evalAnalyzer(t)
	for _, tt := range []struct {
		name             string
		kind             capture.Kind
		portrait, onHead bool
		lines            int
	}{
		{"a portrait, still", capture.Still, true, false, 0},
		{"a portrait, preview", capture.Preview, true, false, 0},
		{"no portrait, still", capture.Still, false, false, 2},
		{"no portrait, preview", capture.Preview, false, false, 2},
		{"a portrait that stands as the lines do, still", capture.Still, true, true, 2},
		{"a portrait that stands as the lines do, preview", capture.Preview, true, true, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := plainScene()
			s.lines = 2
			s.face = func(card *image.RGBA) {
				upright := turnedImage(turnedImage(card)) // the lines are at the top now
				if tt.portrait {
					printPortrait(upright, face)
				}
				if tt.onHead { // the portrait alone stood upright
					upside := turnedImage(turnedImage(upright))
					draw.Draw(upright, image.Rect(0, 150, 856, 540), upside, image.Pt(0, 0), draw.Src)
				}
				draw.Draw(card, card.Rect, upright, image.Point{}, draw.Src)
			}
			m, err := analyzer.Analyze(t.Context(), s.jpeg(t, tt.kind))
			if err != nil {
				t.Fatal(err)
			}
			d := m.Document
			if d == nil || d.MRZLines != tt.lines {
				t.Fatalf("document %+v, want %d lines", d, tt.lines)
			}
			if seen := d.Portrait >= capture.DefaultLimits().Document.PortraitSure.Still; seen != tt.portrait {
				t.Errorf("portrait %.2f, want one: %v", d.Portrait, tt.portrait)
			}
		})
	}
}

// printPortrait prints a face on plain paper at the left of a card of 856 × 540 pixels.
func printPortrait(card *image.RGBA, face image.Image) {
	paper := image.NewUniform(color.RGBA{214, 224, 232, 255})
	draw.Draw(card, image.Rect(20, 150, 836, 530), paper, image.Point{}, draw.Src)
	xdraw.BiLinear.Scale(card, image.Rect(50, 190, 290, 490), face, face.Bounds(), draw.Src, nil)
}
