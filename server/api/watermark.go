package api

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// typeface is parsed once.
var typeface = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(goregular.TTF) })

// watermarks of a picture, from top to bottom.
const watermarks = 4

// watermark writes a line across a JPEG, some times, so that no copy goes without
// saying for whom and when it was made.
func watermark(body []byte, text string) ([]byte, error) {
	picture, err := jpeg.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	f, err := typeface()
	if err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	b := picture.Bounds()
	out := image.NewRGBA(b)
	draw.Draw(out, b, picture, b.Min, draw.Src)
	// The size at which the line takes most of the width, whatever its length.
	const probe = 40.0
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: probe, DPI: 72})
	if err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	wide := font.MeasureString(face, text).Round()
	size := min(probe*0.9*float64(b.Dx())/float64(max(wide, 1)), float64(b.Dy())/12)
	if face, err = opentype.NewFace(f, &opentype.FaceOptions{Size: max(size, 6), DPI: 72}); err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	for i := range watermarks {
		at := fixed.P(b.Min.X+b.Dx()/20, b.Min.Y+(2*i+1)*b.Dy()/(2*watermarks))
		for _, ink := range []struct {
			shift int
			c     color.NRGBA
		}{{2, color.NRGBA{A: 110}}, {0, color.NRGBA{R: 255, G: 255, B: 255, A: 150}}} { // read on light and on dark
			d := font.Drawer{Dst: out, Src: image.NewUniform(ink.c), Face: face, Dot: at.Add(fixed.P(ink.shift, ink.shift))}
			d.DrawString(text)
		}
	}
	var marked bytes.Buffer
	if err := jpeg.Encode(&marked, out, &jpeg.Options{Quality: 88}); err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	return marked.Bytes(), nil
}
