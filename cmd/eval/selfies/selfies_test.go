package selfies

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"visavis/capture"
)

// landmarksOf is an even face of 68 landmarks whose eyes are e pixels apart, its nose at x, y.
func landmarksOf(x, y, e float64) []capture.Point {
	p := make([]capture.Point, 68)
	at := func(i int, dx, dy float64) { p[i] = capture.Point{X: x + dx*e, Y: y + dy*e} }
	for i := range 17 { // the jaw, from the picture's left
		sin, cos := math.Sincos(math.Pi * float64(16-i) / 16)
		at(i, 1.1*cos, -0.45+1.6*sin)
	}
	for i := range 5 {
		at(17+i, -0.95+0.18*float64(i), -0.95)
		at(22+i, 0.23+0.18*float64(i), -0.95)
	}
	for i := range 4 {
		at(27+i, 0, -0.6+0.2*float64(i))
	}
	for i := range 5 {
		at(31+i, -0.2+0.1*float64(i), 0.12)
	}
	ring := func(from, n int, dx, dy, rx, ry float64) {
		for i := range n {
			sin, cos := math.Sincos(math.Pi + 2*math.Pi*float64(i)/float64(n))
			at(from+i, dx+rx*cos, dy+ry*sin)
		}
	}
	ring(36, 6, -0.5, -0.6, 0.2, 0.08)
	ring(42, 6, 0.5, -0.6, 0.2, 0.08)
	ring(48, 12, 0, 0.5, 0.4, 0.16)
	ring(60, 8, 0, 0.5, 0.3, 0.06)
	return p
}

var skin = color.RGBA{194, 150, 130, 255}

// worn is an even face that wears something, and which of its landmarks are still skin.
func worn(what Worn, seed uint64) (free [68]bool) {
	img := image.NewRGBA(image.Rect(0, 0, 240, 320))
	for i := range 720 * 960 {
		img.SetRGBA(i%240, i/240, skin)
	}
	p := landmarksOf(120, 170, 60)
	wear(img, p, what, rand.New(rand.NewPCG(seed, 0)))
	for i, q := range p {
		free[i] = img.RGBAAt(int(q.X), int(q.Y)) == skin
	}
	return free
}

func TestWhatIsWornHidesWhatItShould(t *testing.T) {
	// Lips are 48 to 67, the nose's tip 30, eyes 36 to 47.
	for _, c := range []struct {
		what         Worn
		hidden, free [][2]int
	}{
		{Nothing, nil, [][2]int{{0, 67}}},
		{Mask, [][2]int{{5, 11}, {30, 35}, {48, 67}}, [][2]int{{17, 26}, {36, 47}}},
		{Sunglasses, [][2]int{{36, 47}}, [][2]int{{5, 11}, {30, 35}, {48, 67}}},
		{Headscarf, nil, [][2]int{{17, 67}}},
		{Beard, [][2]int{{6, 10}}, [][2]int{{17, 30}, {36, 47}, {60, 67}}},
		{Glasses, nil, [][2]int{{5, 11}, {30, 35}, {48, 67}}},
	} {
		for seed := range uint64(4) {
			free := worn(c.what, seed)
			check := func(ranges [][2]int, want bool) {
				for _, r := range ranges {
					for i := r[0]; i <= r[1]; i++ {
						if free[i] != want {
							t.Errorf("%s, seed %d: landmark %d free is %t, want %t", c.what, seed, i, free[i], want)
						}
					}
				}
			}
			check(c.hidden, false)
			check(c.free, true)
		}
	}
}

func TestITAOfKnownColours(t *testing.T) {
	// The skins of the ColorChecker in sRGB and their published L* and b*.
	for _, c := range []struct {
		rgb  [3]float64
		l, b float64
		tone Tone
	}{
		{[3]float64{194, 150, 130}, 65.71, 17.81, Light},
		{[3]float64{115, 82, 68}, 37.99, 14.06, Dark},
	} {
		linear := [3]float64{light(c.rgb[0]), light(c.rgb[1]), light(c.rgb[2])}
		want := math.Atan2(c.l-50, c.b) * 180 / math.Pi
		if got := ITA(linear); math.Abs(got-want) > 2 || ToneOf(got) != c.tone {
			t.Errorf("ITA of %v is %.1f, %s; want %.1f, %s", c.rgb, got, ToneOf(got), want, c.tone)
		}
	}
	for ita, want := range map[float64]Tone{55.1: VeryLight, 55: Light, 41: Intermediate, 28: Tan, 10: Brown, -30: Dark} {
		if got := ToneOf(ita); got != want {
			t.Errorf("%.1f° is %s, want %s", ita, got, want)
		}
	}
}

func TestMadeSkinHasItsTone(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 240, 320))
	for i := range 720 * 960 {
		img.SetRGBA(i%240, i/240, skin)
	}
	blue := color.RGBA{40, 60, 160, 255}
	for i := range 400 {
		img.SetRGBA(110+i%20, 90+i/20, blue)
	}
	p := landmarksOf(120, 170, 60)
	for tone, to := range madeTones() {
		out := skinned(img, p, to)
		if got := ToneOf(ITA(cheeks(out, p))); got != tone {
			t.Errorf("skin made %s is %s", tone, got)
		}
		got := out.RGBAAt(120, 100)
		if math.Abs(float64(got.R)-float64(blue.R)) > 4 || math.Abs(float64(got.B)-float64(blue.B)) > 4 {
			t.Errorf("%s: what is no skin became %v of %v", tone, got, blue)
		}
	}
}

func TestOnlyDarkerTonesAreMade(t *testing.T) {
	n := map[Tone]int{}
	for _, h := range shots(Tan) {
		n[h.made]++
	}
	if n[Tan] != 0 || n[Brown] != 2 || n[Dark] != 2 {
		t.Errorf("of tan skin are made %v", n)
	}
}

func TestGroupsAreCountedAndCompared(t *testing.T) {
	r := Result{used: 1, left: map[string]int{"looks aside": 3}}
	for i := range 40 {
		r.shots = append(r.shots,
			judged{shot: shot{light: Frontal, worn: Nothing}, person: "a", tone: Light, good: true},
			judged{shot: shot{light: Dim, worn: Nothing}, person: "b", tone: Light, good: i >= 10, hint: capture.HintTooDark},
			judged{shot: shot{light: Frontal, worn: Mask, fault: Masked}, person: "a", tone: Light, good: true, covered: i > 0})
		r.pairs = append(r.pairs, pair{same: true, a: Light, b: Light, score: 0.9},
			pair{a: Light, b: Light, score: 0.1}, pair{a: Light, b: Dark, score: 0.95})
	}
	good := r.good()
	if g := good[0]; g.N != 80 || g.K != 10 || g.People != 2 || g.Why != "too-dark 10" || g.Goal(0.03) != "missed" {
		t.Errorf("all: %+v", g)
	}
	if g := gaps(good); len(g) == 0 || g[0].Highest != string(Dim) || g[0].Points != 25 {
		t.Errorf("gaps: %+v", g)
	}
	if g := r.wrong()[0]; g.N != 40 || g.K != 40 || g.Noticed != 39 {
		t.Errorf("masks: %+v", g)
	}
	faces := r.comparisons()
	if all, own := faces[0], faces[2]; all.AUC > 0.6 || own.AUC != 1 || own.Same != 40 || own.Other != 40 {
		t.Errorf("comparisons: %+v", faces)
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| age | any | 0 | 0 | – | not known |", "looks aside (3)",
		"| light | dim | 40 | 1 | 25.0 % (14.2 to 40.2) | missed |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
