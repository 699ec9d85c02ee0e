package specimen

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
)

// The zone of a document, alone.
const (
	letterMM   = 2.4  // of OCR-B size 1
	zoneTwoMM  = 6.35 // from line to line, of two
	zoneManyMM = 6.0  // of three
)

// ZoneLook says how DrawZone draws.
type ZoneLook struct {
	Letter     float64 // height of a letter, pixels
	Margin     float64 // around the lines, millimetres of the document
	Paper, Ink color.RGBA
}

// DrawZone draws the lines of a machine readable zone alone, as if cut out of a
// document: upright, in true proportions, without any wear.
func DrawZone(lines []string, look ZoneLook, a *Assets) (*image.RGBA, error) {
	if len(lines) == 0 || look.Letter < 4 || look.Letter > 200 {
		return nil, errors.New("draw zone: want lines and letters of 4 to 200 pixels")
	}
	pitch := zoneTwoMM
	if len(lines) > 2 {
		pitch = zoneManyMM
	}
	width := float64(len(lines[0]))*zonePitchMM + 2*look.Margin
	height := float64(len(lines)-1)*pitch + letterMM + 2*look.Margin
	p := newPen(a, width, height, look.Letter/letterMM)
	draw.Draw(p.img, p.img.Rect, image.NewUniform(look.Paper), image.Point{}, draw.Src)
	p.letters(lines, width, height-look.Margin, pitch, look.Ink)
	return p.img, p.err
}
