// Package capturetest measures pictures without looking at them.
package capturetest

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"visavis/capture"
)

// GoodAnalysis measures every frame as a good one of its step.
func GoodAnalysis(_ context.Context, f capture.Frame) (capture.Measurements, error) {
	m := capture.Measurements{Width: f.Width, Height: f.Height, Step: f.Step}
	if f.WantThumbnail {
		m.Thumbnail = []byte("thumbnail")
	}
	if f.Step == capture.Selfie {
		m.Face = GoodFace(f.Width, f.Height)
		return m, nil
	}
	m.Document = GoodDocument(f.Width, f.Height)
	switch {
	case f.Document == capture.Passport:
		m.Document.Shape, m.Document.Portrait = capture.ShapePage, 0.9
		m.Document.MRZLines, m.Document.MRZConfidence = 2, 0.9
	case f.Step == capture.DocumentFront:
		m.Document.Portrait = 0.9
	default:
		m.Document.MRZLines, m.Document.MRZConfidence = 3, 0.9
	}
	return m, nil
}

// GoodDocument is a card of a picture of w by h pixels that holds every limit.
func GoodDocument(w, h int) *capture.DocumentMeasurements {
	x, y := float64(w), float64(h)
	return &capture.DocumentMeasurements{
		Found: true, Confidence: 0.9, Shape: capture.ShapeCard, Aspect: 1.586,
		Corners: [4]capture.Point{{X: x * .15, Y: y * .2}, {X: x * .85, Y: y * .2}, {X: x * .85, Y: y * .8},
			{X: x * .15, Y: y * .8}},
		Fill: 0.8, Area: 0.5, Margin: 0.1, Sharpness: 0.8, Brightness: 140, Contrast: 120, Saturation: 40,
		LetterHeight: 20, DPI: 300,
		FrameBrightness: 120, Print: make([]byte, 64),
	}
}

// GoodFace is a face of a picture of w by h pixels that holds every limit.
func GoodFace(w, h int) *capture.FaceMeasurements {
	x, y := float64(w), float64(h)
	return &capture.FaceMeasurements{
		Count: 1, Confidence: 0.9, Box: [4]float64{x * .3, y * .25, x * .4, y * .5}, Height: 0.5, EyesOpen: 0.9,
		Sharpness: 0.8, Brightness: 130, Evenness: 0.9, FrameBrightness: 120, Print: make([]byte, 64),
	}
}

// JPEG draws a small picture that the header check takes; n makes it differ.
func JPEG(t testing.TB, n int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 960, 720))
	for i := range 40 {
		img.Set(i*8+n, 10+n, color.RGBA{uint8(n * 20), 200, 50, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
