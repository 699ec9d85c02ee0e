package specimen

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
)

// The zone's letters: OCR-B of size 1 is set at ten characters an inch.
const (
	zonePitchMM = 2.54
	zoneEmMM    = 3.3 // makes OCRBS.otf's capitals 2.4 mm high, as size 1 has them
)

// pen draws on one side of a document in millimetres from its top left corner.
// The first error sticks and is asked for once, at the end.
type pen struct {
	img    *image.RGBA
	scale  float64 // pixels a millimetre
	assets *Assets
	err    error
}

func newPen(a *Assets, width, height, scale float64) *pen {
	rect := image.Rect(0, 0, int(math.Round(width*scale)), int(math.Round(height*scale)))
	return &pen{img: image.NewRGBA(rect), scale: scale, assets: a}
}

func (p *pen) face(f *sfnt.Font, emMM float64) font.Face {
	// At 72 dpi a point is a pixel.
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: emMM * p.scale, DPI: 72, Hinting: font.HintingNone})
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("font face of %.2f mm: %w", emMM, err)
	}
	return face
}

func (p *pen) px(mm float64) int { return int(math.Round(mm * p.scale)) }

func (p *pen) dot(x, y float64) fixed.Point26_6 {
	return fixed.Point26_6{X: fixed.Int26_6(math.Round(x * p.scale * 64)), Y: fixed.Int26_6(math.Round(y * p.scale * 64))}
}

// text writes s with its baseline's left end at x, y.
func (p *pen) text(f *sfnt.Font, emMM, x, y float64, ink color.Color, s string) {
	face := p.face(f, emMM)
	if p.err != nil {
		return
	}
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(ink), Face: face, Dot: p.dot(x, y)}
	d.DrawString(s)
}

// zone writes the lines of the machine readable zone, each character in the
// middle of its own pitch, the last line's baseline at bottom.
func (p *pen) zone(lines []string, width, bottom, pitch float64) {
	p.letters(lines, width, bottom, pitch, color.RGBA{22, 22, 24, 255})
}

// letters is zone in another ink.
func (p *pen) letters(lines []string, width, bottom, pitch float64, inked color.Color) {
	face := p.face(p.assets.ocrb, zoneEmMM)
	if p.err != nil {
		return
	}
	ink := image.NewUniform(inked)
	for i, line := range lines {
		left := (width - float64(len(line))*zonePitchMM) / 2
		y := bottom - float64(len(lines)-1-i)*pitch
		for j, r := range line {
			advance, _ := face.GlyphAdvance(r)
			x := left + (float64(j)+0.5)*zonePitchMM - float64(advance)/64/p.scale/2
			d := font.Drawer{Dst: p.img, Src: ink, Face: face, Dot: p.dot(x, y)}
			d.DrawString(string(r))
		}
	}
}

// across lays SPECIMEN over the side, turned by angle radians, about centre x, y.
func (p *pen) across(emMM, x, y, angle float64, ink color.RGBA) {
	face := p.face(p.assets.bold, emMM)
	if p.err != nil {
		return
	}
	const word = "SPECIMEN"
	width := font.MeasureString(face, word).Ceil()
	height := p.px(emMM * 1.1)
	mask := image.NewAlpha(image.Rect(0, 0, width, height))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: face, Dot: fixed.P(0, height*8/10)}
	d.DrawString(word)
	sin, cos := math.Sincos(angle)
	cx, cy := float64(width)/2, float64(height)/2
	m := f64.Aff3{
		cos, -sin, x*p.scale - cos*cx + sin*cy,
		sin, cos, y*p.scale - sin*cx - cos*cy,
	}
	turned := image.NewAlpha(p.img.Rect)
	xdraw.ApproxBiLinear.Transform(turned, m, mask, mask.Rect, xdraw.Src, nil)
	draw.DrawMask(p.img, p.img.Rect, image.NewUniform(ink), image.Point{}, turned, image.Point{}, draw.Over)
}

// fill paints a rectangle.
func (p *pen) fill(x, y, w, h float64, c color.Color) {
	r := image.Rect(p.px(x), p.px(y), p.px(x+w), p.px(y+h))
	draw.Draw(p.img, r, image.NewUniform(c), image.Point{}, draw.Over)
}

// portrait sets the head and shoulders of the portrait into a rectangle, with
// share alpha 0..255, desaturated by grey 0..1.
func (p *pen) portrait(x, y, w, h, grey float64, alpha uint8) {
	crop := portraitCrop(p.assets.portrait.Rect, w/h)
	r := image.Rect(0, 0, p.px(w), p.px(h))
	scaled := image.NewRGBA(r)
	xdraw.CatmullRom.Scale(scaled, r, p.assets.portrait, crop, xdraw.Src, nil)
	for i := 0; i < len(scaled.Pix); i += 4 {
		c := scaled.Pix[i : i+4 : i+4]
		l := 0.299*float64(c[0]) + 0.587*float64(c[1]) + 0.114*float64(c[2])
		for k := range 3 {
			c[k] = uint8(float64(c[k])*(1-grey) + l*grey)
		}
	}
	at := image.Pt(p.px(x), p.px(y))
	draw.DrawMask(p.img, r.Add(at), scaled, image.Point{}, image.NewUniform(color.Alpha{alpha}), image.Point{}, draw.Over)
}
