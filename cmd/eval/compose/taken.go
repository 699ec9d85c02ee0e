package compose

import (
	"fmt"
	"image"
	"image/draw"
	"math/rand/v2"

	"visavis/capture"
)

// Holding is how a document is held to a camera.
type Holding struct {
	// Display shows it; nil: it is held itself.
	Display *Display
	// Grey: it is a copy without colours.
	Grey bool
	// Lights around it.
	Lights Lights
	// Sheen is how strongly a foil over it shines, grey levels; 0: as any document.
	Sheen float64
	// Whole: it fills the frame and goes on beyond, as a face's picture does.
	Whole bool
}

// Taken draws what a capture sends of a document: a preview, and soon after a still. The
// still may show another document than the preview. The same seed, number and pictures
// give the same bytes.
func (c Composer) Taken(number int, first, then Document, how Holding) (preview, still Frame, err error) {
	r := rand.New(rand.NewPCG(c.Seed, uint64(number)))
	still = Frame{Number: number, Document: then, Look: "plain", Fault: "good", Width: 960, Height: 720}
	if how.Whole {
		still.Width, still.Height = 720, 960
		still.Corners = filled(still, r)
	} else {
		place(&still, r)
	}
	preview = still
	preview.Document, preview.Width, preview.Height = first, still.Width*2/3, still.Height*2/3
	tremor := 0.006 * float64(still.Width)
	for i, p := range still.Corners { // the hand moves a little between the two
		preview.Corners[i] = capture.Point{X: (p.X + tremor*between(r, -1, 1)) * 2 / 3,
			Y: (p.Y + tremor*between(r, -1, 1)) * 2 / 3}
	}
	quality, seed := 75+r.IntN(18), r.Uint64()
	for _, f := range []*Frame{&preview, &still} {
		// The same light, table and lens: only the sensor's noise differs.
		s := sceneOf(f, c.Backgrounds, rand.New(rand.NewPCG(seed, 0)))
		s.sigma *= float64(f.Width) / float64(still.Width)
		if how.Display != nil {
			s.panel = newPanel(*how.Display, s, rand.New(rand.NewPCG(seed, 1)))
		}
		if how.Grey {
			s.grey = 1
		}
		if how.Lights != OneLight {
			s.lamps = newLamps(how.Lights, f, rand.New(rand.NewPCG(seed, 2)))
		}
		if how.Sheen > 0 {
			s.sheen.strength = how.Sheen
		}
		p := s.render()
		s.lens(p)
		if f.JPEG, err = encoded(s.develop(p), quality); err != nil {
			return preview, still, fmt.Errorf("capture %d: %w", number, err)
		}
	}
	return preview, still, nil
}

// filled are corners of a picture that goes on a little beyond the frame.
func filled(f Frame, r *rand.Rand) [4]capture.Point {
	w, h := float64(f.Width), float64(f.Height)
	out := [4]capture.Point{{X: 0, Y: 0}, {X: w, Y: 0}, {X: w, Y: h}, {X: 0, Y: h}}
	for i := range out {
		out[i].X += (out[i].X - w/2) * between(r, 0.02, 0.08)
		out[i].Y += (out[i].Y - h/2) * between(r, 0.02, 0.08)
	}
	return out
}

// Photographed is a picture as a camera takes it: an exposure and a white balance that
// err, a lens that is not quite sharp, noise.
func Photographed(img *image.RGBA, r *rand.Rand) *image.RGBA {
	s := scene{f: &Frame{}, r: r, gain: between(r, 0.85, 1.1), noise: between(r, 0.6, 3), sigma: between(r, 0.3, 0.8)}
	p := newPlane(img.Rect.Dx(), img.Rect.Dy())
	for c := range 3 {
		k := float32(s.gain * between(r, 0.95, 1.05))
		for i := range p.w * p.h {
			p.pix[3*i+c] = k * float32(img.Pix[4*i+c])
		}
	}
	s.lens(p)
	return s.develop(p)
}

// Encoded is a picture as the JPEG of a phone.
func Encoded(img *image.RGBA, quality int) ([]byte, error) { return encoded(img, quality) }

// Print is a document's side as a colour printer gives it: the paper's white, an ink that
// is not black, colours that are weaker; without the rounded corners.
func Print(side *image.RGBA, r *rand.Rand) *image.RGBA {
	out := image.NewRGBA(side.Rect)
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, side, side.Rect.Min, draw.Over)
	black, weak := between(r, 22, 48), between(r, 0.6, 0.85)
	paper := [3]float64{between(r, 236, 250), between(r, 236, 248), between(r, 228, 246)}
	for i := 0; i < len(out.Pix); i += 4 {
		p := out.Pix[i : i+3]
		l := 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
		for c := range p {
			v := l + weak*(float64(p[c])-l)
			p[c] = uint8(min(255, max(0, black+v/255*(paper[c]-black)+2.5*r.NormFloat64())))
		}
	}
	return out
}
