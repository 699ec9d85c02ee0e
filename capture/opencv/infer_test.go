package opencv

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"os"
	"path/filepath"
	"testing"

	xdraw "golang.org/x/image/draw"

	"visavis/capture"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
	"visavis/capture/opencv/zone"
	"visavis/identity"
	"visavis/specimen"
	"visavis/testkit"
)

// The pictures of these tests: 10 pixels a millimetre, a document somewhere in it.
const (
	inferScale  = 10.0
	inferLeft   = 160
	inferTop    = 100
	inferWidth  = 1600
	inferHeight = 1100
)

// whiteTable is a table so light that no side of white paper is seen on it.
type whiteTable struct {
	t                *testing.T
	assets           *specimen.Assets
	face             image.Image
	img              *image.RGBA
	turned, onScreen bool
}

func newWhiteTable(t *testing.T, assets *specimen.Assets, face image.Image) *whiteTable {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, inferWidth, inferHeight))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	return &whiteTable{t: t, assets: assets, face: face, img: img}
}

// zone prints lines of OCR-B whose last baseline lies at so many millimetres from the
// document's upper edge, in the middle of its width.
func (w *whiteTable) zone(lines []string, width, baseline float64) {
	w.t.Helper()
	white := color.RGBA{255, 255, 255, 255}
	z, err := specimen.DrawZone(lines, specimen.ZoneLook{
		Letter: 2.6 * inferScale, Paper: white, Ink: color.RGBA{35, 35, 45, 255}}, w.assets)
	if err != nil {
		w.t.Fatal(err)
	}
	long := (float64(len(lines[0])-1)*2.54 + 1.7) * inferScale
	high := long * float64(z.Rect.Dy()) / float64(z.Rect.Dx())
	left, bottom := inferLeft+width*inferScale/2-long/2, inferTop+baseline*inferScale
	xdraw.BiLinear.Scale(w.img, image.Rect(int(left), int(bottom-high), int(left+long), int(bottom)), z, z.Rect,
		draw.Src, nil)
}

// portrait prints a face, 32 by 40 mm, at a place of the document in millimetres. It fades
// into the paper, or its frame would be an outline.
func (w *whiteTable) portrait(x, y float64) {
	const width, height = 32 * inferScale, 40 * inferScale
	face := image.NewRGBA(image.Rect(0, 0, width, height))
	xdraw.BiLinear.Scale(face, face.Rect, w.face, w.face.Bounds(), draw.Src, nil)
	mask := image.NewAlpha(face.Rect)
	for v := range int(height) {
		for u := range int(width) {
			r := math.Hypot(float64(2*u)/width-1, float64(2*v)/height-1)
			mask.SetAlpha(u, v, color.Alpha{uint8(255 * min(1, max(0, (1-r)/0.4)))})
		}
	}
	to := face.Rect.Add(image.Pt(inferLeft+int(x*inferScale), inferTop+int(y*inferScale)))
	draw.DrawMask(w.img, to, face, image.Point{}, mask, image.Point{}, draw.Over)
}

// onItsHead turns the picture by half a turn.
func (w *whiteTable) onItsHead() {
	w.img, w.turned = turnedImage(turnedImage(w.img)), true
}

// screen lays the points of a screen over the picture.
func (w *whiteTable) screen() {
	screened(w.img)
	w.onScreen = true
}

// size is of a document, millimetres; the zero size is none.
type size struct{ width, height float64 }

// corners are those of a document at its place.
func (s size) corners() pixel.Quad {
	at := func(x, y float64) capture.Point {
		return capture.Point{X: inferLeft + x*inferScale, Y: inferTop + y*inferScale}
	}
	return pixel.Quad{at(0, 0), at(s.width, 0), at(s.width, s.height), at(0, s.height)}
}

// astronautFace is the head of the public-domain portrait.
func astronautFace(t *testing.T) image.Image {
	t.Helper()
	path := filepath.Join(os.Getenv("VISAVIS_MODELS"), "astronaut.png")
	f, err := os.Open(path)
	if err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "models are absent, run scripts/models.sh: %v", err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	head, ok := img.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !ok {
		t.Fatalf("a picture of type %T", img)
	}
	return head.SubImage(image.Rect(136, 20, 312, 240))
}

