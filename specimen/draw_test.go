package specimen

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

func loadAssets(t testing.TB) *Assets {
	t.Helper()
	a, err := LoadAssets(Paths{})
	if err != nil {
		t.Fatalf("%v (apt-get install fonts-ocr-b fonts-dejavu-core python3-skimage)", err)
	}
	if a.PortraitDrawn {
		t.Log("no portrait photo installed: a drawn face stands in")
	}
	return a
}

func TestDrawFollowsTheSeed(t *testing.T) {
	a := loadAssets(t)
	for _, kind := range append(Kinds(), OtherKinds()...) {
		t.Run(string(kind), func(t *testing.T) {
			draw := func(seed uint64) *Document {
				d, err := Draw(kind, seed, 4, a)
				if err != nil {
					t.Fatal(err)
				}
				return d
			}
			first, again, other := draw(3), draw(3), draw(4)
			if !bytes.Equal(first.Front.Pix, again.Front.Pix) {
				t.Error("the same seed drew another front")
			}
			if bytes.Equal(first.Front.Pix, other.Front.Pix) {
				t.Error("another seed drew the same front")
			}
			if (first.Back != nil) != kind.HasBack() {
				t.Errorf("back %v, want %v", first.Back != nil, kind.HasBack())
			}
			if first.Back != nil && !bytes.Equal(first.Back.Pix, again.Back.Pix) {
				t.Error("the same seed drew another back")
			}
			if got := first.Person.Surname; got != "Specimen" {
				t.Errorf("surname %q, want Specimen", got)
			}
			if c := first.Front.RGBAAt(0, 0); c.A != 0 {
				t.Errorf("corner %v: want it cut round", c)
			}
		})
	}
}

func TestDrawRefuses(t *testing.T) {
	a := loadAssets(t)
	if _, err := Draw("library-card", 1, 4, a); err == nil {
		t.Error("an unknown kind was drawn")
	}
	if _, err := Draw(Passport, 1, 1000, a); err == nil {
		t.Error("a document of 125,000 pixels was drawn")
	}
}

func TestLoadAssetsSaysWhatIsMissing(t *testing.T) {
	if _, err := LoadAssets(Paths{OCRB: filepath.Join(t.TempDir(), "none.otf")}); err == nil ||
		!strings.Contains(err.Error(), "fonts-ocr-b") {
		t.Errorf("error %v: want the package named", err)
	}
	if _, err := LoadAssets(Paths{Portrait: filepath.Join(t.TempDir(), "none.png")}); err == nil ||
		!strings.Contains(err.Error(), "portrait") {
		t.Errorf("error %v: want the portrait named", err)
	}
	// A font that lacks the filler would leave it out silently.
	if _, err := LoadAssets(Paths{OCRB: "/usr/share/fonts/opentype/ocr-b/OCRB.otf"}); err == nil {
		t.Error("a font whose filler cannot be drawn was taken")
	}
}

// A shot's corners are where the document is: just inside lies its paper, just
// outside the table.
func TestShotCorners(t *testing.T) {
	a := loadAssets(t)
	d, err := Draw(IdentityCard, 5, 8, a)
	if err != nil {
		t.Fatal(err)
	}
	shot, err := NewShot(ShotRequest{View: Front, Background: DarkDesk, Seed: 5, Width: 640, Height: 360}, d, a)
	if err != nil {
		t.Fatal(err)
	}
	img := shot.At(1.5)
	corners := shot.Corners(1.5)
	light := func(p [2]float64) float64 {
		c := img.RGBAAt(int(p[0]), int(p[1]))
		return (float64(c.R) + float64(c.G) + float64(c.B)) / 3
	}
	for i := range corners {
		a, b := corners[i], corners[(i+1)%4]
		// The middle of each edge, three pixels to either side.
		mx, my := (a[0]+b[0])/2, (a[1]+b[1])/2
		length := math.Hypot(b[0]-a[0], b[1]-a[1])
		nx, ny := -(b[1]-a[1])/length*4, (b[0]-a[0])/length*4
		inside, outside := light([2]float64{mx + nx, my + ny}), light([2]float64{mx - nx, my - ny})
		if inside < outside+40 {
			t.Errorf("edge %d: light %.0f inside, %.0f outside; want paper on a dark desk", i, inside, outside)
		}
	}
}

