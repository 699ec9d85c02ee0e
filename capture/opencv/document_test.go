package opencv

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
)

// scene is a drawn frame with a document in it.
type scene struct {
	corners pixel.Quad
	table   color.RGBA
	lines   int
	face    func(*image.RGBA) // changes the document before it is set
	frame   func(*image.RGBA) // changes the frame
}

func plainScene() scene {
	return scene{
		corners: pixel.Quad{{X: 240, Y: 180}, {X: 1010, Y: 190}, {X: 1005, Y: 676}, {X: 236, Y: 668}},
		table:   color.RGBA{120, 84, 60, 255}, lines: 3,
	}
}

func (s scene) jpeg(t testing.TB, kind capture.Kind) capture.Frame {
	t.Helper()
	img := drawTable(1280, 960, s.table, 5, 11)
	face := specimenFace(856, 540, s.lines)
	if s.face != nil {
		s.face(face)
	}
	drawDocument(img, s.corners, face)
	if s.frame != nil {
		s.frame(img)
	}
	return jpegFrame(t, img, 85, kind)
}

func measuredDocument(t testing.TB, f capture.Frame) *capture.DocumentMeasurements {
	t.Helper()
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := a.Analyze(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	if m.Document == nil {
		t.Fatal("a document's frame without document measurements")
	}
	return m.Document
}

// turned is an outline turned around its centre, scaled and moved.
func turned(q pixel.Quad, degrees, scale, dx, dy float64) pixel.Quad {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	c := q.Centre()
	for i := range q {
		x, y := (q[i].X-c.X)*scale, (q[i].Y-c.Y)*scale
		q[i] = capture.Point{X: c.X + dx + x*cos - y*sin, Y: c.Y + dy + x*sin + y*cos}
	}
	return q
}

func TestCornersAreFoundAtAnyRotation(t *testing.T) {
	for degrees := 0.0; degrees < 360; degrees += 30 {
		s := plainScene()
		s.corners = turned(s.corners, degrees, 0.8, 0, 40)
		d := measuredDocument(t, s.jpeg(t, capture.Preview))
		if !d.Found {
			t.Errorf("%g degrees: not found", degrees)
			continue
		}
		if v := pixel.IoU(pixel.Quad(d.Corners), s.corners); v < 0.97 {
			t.Errorf("%g degrees: overlap %.3f, want 0.97", degrees, v)
		}
		want := math.Remainder(degrees, 360)
		if math.Abs(math.Remainder(d.Rotation-want, 360)) > 4 {
			t.Errorf("%g degrees: rotation %.1f (lines %d, %.2f)", degrees, d.Rotation, d.MRZLines, d.MRZConfidence)
		}
	}
}

func TestCornersAreFoundOnBackgrounds(t *testing.T) {
	tests := []struct {
		name  string
		scene func(*scene)
	}{
		{"light on light", func(s *scene) { s.table = color.RGBA{232, 232, 230, 255} }},
		{"dark desk", func(s *scene) { s.table = color.RGBA{24, 22, 20, 255} }},
		{"checked cloth", func(s *scene) {
			s.frame = func(img *image.RGBA) { checks(img, s.corners) }
		}},
		{"far", func(s *scene) { s.corners = turned(s.corners, 8, 0.35, 60, -30) }},
		{"in the dark", func(s *scene) { s.frame = func(img *image.RGBA) { gain(img, 0.2) } }},
	}
	for _, tt := range tests {
		s := plainScene()
		tt.scene(&s)
		d := measuredDocument(t, s.jpeg(t, capture.Preview))
		if v := pixel.IoU(pixel.Quad(d.Corners), s.corners); !d.Found || v < 0.95 {
			t.Errorf("%s: found %v, overlap %.3f, want 0.95", tt.name, d.Found, v)
		}
	}
}

// checks draws a pattern of squares around an outline.
func checks(img *image.RGBA, q pixel.Quad) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			p := capture.Point{X: float64(x), Y: float64(y)}
			in := true
			for i := range q {
				in = in && pixel.Cross(pixel.Sub(q[(i+1)%4], q[i]), pixel.Sub(p, q[i])) >= 0
			}
			if !in && (x/60+y/60)%2 == 0 {
				img.SetRGBA(x, y, color.RGBA{60, 80, 130, 255})
			}
		}
	}
}

// gain multiplies all pixels.
func gain(img *image.RGBA, f float64) {
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = clampByte(int(float64(img.Pix[i])*f + 0.5))
		}
	}
}

