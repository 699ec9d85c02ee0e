package compose

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"visavis/capture"
)

// Frame is a composed picture.
type Frame struct {
	Number   int
	Document Document
	// Look of the document: plain, pale, weak or dark.
	Look string
	// Fault is what is wrong with the picture, "good" where nothing is, "none" where it
	// shows no document.
	Fault string
	// Said is how strong the fault is.
	Said string
	// Corners of the document, clockwise, pixels.
	Corners       [4]capture.Point
	Width, Height int
	JPEG          []byte
}

// Faults are what may be wrong with a composed picture.
func Faults() []string {
	return []string{"blur", "glare", "dark", "bright", "cut_off", "angle", "covered", "copy", "far"}
}

// Looks are how a document may look without a fault of the picture.
func Looks() []string { return []string{"plain", "plain", "pale", "weak", "dark"} }

// Composer draws frames of documents on backgrounds.
type Composer struct {
	Documents   []Document
	Backgrounds []*image.RGBA
	// Seed of all frames.
	Seed uint64
}

// Frame draws the frame of a number. The same seed and pictures give the same bytes.
// Half of the frames are good, one in twelve shows no document.
func (c Composer) Frame(number int) (Frame, error) {
	r := rand.New(rand.NewPCG(c.Seed, uint64(number)))
	f := Frame{Number: number, Width: 1280, Height: 960, Fault: "good"}
	if r.IntN(3) == 0 {
		f.Width, f.Height = 960, 1280
	}
	f.Document = c.Documents[r.IntN(len(c.Documents))]
	f.Look = Looks()[r.IntN(len(Looks()))]
	switch n := r.IntN(24); {
	case n < 2:
		f.Fault = "none"
	case n < 12:
		f.Fault = Faults()[r.IntN(len(Faults()))]
	}
	s := newScene(&f, c.Backgrounds, r)
	p := s.render()
	s.lens(p)
	img := s.develop(p)
	data, err := encoded(img, 68+r.IntN(27))
	if err != nil {
		return f, fmt.Errorf("frame %d: %w", number, err)
	}
	f.JPEG = data
	return f, nil
}

// encoded is a picture as a JPEG of a quality, or of a lower one: a phone sends no preview
// that is too large.
func encoded(img *image.RGBA, quality int) ([]byte, error) {
	return encodedWithin(img, quality, capture.MaxPreviewBytes)
}

// encodedWithin is a picture as a JPEG of so many bytes at most, where a quality gives them.
func encodedWithin(img *image.RGBA, quality, limit int) ([]byte, error) {
	for ; ; quality -= 5 {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
		if b.Len() <= limit || quality <= leastQuality {
			return b.Bytes(), nil
		}
	}
}

// leastQuality of a picture's JPEG.
const leastQuality = 40

// Uniform is a number drawn evenly between two.
func Uniform(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// place puts the document before the camera: the corners of a rectangle of its
// proportions, turned, tilted and moved.
func place(f *Frame, r *rand.Rand) {
	b := f.Document.Image.Rect
	aspect := float64(b.Dx()) / float64(b.Dy())
	w, h := float64(f.Width), float64(f.Height)
	turn := Uniform(r, -10, 10)
	if r.IntN(6) == 0 {
		turn += 90 * float64(1+r.IntN(3))
	}
	tilt, axis := Uniform(r, 0, 11), Uniform(r, 0, 2*math.Pi)
	if f.Fault == "angle" {
		tilt = Uniform(r, 28, 42)
		f.Said = fmt.Sprintf("tilted by %.0f°", tilt)
	}
	fill := Uniform(r, 0.56, 0.88)
	if f.Fault == "far" {
		fill = Uniform(r, 0.2, 0.33)
		f.Said = fmt.Sprintf("fills %.0f %%", 100*fill)
	}
	along, across := w, h // the document lies along the frame's side that it is turned to
	if math.Abs(math.Sin(turn*math.Pi/180)) > 0.7 {
		along, across = h, w
	}
	long := fill * along
	if long/aspect > 0.86*across {
		long = 0.86 * across * aspect
	}
	focal := Uniform(r, 0.7, 0.9) * max(w, h)
	sin, cos := math.Sincos(turn * math.Pi / 180)
	st, ct := math.Sincos(tilt * math.Pi / 180)
	sa, ca := math.Sincos(axis)
	seen := func() (low, high capture.Point) {
		low, high = capture.Point{X: math.Inf(1), Y: math.Inf(1)}, capture.Point{X: math.Inf(-1), Y: math.Inf(-1)}
		for i, c := range [4][2]float64{{-0.5, -0.5}, {0.5, -0.5}, {0.5, 0.5}, {-0.5, 0.5}} {
			x, y := c[0]*long, c[1]*long/aspect
			x, y = x*cos-y*sin, x*sin+y*cos
			u, v := x*ca+y*sa, y*ca-x*sa // v lies across the axis of the tilt
			k := focal / (focal + v*st)
			u, v = u*k, v*ct*k
			p := capture.Point{X: u*ca - v*sa, Y: u*sa + v*ca}
			f.Corners[i] = p
			low = capture.Point{X: min(low.X, p.X), Y: min(low.Y, p.Y)}
			high = capture.Point{X: max(high.X, p.X), Y: max(high.Y, p.Y)}
		}
		return low, high
	}
	margin := 0.035 * min(w, h) // the lens may move a corner by half of it
	low, high := seen()
	// Turned and tilted it may be larger than the frame: a good picture shows all of it.
	for k := 0.0; k < 1; low, high = seen() {
		if k = min((w-2*margin)/(high.X-low.X), (h-2*margin)/(high.Y-low.Y)); k < 1 {
			long *= 0.99 * k
		}
	}
	at := func(low, high, room float64) float64 { return Uniform(r, margin-low, room-margin-high) }
	dx, dy := at(low.X, high.X, w), at(low.Y, high.Y, h)
	if f.Fault == "cut_off" {
		share := Uniform(r, 0.06, 0.2)
		f.Said = fmt.Sprintf("%.0f %% outside", 100*share)
		switch r.IntN(4) {
		case 0:
			dx = -low.X - share*(high.X-low.X)
		case 1:
			dx = w - high.X + share*(high.X-low.X)
		case 2:
			dy = -low.Y - share*(high.Y-low.Y)
		default:
			dy = h - high.Y + share*(high.Y-low.Y)
		}
	}
	for i := range f.Corners {
		f.Corners[i].X += dx
		f.Corners[i].Y += dy
	}
}