// A document is as wide as it is asked for, but for the hand.
func TestShotFill(t *testing.T) {
	a := loadAssets(t)
	d, err := Draw(IdentityCard, 5, 8, a)
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[float64]float64{0: 0.86, 0.5: 0.5, 0.7: 0.7} {
		shot, err := NewShot(ShotRequest{View: Front, Seed: 5, Width: 720, Height: 1280, Fill: asked}, d, a)
		if err != nil {
			t.Fatal(err)
		}
		c := shot.Corners(0)
		if got := math.Hypot(c[1][0]-c[0][0], c[1][1]-c[0][1]) / 720; got < 0.93*want || got > 1.07*want {
			t.Errorf("asked for %v: %.3f of the width, want about %v", asked, got, want)
		}
	}
}

// Each condition does to the picture what its name says.
func TestConditions(t *testing.T) {
	a := loadAssets(t)
	d, err := Draw(IdentityCard, 5, 8, a)
	if err != nil {
		t.Fatal(err)
	}
	take := func(c Condition) (light, detail, white float64) {
		shot, err := NewShot(ShotRequest{View: Front, Condition: c, Seed: 5, Width: 640, Height: 360}, d, a)
		if err != nil {
			t.Fatal(err)
		}
		return measured(shot.At(0))
	}
	light, detail, white := take(Good)
	if l, _, _ := take(Dark); l > light/3 {
		t.Errorf("dark: light %.0f, good %.0f", l, light)
	}
	if l, _, _ := take(Bright); l < light*1.2 {
		t.Errorf("bright: light %.0f, good %.0f", l, light)
	}
	if _, s, _ := take(Blurred); s > detail/2 {
		t.Errorf("blurred: detail %.1f, good %.1f", s, detail)
	}
	if _, s, _ := take(Motion); s > detail*0.7 {
		t.Errorf("motion: detail %.1f, good %.1f", s, detail)
	}
	if _, _, w := take(Glare); w < white+0.01 {
		t.Errorf("glare: %.3f white, good %.3f", w, white)
	}
}

// measured returns mean light, mean change between neighbours, and the share of
// white.
func measured(img *image.RGBA) (light, detail, white float64) {
	n := 0.0
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() - 1 {
			c, next := img.RGBAAt(x, y), img.RGBAAt(x+1, y)
			light += float64(c.G)
			detail += math.Abs(float64(c.G) - float64(next.G))
			if c.R > 250 && c.G > 250 && c.B > 250 {
				white++
			}
			n++
		}
	}
	return light / n, detail / n, white / n
}

