package face

import (
	"errors"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/testkit"
)

// modelsFolder is where scripts/models.sh puts the models.
func modelsFolder() string {
	if dir := os.Getenv("VISAVIS_MODELS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "var", "models")
}

// newTestFaces loads the models. Without them it skips, saying so, or fails when
// VISAVIS_REQUIRE_MODELS is set.
func newTestFaces(t testing.TB) *Models {
	t.Helper()
	f, err := New(modelsFolder())
	if errors.Is(err, ErrModels) {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "models are absent, run scripts/models.sh: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// newAstronaut is the public-domain portrait, 512×512, colour; the test closes
// it.
func newAstronaut(t testing.TB) gocv.Mat {
	t.Helper()
	path := filepath.Join(modelsFolder(), "astronaut.png")
	img := gocv.IMRead(path, gocv.IMReadColor)
	t.Cleanup(func() { img.Close() })
	if img.Empty() {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "models are absent, run scripts/models.sh: no %s", path)
	}
	return img
}

// measuredFace is a frame's faces.
func measuredFace(t testing.TB, f *Models, bgr gocv.Mat, kind capture.Kind) capture.FaceMeasurements {
	t.Helper()
	grey := gocv.NewMat()
	defer grey.Close()
	gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray)
	m, err := f.Measure(bgr, grey, kind)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// newTurnedFace turns a picture clockwise around its centre; the test closes it.
func newTurnedFace(t testing.TB, bgr gocv.Mat, degrees float64) gocv.Mat {
	t.Helper()
	m := gocv.GetRotationMatrix2D(image.Pt(bgr.Cols()/2, bgr.Rows()/2), -degrees, 1)
	defer m.Close()
	out := gocv.NewMat()
	t.Cleanup(func() { out.Close() })
	gocv.WarpAffineWithParams(bgr, &out, m, image.Pt(bgr.Cols(), bgr.Rows()),
		gocv.InterpolationLinear, gocv.BorderConstant, color.RGBA{R: 90, G: 100, B: 110})
	return out
}

func TestFaceFoundAndMeasured(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	for _, kind := range []capture.Kind{capture.Preview, capture.Still} {
		m := measuredFace(t, f, img, kind)
		if m.Count != 1 || m.Confidence < 0.9 {
			t.Fatalf("kind %d: count %d with confidence %.2f, want one sure face", kind, m.Count, m.Confidence)
		}
		if got := m.Box[0] + m.Box[2]/2; math.Abs(got-223) > 20 {
			t.Errorf("the face's middle is at x %.0f, want about 223", got)
		}
		if m.EyesOpen < 0.7 || m.Covered > 0.3 || len(m.Landmarks) != landmarks || len(m.Print) != 64 {
			t.Errorf("eyes open %.2f, covered %.2f, %d landmarks, print of %d; want open, bare, 68, 64",
				m.EyesOpen, m.Covered, len(m.Landmarks), len(m.Print))
		}
		if l, r := m.Landmarks[36], m.Landmarks[45]; l.X >= r.X || l.Y < m.Box[1] || l.Y > m.Box[1]+m.Box[3] {
			t.Errorf("eyes at %v and %v, want them side by side in the box %v", l, r, m.Box)
		}
		if math.Abs(m.OffsetX-(m.Box[0]+m.Box[2]/2-256)/512) > 1e-9 || math.Abs(m.Height-m.Box[3]/512) > 1e-9 {
			t.Errorf("offset %.3f and height %.3f do not follow from the box %v", m.OffsetX, m.Height, m.Box)
		}
	}
}

// newForeshortened narrows what lies left of x, as the far side of a turned head
// is; the test closes it.
func newForeshortened(t testing.TB, bgr gocv.Mat, x int) gocv.Mat {
	t.Helper()
	far := bgr.Region(image.Rect(0, 0, x, bgr.Rows()))
	defer far.Close()
	near := bgr.Region(image.Rect(x, 0, bgr.Cols(), bgr.Rows()))
	defer near.Close()
	narrow := gocv.NewMat()
	defer narrow.Close()
	gocv.Resize(far, &narrow, image.Pt(x*6/10, bgr.Rows()), 0, 0, gocv.InterpolationArea)
	out := gocv.NewMat()
	t.Cleanup(func() { out.Close() })
	gocv.Hconcat(narrow, near, &out)
	return out
}

func TestFaceMirroredTurnsTheOtherWay(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	nose := measuredFace(t, f, img, capture.Preview).Landmarks[30]
	// The person's right side, at the picture's left, is the far one: a turn to
	// the person's right. And a lean to the left.
	turned := newTurnedFace(t, newForeshortened(t, img, int(nose.X)), 15)
	mirrored := gocv.NewMat()
	defer mirrored.Close()
	gocv.Flip(turned, &mirrored, 1)
	for _, kind := range []capture.Kind{capture.Preview, capture.Still} {
		a, b := measuredFace(t, f, turned, kind), measuredFace(t, f, mirrored, kind)
		if a.Roll < 7 || b.Roll > -7 || math.Abs(a.Roll+b.Roll) > 5 {
			t.Errorf("roll %.1f, mirrored %.1f; want the opposite, the first to the person's left", a.Roll, b.Roll)
		}
		if a.Yaw > -7 || b.Yaw < 7 || math.Abs(a.Yaw+b.Yaw) > 8 {
			t.Errorf("yaw %.1f, mirrored %.1f; want the opposite, the first to the person's right", a.Yaw, b.Yaw)
		}
		if math.Abs(a.Pitch-b.Pitch) > 6 {
			t.Errorf("pitch %.1f, mirrored %.1f; want the same", a.Pitch, b.Pitch)
		}
		if a.OffsetX*b.OffsetX >= 0 {
			t.Errorf("offset %.3f, mirrored %.3f; want the opposite", a.OffsetX, b.OffsetX)
		}
	}
}

// A nose nearer to the picture's right than the eyes' middle is a turn to the
// person's own left: the sign is proved on points, not on a network's habit.
func TestFacePoseSigns(t *testing.T) {
	head := headModel()
	turned := func(yaw, pitch, roll float64) []capture.Point {
		const rad = math.Pi / 180
		sy, cy := math.Sincos(yaw * rad)
		sp, cp := math.Sincos(pitch * rad)
		sr, cr := math.Sincos(roll * rad)
		points := make([]capture.Point, landmarks)
		for _, m := range head {
			// Chin up moves the nose (z < 0) up (y < 0); a turn to the person's
			// left moves it right (x > 0); a lean is clockwise in the picture.
			y, z := m.y*cp+m.z*sp, -m.y*sp+m.z*cp
			x := m.x*cy - z*sy
			points[m.landmark] = capture.Point{X: 100 + 2*(x*cr-y*sr), Y: 80 + 2*(x*sr+y*cr)}
		}
		return points
	}
	for _, want := range []pose{{0, 0, 0}, {25, 0, 0}, {-25, 0, 0}, {0, 20, 0}, {0, -20, 0}, {0, 0, 30}, {15, -10, -20}} {
		points := turned(want.yaw, want.pitch, want.roll)
		got, ok := poseOf(points, head)
		if !ok || math.Abs(got.yaw-want.yaw) > 0.01 || math.Abs(got.pitch-want.pitch) > 0.01 ||
			math.Abs(got.roll-want.roll) > 0.01 {
			t.Errorf("pose %+v (%v), want %+v", got, ok, want)
		}
	}
	left := turned(25, 0, 0)
	if eyes := (left[36].X + left[45].X) / 2; left[30].X <= eyes {
		t.Errorf("turned to the person's left the nose is at %.0f, the eyes at %.0f: want it right of them", left[30].X, eyes)
	}
	if _, ok := poseOf(make([]capture.Point, landmarks), head); ok {
		t.Error("points that all coincide have a pose, want none")
	}
}

func TestFaceLeansAsThePictureTurns(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	upright := measuredFace(t, f, img, capture.Preview).Roll
	for _, degrees := range []float64{-40, -20, 20, 40} {
		m := measuredFace(t, f, newTurnedFace(t, img, degrees), capture.Preview)
		if m.Count != 1 || math.Abs(turn180(m.Roll-upright-degrees)) > 6 {
			t.Errorf("turned by %v: count %d, roll %.1f, want one face at %.1f", degrees, m.Count, m.Roll, upright+degrees)
		}
	}
	for degrees, code := range map[float64]gocv.RotateFlag{
		90: gocv.Rotate90Clockwise, 180: gocv.Rotate180Clockwise, -90: gocv.Rotate90CounterClockwise,
	} {
		turned := gocv.NewMat()
		gocv.Rotate(img, &turned, code)
		m := measuredFace(t, f, turned, capture.Preview)
		turned.Close()
		if m.Count != 1 || math.Abs(turn180(m.Roll-upright-degrees)) > 10 {
			t.Errorf("turned by %v: count %d, roll %.1f, want one face at %.1f", degrees, m.Count, m.Roll, upright+degrees)
		}
	}
}

func TestFacesAreCounted(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	two := gocv.NewMat()
	defer two.Close()
	gocv.Hconcat(img, img, &two)
	if m := measuredFace(t, f, two, capture.Preview); m.Count != 2 {
		t.Errorf("two side by side: count %d, want 2", m.Count)
	}
	// A second face at a third of the size is somebody far behind.
	small := gocv.NewMat()
	defer small.Close()
	gocv.Resize(img, &small, image.Pt(160, 160), 0, 0, gocv.InterpolationArea)
	beside := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(120, 120, 120, 0), 512, 700, gocv.MatTypeCV8UC3)
	defer beside.Close()
	for at, part := range map[image.Rectangle]gocv.Mat{
		image.Rect(0, 0, 512, 512): img, image.Rect(530, 100, 690, 260): small} {
		region := beside.Region(at)
		part.CopyTo(&region)
		region.Close()
	}
	if m := measuredFace(t, f, beside, capture.Preview); m.Count != 1 {
		t.Errorf("one far behind: count %d, want 1", m.Count)
	}
}

func TestNoFaceInNoiseOrNothing(t *testing.T) {
	f := newTestFaces(t)
	for name, draw := range map[string]func(i int) float64{
		"noise": func(i int) float64 { return float64(uint32(i) * 2654435761 >> 24) }, //nolint:gosec // wraps on purpose
		"black": func(int) float64 { return 0 },
		"slope": func(i int) float64 { return float64(i % 256) },
	} {
		img := gocv.NewMatWithSize(240, 320, gocv.MatTypeCV8UC3)
		data, err := img.DataPtrUint8()
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			data[i] = uint8(draw(i))
		}
		if m := measuredFace(t, f, img, capture.Still); m.Count != 0 || len(m.Print) != 64 {
			t.Errorf("%s: count %d, print of %d; want no face and a print", name, m.Count, len(m.Print))
		}
		img.Close()
	}
}

