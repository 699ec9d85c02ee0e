package opencv

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// benchFrame is a 1280×720 JPEG of quality 80 with a drawn document.
func benchFrame(b *testing.B) capture.Frame {
	b.Helper()
	img := drawTable(1280, 720, color.RGBA{150, 110, 80, 255}, 6, 1)
	drawDocument(img, pixel.Quad{{X: 260, Y: 110}, {X: 1010, Y: 130}, {X: 1000, Y: 600}, {X: 250, Y: 585}},
		specimenFace(640, 404, 2))
	return jpegFrame(b, img, 80, capture.Preview)
}

func BenchmarkDecodeGrey(b *testing.B) {
	f := benchFrame(b)
	for b.Loop() {
		m, err := pixel.Decode(f, false, 1)
		m.Close()
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDocumentVerdict(b *testing.B) {
	f := benchFrame(b)
	a, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := a.Analyze(context.Background(), f); err != nil { // makes tables, as a worker has done before it is ready
		b.Fatal(err)
	}
	for b.Loop() {
		m, err := a.Analyze(context.Background(), f)
		if err != nil {
			b.Fatal(err)
		}
		if !m.Document.Found {
			b.Fatal("document not found")
		}
	}
}

// jpegFrame is an image as a phone sends it.
func jpegFrame(t testing.TB, img image.Image, quality int, kind capture.Kind) capture.Frame {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	f, err := capture.NewFrame(capture.DocumentFront, kind, capture.IdentityCard, 1, time.Unix(0, 0), out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// drawTable is a plain surface with sensor noise.
func drawTable(w, h int, ground color.RGBA, noise int, seed uint64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(seed, 7))
	for i := 0; i < len(img.Pix); i += 4 {
		n := r.IntN(2*noise+1) - noise
		img.Pix[i] = clampByte(int(ground.R) + n)
		img.Pix[i+1] = clampByte(int(ground.G) + n)
		img.Pix[i+2] = clampByte(int(ground.B) + n)
		img.Pix[i+3] = 255
	}
	return img
}

func clampByte(v int) uint8 { return uint8(min(255, max(0, v))) }

// specimenFace draws a document's face: pale ground, a dark picture, rows of print
// and two or three machine readable lines over the full width at the bottom.
func specimenFace(w, h, lines int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	fill := func(x0, y0, x1, y1 int, c color.RGBA) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				img.SetRGBA(x, y, c)
			}
		}
	}
	fill(0, 0, w, h, color.RGBA{214, 224, 232, 255})
	fill(w/20, h/6, w*3/10, h*6/10, color.RGBA{120, 96, 84, 255})
	ink := color.RGBA{40, 40, 60, 255}
	r := rand.New(rand.NewPCG(3, 3))
	letter := func(x, y, lw, lh int) { // a stem and some bars: the strokes of a letter
		fill(x, y, x+max(1, lw/4), y+lh, ink)
		for range 2 {
			at := y + r.IntN(max(1, lh-2))
			fill(x, at, x+lw*3/4, at+max(1, lh/7), ink)
		}
	}
	for row := range 7 {
		y := h/6 + row*h*6/100
		for x := w * 36 / 100; x < w*36/100+w*(20+r.IntN(30))/100; x += w / 60 {
			letter(x, y, w/80, h/36)
		}
	}
	for line := range lines {
		y := h - (lines-line)*h*8/100 - h*3/100
		for i := range 40 {
			letter(w*4/100+i*w*92/100/40, y, w*92/100/40*7/10, h*45/1000)
		}
	}
	return img
}

// drawDocument sets a face into a quadrilateral of the picture.
func drawDocument(img *image.RGBA, q pixel.Quad, face *image.RGBA) {
	m, ok := pixel.SquareTo(q)
	if !ok {
		return
	}
	const step = 3 // samples a pixel and direction, against stairs
	sums := make([][4]int, img.Rect.Dx()*img.Rect.Dy())
	w, h := face.Rect.Dx(), face.Rect.Dy()
	n := int(q.Longest()) * step
	k := int(max(q.Side(1), q.Side(3))) * step
	for j := range k {
		for i := range n {
			u, v := (float64(i)+0.5)/float64(n), (float64(j)+0.5)/float64(k)
			p := m.At(u, v)
			x, y := int(p.X+0.5), int(p.Y+0.5)
			if !(image.Point{x, y}).In(img.Rect) {
				continue
			}
			c := face.RGBAAt(int(u*float64(w)), int(v*float64(h)))
			s := &sums[y*img.Rect.Dx()+x]
			s[0], s[1], s[2], s[3] = s[0]+int(c.R), s[1]+int(c.G), s[2]+int(c.B), s[3]+1
		}
	}
	for at, s := range sums {
		if s[3] == 0 {
			continue
		}
		img.SetRGBA(at%img.Rect.Dx(), at/img.Rect.Dx(),
			color.RGBA{uint8(s[0] / s[3]), uint8(s[1] / s[3]), uint8(s[2] / s[3]), 255})
	}
}