func TestShotRefuses(t *testing.T) {
	a := loadAssets(t)
	passport, err := Draw(Passport, 1, 4, a)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]ShotRequest{
		"a passport's back":     {View: Back},
		"an unknown view":       {View: "side"},
		"an unknown condition":  {View: Front, Condition: "foggy"},
		"an unknown background": {View: Front, Background: "sand"},
		"a face with glare":     {View: Face, Condition: Glare},
		"a huge frame":          {View: Front, Width: 100000},
		"a speck":               {View: Front, Fill: 0.05},
		"more than the frame":   {View: Front, Fill: 1.2},
	} {
		if _, err := NewShot(r, passport, a); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func footage() Footage {
	return Footage{
		Kind: IdentityCard, Seed: 2, Width: 320, Height: 180, FPS: 5,
		Segments: []Segment{{View: Front, Seconds: 0.8}, {View: Back, Seconds: 0.6}, {View: Face, Seconds: 0.6}},
	}
}

func TestMJPEG(t *testing.T) {
	a := loadAssets(t)
	write := func(f Footage) []byte {
		var b bytes.Buffer
		if err := f.WriteMJPEG(context.Background(), &b, a); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	first := write(footage())
	if !bytes.Equal(first, write(footage())) {
		t.Error("the same seed made other footage")
	}
	other := footage()
	other.Seed++
	if bytes.Equal(first, write(other)) {
		t.Error("another seed made the same footage")
	}
	// 10 pictures at 5 a second, played at 30: each stands there six times.
	pictures := bytes.Split(first, []byte{0xff, 0xd9, 0xff, 0xd8})
	if len(pictures) != 60 {
		t.Errorf("%d pictures, want 60", len(pictures))
	}
	r := bytes.NewReader(first)
	for n := range 60 {
		img, err := jpeg.Decode(&oneByte{r})
		if err != nil {
			t.Fatalf("picture %d: %v", n, err)
		}
		if img.Bounds().Dx() != 320 || img.Bounds().Dy() != 180 {
			t.Fatalf("picture %d: %v, want 320 × 180", n, img.Bounds())
		}
	}
	twice := footage()
	twice.Loops = 2
	if got := write(twice); len(got) != 2*len(first) {
		t.Errorf("two loops: %d bytes, want twice %d", len(got), len(first))
	}
}

// oneByte reads byte by byte, so that the decoder of one picture takes nothing of
// the next.
type oneByte struct{ r io.ByteReader }

func (o *oneByte) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := o.r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

func TestY4M(t *testing.T) {
	a := loadAssets(t)
	var b bytes.Buffer
	if err := footage().WriteY4M(context.Background(), &b, a); err != nil {
		t.Fatal(err)
	}
	header, rest, _ := bytes.Cut(b.Bytes(), []byte("\n"))
	if want := "YUV4MPEG2 W320 H180 F5:1 Ip A1:1 C420jpeg"; string(header) != want {
		t.Errorf("header %q, want %q", header, want)
	}
	if want := 10 * (len("FRAME\n") + 320*180*3/2); len(rest) != want {
		t.Errorf("%d bytes of pictures, want %d", len(rest), want)
	}
}

func TestFootageRefuses(t *testing.T) {
	a := loadAssets(t)
	for name, change := range map[string]func(*Footage){
		"no segments":       func(f *Footage) { f.Segments = nil },
		"60 pictures/s":     func(f *Footage) { f.FPS = 60 },
		"quality 101":       func(f *Footage) { f.Quality = 101 },
		"an unknown view":   func(f *Footage) { f.Segments[1].View = "side" },
		"a year of footage": func(f *Footage) { f.Segments[0].Seconds = 3e7 },
	} {
		f := footage()
		change(&f)
		if err := f.WriteMJPEG(context.Background(), io.Discard, a); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Footage ends when it is told to, and leaves nothing behind.
func TestFootageStops(t *testing.T) {
	a := loadAssets(t)
	ctx, cancel := context.WithCancel(context.Background())
	f := footage()
	f.Segments[0].Seconds = 500
	n := 0
	err := f.JPEGs(ctx, a, func(Picture, []byte) error {
		if n++; n == 3 {
			cancel()
		}
		return nil
	})
	if err == nil || n > 50 {
		t.Errorf("error %v after %d pictures, want to stop soon after 3", err, n)
	}
}

// Without a photo a face is drawn, and said so.
func TestDrawnFaceStandsIn(t *testing.T) {
	a := loadAssets(t)
	b := *a
	b.portrait, b.PortraitDrawn = drawnFace(), true
	d, err := Draw(IdentityCard, 1, 4, &b)
	if err != nil {
		t.Fatal(err)
	}
	real, err := Draw(IdentityCard, 1, 4, a)
	if err != nil {
		t.Fatal(err)
	}
	if !a.PortraitDrawn && bytes.Equal(d.Front.Pix, real.Front.Pix) {
		t.Error("the drawn face looks like the photo")
	}
}