func TestPortraitIsFoundHoweverTheDocumentLies(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	face := img.Region(image.Rect(123, 10, 323, 210))
	defer face.Close()
	card := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(200, 210, 220, 0), 302, 480, gocv.MatTypeCV8UC3)
	defer card.Close()
	ghost := card.Clone()
	defer ghost.Close()
	for img, place := range map[*gocv.Mat]image.Rectangle{
		&card: image.Rect(20, 60, 200, 240), &ghost: image.Rect(380, 80, 440, 140)} {
		region := img.Region(place)
		gocv.Resize(face, &region, place.Size(), 0, 0, gocv.InterpolationArea)
		if err := region.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for turns := range 4 {
		lying := card.Clone()
		turnBy(&lying, (4-turns)%4)
		p, err := f.Portrait(lying, 0, 2, 1, 3)
		if err != nil || p.Confidence < 0.8 || p.turns != turns || math.Abs(p.Box[0]+p.Box[2]/2-0.235) > 0.03 {
			t.Errorf("to be turned by %d: %+v, %v, want it left in the upright card", turns, p, err)
		}
		if err := lying.Close(); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := f.Portrait(card, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	sure := func(p Portrait) bool { return p.Confidence >= 0.6 && p.Box[0] < 0.5 }
	if p, err := f.PortraitThat(card, Asked{Turns: []int{0, 2}, Will: sure}); err != nil || p != whole || !sure(p) {
		t.Errorf("one that will do: %+v, %v, want %+v as without a condition", p, err, whole)
	}
	right := func(p Portrait) bool { return p.Confidence >= 0.6 && p.Box[0] > 0.9 }
	if p, err := f.PortraitThat(card, Asked{Turns: []int{0, 2}, Will: right}); err != nil || p != (Portrait{}) {
		t.Errorf("where none will do: %+v, %v, want none looked at", p, err)
	}
	// Whom the detector is believed of, the landmarks are not read: they lower its score. A
	// glance at half its size gives another box of the same face.
	believed, err := f.PortraitThat(card, Asked{Turns: []int{0, 2}, Believed: 0.6})
	if err != nil || boxOf(believed).overlap(boxOf(whole)) < 0.8 || believed.Confidence <= whole.Confidence {
		t.Errorf("believed: %+v, %v, want %+v with the detector's own score", believed, err, whole)
	}
	if p, err := f.PortraitThat(card, Asked{Turns: []int{0, 2}, Believed: 1.1}); err != nil || p != whole {
		t.Errorf("a score that none reaches: %+v, %v, want %+v", p, err, whole)
	}
	if p, err := f.Portrait(ghost, 0, 2, 1, 3); err != nil || p.Confidence > 0.3 {
		t.Errorf("a face of a third of a portrait's size: %+v, %v, want none", p, err)
	}
}

func boxOf(p Portrait) detection {
	return detection{x: p.Box[0], y: p.Box[1], w: p.Box[2], h: p.Box[3]}
}