// A page of which no side is seen is found on a still by its zone, where its portrait is
// in its place too; a card's back has no portrait. What is nearly such a page is not found.
func TestDocumentsAsLightAsTheTable(t *testing.T) {
	face := astronautFace(t)
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	seeing, err := New(Config{ModelDir: os.Getenv("VISAVIS_MODELS")})
	if err != nil {
		t.Fatal(err)
	}
	defer seeing.Close()
	blind, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer blind.Close()
	page, card := drawnZones[identity.TD3], drawnZones[identity.TD1]
	wrongDigit := []string{page[0], "L898902C46UTO7408122F1204159ZE184226B<<<<<10"}
	pageSize, cardSize := size{125, 88}, size{85.6, 53.98}
	for _, tt := range []struct {
		name     string
		analyzer *Analyzer
		kind     capture.Kind
		draw     func(*whiteTable)
		found    size
	}{
		{"a page", seeing, capture.Still, func(w *whiteTable) { w.zone(page, 125, 82); w.portrait(6, 20) }, pageSize},
		{"a page on its head", seeing, capture.Still, func(w *whiteTable) { w.zone(page, 125, 82); w.portrait(6, 20); w.onItsHead() }, pageSize},
		{"a page shown by a screen", seeing, capture.Still, func(w *whiteTable) { w.zone(page, 125, 82); w.portrait(6, 20); w.screen() }, pageSize},
		{"a page whose digits are wrong", seeing, capture.Still, func(w *whiteTable) { w.zone(wrongDigit, 125, 82); w.portrait(6, 20) }, pageSize},
		{"the back of a card", seeing, capture.Still, func(w *whiteTable) { w.zone(card, 85.6, 49.6) }, cardSize},
		{"a page on a preview", seeing, capture.Preview, func(w *whiteTable) { w.zone(page, 125, 82); w.portrait(6, 20) }, size{}},
		{"a page, without models", blind, capture.Still, func(w *whiteTable) { w.zone(page, 125, 82); w.portrait(6, 20) }, size{}},
		{"a zone alone", seeing, capture.Still, func(w *whiteTable) { w.zone(page, 125, 82) }, size{}},
		{"a portrait alone", seeing, capture.Still, func(w *whiteTable) { w.portrait(6, 20) }, size{}},
		{"a portrait in the middle", seeing, capture.Still, func(w *whiteTable) { w.zone(page, 125, 82); w.portrait(46, 20) }, size{}},
		{"a portrait beside the page", seeing, capture.Still, func(w *whiteTable) { w.zone(page, 85, 82); w.portrait(110, 20) }, size{}},
		{"two zones, no portrait", seeing, capture.Still, func(w *whiteTable) { w.zone(page, 125, 40); w.zone(page, 125, 82) }, size{}},
		{"one line", seeing, capture.Still, func(w *whiteTable) { w.zone(page[1:], 125, 82); w.portrait(6, 20) }, size{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWhiteTable(t, assets, face)
			tt.draw(w)
			m, err := tt.analyzer.Analyze(t.Context(), jpegFrame(t, w.img, 90, tt.kind))
			if err != nil {
				t.Fatal(err)
			}
			d := m.Document
			if d.Found != (tt.found != size{}) {
				t.Fatalf("found %v at %v", d.Found, d.Corners)
			}
			if !d.Found {
				return
			}
			want := tt.found.corners()
			if w.turned {
				want = turned(want, 180, 1, inferWidth-2*want.Centre().X, inferHeight-2*want.Centre().Y).Ordered()
			}
			got := pixel.Quad(d.Corners)
			both := pixel.Overlap(got, want)
			if iou := both / (got.Area() + want.Area() - both); math.IsNaN(iou) || iou < 0.95 {
				t.Errorf("outline %v, want %v: IoU %.3f", d.Corners, want, iou)
			}
			if (d.Moire > 0.8) != w.onScreen {
				t.Errorf("moiré %.2f", d.Moire)
			}
			if d.Covered != 0 {
				t.Errorf("covered %.2f of sides that are not seen", d.Covered)
			}
		})
	}
}

// Where an outline leaves the frame, a zone tells whether the document does: if all of it
// is in the picture, the outline is no document's. What leaves the frame by its zone too
// stays cut off, and an outline that the zone agrees with stays, as does one that is seen
// too much from the side.
func TestZoneContradictsAnOutlineThatLeavesTheFrame(t *testing.T) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	blind, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer blind.Close()
	w := newWhiteTable(t, assets, nil)
	w.zone(drawnZones[identity.TD1], 85.6, 49.6)
	grey, err := pixel.Decode(jpegFrame(t, w.img, 90, capture.Still), false, 1)
	defer grey.Close()
	if err != nil {
		t.Fatal(err)
	}
	read, err := zone.NewReader(t.Context(), &blind.zones, zone.PictureRuns).InPicture(grey)
	if err != nil {
		t.Fatal(err)
	}
	card := size{85.6, 53.98}.corners()
	around, _ := read.Around()
	low := int(around[2].Y) - 20 // a picture that ends within the card
	beyond := pixel.Quad{{X: -300, Y: 50}, {X: 1500, Y: 40}, {X: 1490, Y: 1000}, {X: -310, Y: 1010}}
	sloping := func(by float64) pixel.Quad { // its sides converge
		return pixel.Quad{{X: -150 + by, Y: 50}, {X: 1650 - by, Y: 50}, {X: 1650 + by, Y: 1150}, {X: -150 - by, Y: 1150}}
	}
	for _, tt := range []struct {
		name     string
		outline  pixel.Quad
		height   int
		inferred bool
	}{
		{"lines behind the card", beyond, inferHeight, true},
		{"lines a little from the side", sloping(40), inferHeight, true},
		{"lines from the side", sloping(300), inferHeight, false},
		{"the card itself", card, inferHeight, false},
		{"a card whose lower edge is outside", beyond, low, false},
	} {
		at := outline.Location{Found: true, Corners: tt.outline, Width: inferWidth, Height: tt.height}
		s := outline.Searched{Location: at}
		inferred, err := blind.contradicted(&s, read)
		if err != nil || inferred != tt.inferred {
			t.Errorf("%s: inferred %v (%v), want %v", tt.name, inferred, err, tt.inferred)
			continue
		}
		want := tt.outline
		if tt.inferred {
			want = card
		}
		both := pixel.Overlap(s.Corners, want)
		if iou := both / (s.Corners.Area() + want.Area() - both); math.IsNaN(iou) || iou < 0.95 {
			t.Errorf("%s: outline %v, want %v", tt.name, s.Corners, want)
		}
	}
}