func TestNothingIsFoundWhereNoDocumentIs(t *testing.T) {
	tests := map[string]func(*image.RGBA){
		"an empty table": func(*image.RGBA) {},
		"a plain box": func(img *image.RGBA) {
			drawDocument(img, plainScene().corners, image.NewRGBA(image.Rect(0, 0, 40, 30)))
		},
		"noise": func(img *image.RGBA) {
			r := rand.New(rand.NewPCG(5, 6))
			for i := range img.Pix {
				img.Pix[i] = uint8(r.IntN(256))
			}
		},
	}
	for name, draw := range tests {
		img := drawTable(1280, 960, color.RGBA{190, 180, 150, 255}, 5, 4)
		draw(img)
		if d := measuredDocument(t, jpegFrame(t, img, 60, capture.Still)); d.Found {
			t.Errorf("%s: found at %v with %.2f", name, d.Corners, d.Confidence)
		} else if d.FrameBrightness == 0 || len(d.Print) != 64 {
			t.Errorf("%s: brightness %g and %d print cells, want them always", name, d.FrameBrightness, len(d.Print))
		}
	}
}

func TestAPicturesFrameIsToldFromADocument(t *testing.T) {
	q := plainScene().corners
	for _, tt := range []struct {
		name   string
		border float64 // how much larger the dark border is than the picture
		want   bool
	}{{"document", 1, false}, {"framed picture", 1.05, true}} {
		img := drawTable(1280, 960, color.RGBA{190, 180, 150, 255}, 5, 4)
		border := turned(q, 0, tt.border, 0, 0)
		drawDocument(img, border, image.NewRGBA(image.Rect(0, 0, 40, 30)))
		drawDocument(img, q, specimenFace(856, 540, 3))
		g := pixel.Grey{W: 1280, H: 960, Pix: make([]uint8, 1280*960)}
		for i := range g.Pix {
			g.Pix[i] = img.Pix[4*i+1]
		}
		if got := outline.Framed(g, border); got != tt.want {
			t.Errorf("%s: framed %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestCutOffDocumentsAreFoundWithCornersOutside(t *testing.T) {
	for name, move := range map[string][2]float64{"left": {-380, 0}, "right": {420, 0}, "top": {0, -270},
		"bottom": {0, 370}} {
		s := plainScene()
		s.corners = turned(s.corners, 2, 1, move[0], move[1])
		d := measuredDocument(t, s.jpeg(t, capture.Preview))
		if !d.Found || d.Margin >= 0 {
			t.Errorf("%s: found %v, margin %.3f, want found and below 0", name, d.Found, d.Margin)
		}
	}
}

// A side that is only a line inside gives way to the frame's edge, however far that is
// or however near, where the document's sides go on to it; a clear side stays.
func TestSidesThatGoOnEndAtTheFrame(t *testing.T) {
	for _, tt := range []struct {
		name    string
		side    float64 // where it is taken to be, pixels of the frame
		right   float64 // where it is
		outside bool
	}{
		{"half of it is seen", 1000, 1500, true},
		{"a hair is left", 1272, 1500, true},
		{"its own side", 1180, 1180, false},
		{"a line inside of a whole one", 1000, 1180, false},
	} {
		s := plainScene()
		s.corners = pixel.Quad{{X: 700, Y: 200}, {X: tt.right, Y: 200}, {X: tt.right, Y: 700}, {X: 700, Y: 700}}
		found, err := outline.Search(s.jpeg(t, capture.Preview), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := found.Continued(outline.Candidate{
			Corners: pixel.Quad{{X: 700, Y: 200}, {X: tt.side, Y: 200}, {X: tt.side, Y: 700}, {X: 700, Y: 700}}},
			capture.IdentityCard)
		if c.Borders[1] != tt.outside || c.Borders[0] || c.Borders[2] || c.Borders[3] {
			t.Errorf("%s: at the frame's edge %v, want %v", tt.name, c.Borders, tt.outside)
		}
		found.Close()
	}
}

// A clear line inside is a side, as a passport's fold is, unless what it leaves has none
// of the document's proportions.
func TestAClearLineInsideEndsAWholeDocumentOnly(t *testing.T) {
	for _, tt := range []struct {
		name    string
		asked   capture.Document
		whole   pixel.Quad
		seen    pixel.Quad
		strip   float64 // where on the whole the clear line is, 0 to 1 from the top
		side    int
		outside bool
	}{
		{
			"a card's strip", capture.IdentityCard,
			pixel.Quad{{X: 200, Y: 560}, {X: 1000, Y: 560}, {X: 1000, Y: 1064}, {X: 200, Y: 1064}},
			pixel.Quad{{X: 200, Y: 560}, {X: 1000, Y: 560}, {X: 1000, Y: 862}, {X: 200, Y: 862}}, 0.6, 2, true,
		},
		{
			"a passport's fold", capture.Passport,
			pixel.Quad{{X: 200, Y: -263}, {X: 1000, Y: -263}, {X: 1000, Y: 863}, {X: 200, Y: 863}},
			pixel.Quad{{X: 200, Y: 300}, {X: 1000, Y: 300}, {X: 1000, Y: 863}, {X: 200, Y: 863}}, 0.5, 0, false,
		},
	} {
		s := plainScene()
		s.corners = tt.whole
		s.face = func(img *image.RGBA) {
			below := img.Rect
			below.Min.Y = int(tt.strip * float64(below.Max.Y))
			draw.Draw(img, below, image.NewUniform(color.RGBA{238, 232, 190, 255}), image.Point{}, draw.Src)
		}
		found, err := outline.Search(s.jpeg(t, capture.Preview), nil)
		if err != nil {
			t.Fatal(err)
		}
		sc := found.Scorer()
		q := tt.seen.Scaled(found.Picture.Scale(found.Width))
		if clear := sc.SideSupport(q[tt.side], q[(tt.side+1)%4]); clear <= 0.75 {
			t.Errorf("%s: the line is seen by %.2f, want it clear", tt.name, clear)
		}
		if c := found.Continued(outline.Candidate{Corners: tt.seen}, tt.asked); c.Borders[tt.side] != tt.outside {
			t.Errorf("%s: at the frame's edge %v, want %v", tt.name, c.Borders, tt.outside)
		}
		found.Close()
	}
}

func TestASlantingDocumentIsFoundSoThatThePersonIsTold(t *testing.T) {
	s := plainScene()
	// its sides converge by 40 degrees
	s.corners = pixel.Quad{{X: 370, Y: 300}, {X: 910, Y: 300}, {X: 1055, Y: 700}, {X: 225, Y: 700}}
	if d := measuredDocument(t, s.jpeg(t, capture.Preview)); !d.Found || d.Tilt < 30 {
		t.Errorf("found %v, tilt %.1f, want found and over 30", d.Found, d.Tilt)
	}
}

func TestShapesAreToldApart(t *testing.T) {
	outline := func(aspect float64) pixel.Quad {
		w := 800.0
		h := w / aspect
		return pixel.Quad{{X: 240, Y: 480 - h/2}, {X: 240 + w, Y: 480 - h/2}, {X: 240 + w, Y: 480 + h/2},
			{X: 240, Y: 480 + h/2}}
	}
	for _, tt := range []struct {
		aspect float64
		lines  int
		want   capture.Shape
	}{
		{1.586, 3, capture.ShapeCard}, {1.586, 0, capture.ShapeCard}, {1.42, 2, capture.ShapePage},
		{1.28, 0, capture.ShapePaper}, {2.35, 0, capture.ShapeBanknote},
	} {
		s := plainScene()
		s.corners, s.lines = outline(tt.aspect), tt.lines
		d := measuredDocument(t, s.jpeg(t, capture.Still))
		if d.Shape != tt.want || math.Abs(d.Aspect-tt.aspect) > 0.04 {
			t.Errorf("aspect %g with %d lines: %s of %.3f, want %s", tt.aspect, tt.lines, d.Shape, d.Aspect, tt.want)
		}
		if d.MRZLines != tt.lines {
			t.Errorf("aspect %g: %d lines (%.2f), want %d", tt.aspect, d.MRZLines, d.MRZConfidence, tt.lines)
		}
	}
}

func TestTiltGrowsWithPerspective(t *testing.T) {
	flat := measuredDocument(t, plainScene().jpeg(t, capture.Preview))
	s := plainScene()
	s.corners = pixel.Quad{{X: 330, Y: 230}, {X: 930, Y: 230}, {X: 1040, Y: 690}, {X: 220, Y: 690}} // lower edge nearer
	below := measuredDocument(t, s.jpeg(t, capture.Preview))
	s.corners = pixel.Quad{{X: 250, Y: 280}, {X: 940, Y: 190}, {X: 940, Y: 720}, {X: 250, Y: 620}} // right edge nearer
	right := measuredDocument(t, s.jpeg(t, capture.Preview))
	if flat.Tilt > 6 || below.Tilt < 15 || right.Tilt < 15 {
		t.Errorf("tilt flat %.1f, below %.1f, right %.1f, want under 6 and over 15", flat.Tilt, below.Tilt, right.Tilt)
	}
	if below.TiltY <= 0 || math.Abs(below.TiltX) > 6 || right.TiltX <= 0 || math.Abs(right.TiltY) > 6 {
		t.Errorf("lower edge nearer: x %.1f y %.1f; right edge nearer: x %.1f y %.1f", below.TiltX, below.TiltY,
			right.TiltX, right.TiltY)
	}
}
