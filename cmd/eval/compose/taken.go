package compose

import (
	"fmt"
	"image"
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

// What a phone sends of a document: a still as large as its video, as JPEG of a quality that
// steps down until it may be sent. Where the browser gives a photo of the sensor, a still is
// larger than here. Previews are smaller.
const (
	previewLong  = 640 // pixels of the long side
	stillQuality = 92
)

// stillLongs are the long sides of stills of documents, pixels.
var stillLongs = []int{1920}

// Taken draws what a capture sends of a document: a preview, and soon after a still. The
// still may show another document than the preview. The same seed, number and pictures
// give the same bytes.
func (c Composer) Taken(number int, first, then Document, how Holding) (preview, still Frame, err error) {
	r := rand.New(rand.NewPCG(c.Seed, uint64(number)))
	still = Frame{Number: number, Document: then, Look: "plain", Fault: "good"}
	if how.Whole {
		still.Width, still.Height = 720, 960
		still.Corners = filled(still, r)
	} else {
		still.Width = stillLongs[r.IntN(len(stillLongs))]
		still.Height = still.Width * 3 / 4
		place(&still, r)
	}
	preview = still
	k := float64(previewLong) / float64(max(still.Width, still.Height))
	preview.Document, preview.Width, preview.Height = first, int(k*float64(still.Width)), int(k*float64(still.Height))
	tremor := 0.006 * float64(still.Width)
	for i, p := range still.Corners { // the hand moves a little between the two
		preview.Corners[i] = capture.Point{X: (p.X + tremor*Uniform(r, -1, 1)) * k,
			Y: (p.Y + tremor*Uniform(r, -1, 1)) * k}
	}
	quality, limit := stillQuality, capture.AskedStillBytes
	if how.Whole {
		quality, limit = 75+r.IntN(18), capture.MaxPreviewBytes
	}
	seed := r.Uint64()
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
		if f.JPEG, err = encodedWithin(s.develop(p), quality, limit); err != nil {
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
		out[i].X += (out[i].X - w/2) * Uniform(r, 0.02, 0.08)
		out[i].Y += (out[i].Y - h/2) * Uniform(r, 0.02, 0.08)
	}
	return out
}

// Photographed is a picture as a camera takes it.
func Photographed(img *image.RGBA, r *rand.Rand) *image.RGBA {
	return NewCamera(r).Photographed(img, r)
}

// Camera has an exposure and a white balance that err, a lens that is not quite sharp, noise:
// the same in all of its pictures.
type Camera struct {
	noise, sigma float64
	gain         [3]float64
}

// NewCamera draws a camera.
func NewCamera(r *rand.Rand) Camera {
	gain := Uniform(r, 0.85, 1.1)
	c := Camera{noise: Uniform(r, 0.6, 3), sigma: Uniform(r, 0.3, 0.8)}
	for i := range c.gain {
		c.gain[i] = gain * Uniform(r, 0.95, 1.05)
	}
	return c
}

// Photographed is a picture as the camera takes it.
func (c Camera) Photographed(img *image.RGBA, r *rand.Rand) *image.RGBA {
	s := scene{f: &Frame{}, r: r, gain: 1, noise: c.noise, sigma: c.sigma}
	p := newPlane(img.Rect.Dx(), img.Rect.Dy())
	for k, gain := range c.gain {
		for i := range p.w * p.h {
			p.pix[3*i+k] = float32(gain) * float32(img.Pix[4*i+k])
		}
	}
	s.lens(p)
	return s.develop(p)
}

// Encoded is a picture as the JPEG of a phone.
func Encoded(img *image.RGBA, quality int) ([]byte, error) { return encoded(img, quality) }
