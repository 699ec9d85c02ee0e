package capture_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"visavis/capture"
	"visavis/specimen"
	"visavis/testkit"
)

// sitting is one person's gestures before one camera: the room, the clothes and the
// face are always the same, the place of the head differs by what a person who sits
// down again moves.
type sitting struct {
	shot   *specimen.Shot
	assets *specimen.Assets
	x, y   float64
	gain   float64
	sway   [4]float64
	rng    *rand.Rand
}

const wide, high = 160, 120

// sit begins a sitting; apart is the standard deviation of the head's place, as a share of
// the frame.
func sit(t *testing.T, a *specimen.Assets, seed uint64, apart float64) *sitting {
	t.Helper()
	shot, err := specimen.NewShot(specimen.ShotRequest{View: specimen.Face, Seed: 1, Width: wide, Height: high}, nil, a)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 7))
	s := &sitting{shot: shot, assets: a, rng: r, x: apart * r.NormFloat64(), y: apart * r.NormFloat64(), gain: 1 +
		0.01*r.NormFloat64()}
	for i := range s.sway {
		s.sway[i] = 2 * math.Pi * r.Float64()
	}
	return s
}

// at is frame i of n of a gesture, which is over with the last.
func (s *sitting) at(i, n int, gesture string) *image.RGBA {
	k := float64(i) / float64(n-1)
	u := 2 * math.Pi * float64(i) / 20
	m := specimen.Move{
		ShiftX: s.x + 0.006*math.Sin(0.7*u+s.sway[0]) + 0.0008*s.rng.NormFloat64(),
		ShiftY: s.y + 0.008*math.Sin(0.9*u+s.sway[1]) + 0.0008*s.rng.NormFloat64(),
		Closer: 1.0001 + 0.01*math.Sin(0.5*u+s.sway[2]), Yaw: 0.01 + math.Sin(0.8*u+s.sway[3]),
	}
	switch gesture {
	case capture.TurnLeft:
		m.Yaw += 26 * k
	case capture.TurnRight:
		m.Yaw -= 26 * k
	default:
		m.Closer += 0.28 * k
	}
	return s.shot.Moved(float64(i)/10, m, s.assets)
}

// print64 is the 8×8 grid of brightness means, 0 to 255, as the analysis makes it, of an
// exposure.
func print64(img image.Image, gain float64) []byte {
	b := img.Bounds()
	p := make([]byte, 64)
	for cy := range 8 {
		for cx := range 8 {
			sum, n := 0.0, 0.0
			for y := b.Min.Y + cy*b.Dy()/8; y < b.Min.Y+(cy+1)*b.Dy()/8; y++ {
				for x := b.Min.X + cx*b.Dx()/8; x < b.Min.X+(cx+1)*b.Dx()/8; x++ {
					r, g, bl, _ := img.At(x, y).RGBA()
					sum += (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(bl)) / 257
					n++
				}
			}
			p[cy*8+cx] = byte(math.Min(255, math.Round(gain*sum/n)))
		}
	}
	return p
}

// encoded is a picture after a JPEG of a quality.
func encoded(t *testing.T, img *image.RGBA, quality int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// notedMoments is how many moments of a session are kept; see server/live.
const notedMoments = 8

// suspected tells whether frames show enough moments of a session that was there before.
func suspected(before, frames [][]byte) bool {
	kept := map[string]bool{}
	for _, p := range before[:notedMoments] {
		for _, k := range capture.ReplayKeys(p) {
			kept[k] = true
		}
	}
	shared := map[string]bool{}
	for _, p := range frames {
		for _, k := range capture.ReplayKeys(p) {
			if kept[k] {
				shared[k] = true
				break
			}
		}
	}
	return len(shared) >= capture.ReplayFrames
}

// TestWhoComesBackIsNoRecording measures how often an honest second sitting of the same
// person, in the same room and clothes, before a camera that was not moved, is taken for a
// recording of the first, and how often a recording that is encoded anew is found. A head
// that comes back to within one hundredth of the frame is as near as people come.
func TestWhoComesBackIsNoRecording(t *testing.T) {
	a, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	gestures := []string{capture.TurnLeft, capture.TurnRight, capture.ComeCloser}
	const sittings, frames = 16, 12
	var honest, recorded [sittings][][]byte
	for i := range honest {
		s := sit(t, a, uint64(i+1), 0.01)
		for g := range 2 {
			for n := range frames {
				img := s.at(n, frames, gestures[(i+g)%3])
				honest[i] = append(honest[i], print64(img, s.gain))
				recorded[i] = append(recorded[i], print64(encoded(t, img, 40+2*n), s.gain))
			}
		}
	}
	pairs, wrong, found := 0, 0, 0
	for i := range honest {
		if suspected(honest[i], recorded[i]) {
			found++
		}
		for j := range honest {
			if i == j {
				continue
			}
			pairs++
			if suspected(honest[i], honest[j]) {
				wrong++
			}
		}
	}
	t.Logf("%d of %d honest pairs suspected, %d of %d recordings found", wrong, pairs, found, sittings)
	if wrong*100 > pairs {
		t.Errorf("%d of %d honest pairs are suspected, want 1 in 100 at most", wrong, pairs)
	}
	if found < sittings*9/10 {
		t.Errorf("%d of %d recordings are found, want 9 in 10", found, sittings)
	}
}
