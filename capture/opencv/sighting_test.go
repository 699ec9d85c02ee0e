package opencv

import (
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"math"
	"os"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
	"visavis/testkit"
)

// lastOf is what a preview of 640 × 480 pixels told of a document with these corners in one
// of 1280 × 960.
func lastOf(q pixel.Quad) *capture.Sighting {
	return &capture.Sighting{Found: true, Width: 640, Height: 480, Corners: q.Scaled(0.5), Confidence: 0.99}
}

// A preview is looked at first where the one before showed the document, and measured as if
// it had been searched whole. Where it is not there the whole frame is searched.
func TestADocumentIsLookedForWhereItWas(t *testing.T) {
	whole := plainScene()
	cut := plainScene()
	cut.corners = turned(cut.corners, 0, 1, 330, 0)
	inside, outside := whole.jpeg(t, capture.Preview), cut.jpeg(t, capture.Preview)
	for name, tt := range map[string]struct {
		frame capture.Frame
		last  pixel.Quad
		near  bool
	}{
		"where it was":             {inside, whole.corners, true},
		"moved a little":           {inside, turned(whole.corners, 2, 1.02, 30, -20), true},
		"elsewhere":                {inside, turned(whole.corners, 0, 0.5, -200, 150), false},
		"turned":                   {inside, turned(whole.corners, 45, 1, 0, 0), false},
		"cut off, where it was":    {outside, cut.corners, true},
		"no outline: no size":      {inside, pixel.Quad{}, false},
		"no outline: beyond limit": {inside, pixel.Quad{{X: -1e300, Y: 1e300}, {X: 1e300}, {Y: -1e300}, {X: 1, Y: 1}}, false},
	} {
		f := tt.frame
		want := measuredDocument(t, f)
		f.Last = lastOf(tt.last)
		f.Last.Confidence = want.Confidence
		got := measuredDocument(t, f)
		if !got.Found || pixel.IoU(pixel.Quad(got.Corners), pixel.Quad(want.Corners)) < 0.97 {
			t.Errorf("%s: found %v at %v, whole at %v", name, got.Found, got.Corners, want.Corners)
		}
		info := capture.FrameInfo{Step: f.Step, Kind: f.Kind, Document: f.Document}
		verdict := func(d *capture.DocumentMeasurements) capture.Verdict {
			return capture.Judge(info, capture.Measurements{Width: f.Width, Height: f.Height, Document: d}, nil,
				capture.DefaultLimits())
		}
		if a, b := verdict(got), verdict(want); a.Hint != b.Hint || a.Good != b.Good {
			t.Errorf("%s: %q, searched whole %q", name, a.Hint, b.Hint)
		}
		if near := nearSeen(t, f); near != tt.near {
			t.Errorf("%s: near %v, want %v", name, near, tt.near)
		}
		f.Kind = capture.Still
		still := measuredDocument(t, f)
		f.Last = nil
		if a, b := text(t, still), text(t, measuredDocument(t, f)); a != b {
			t.Errorf("%s: a still depends on the preview before:\n%s\n%s", name, a, b)
		}
	}
}

// A document that lies as it lay, but for the tremor of a hand, is found without a search for
// lines, where such a search finds it. One that has moved, and what is no outline of its own,
// is searched for.
func TestADocumentThatOnlyTremblesIsNotSearchedFor(t *testing.T) {
	scene := plainScene()
	f := scene.jpeg(t, capture.Preview)
	want := measuredDocument(t, f)
	back := pixel.Quad{scene.corners[3], scene.corners[2], scene.corners[1], scene.corners[0]}
	for name, tt := range map[string]struct {
		last       pixel.Quad
		confidence float64
		age        int
		unmoved    bool
	}{
		"where it was":                 {scene.corners, want.Confidence, 0, true},
		"trembling":                    {turned(scene.corners, 0.5, 1, 6, -5), want.Confidence, 0, true},
		"for the last time":            {scene.corners, want.Confidence, 3, true},
		"no longer":                    {scene.corners, want.Confidence, 4, false},
		"moved a little":               {turned(scene.corners, 0, 1, 28, -24), want.Confidence, 0, false},
		"much clearer before":          {scene.corners, 1, 0, false},
		"moved":                        {turned(scene.corners, 0, 1, 60, 40), want.Confidence, 0, false},
		"a smaller one was there":      {turned(scene.corners, 0, 0.8, 0, 0), want.Confidence, 0, false},
		"a larger one was there":       {turned(scene.corners, 0, 1.15, 0, 0), want.Confidence, 0, false},
		"one was cut off by the frame": {turned(scene.corners, 0, 1, 330, 0), want.Confidence, 0, false},
		"the other way round":          {back, want.Confidence, 0, false},
	} {
		f.Last = lastOf(tt.last)
		f.Last.Confidence, f.Last.OutlineAge = tt.confidence, tt.age
		s := searched(t, f)
		if unmoved := s.Near && s.Unmoved; unmoved != tt.unmoved {
			t.Errorf("%s: taken for unmoved %v, want %v", name, unmoved, tt.unmoved)
		}
		got := measuredDocument(t, f)
		if age := map[bool]int{true: tt.age + 1}[tt.unmoved]; got.OutlineAge != age {
			t.Errorf("%s: age %d, want %d", name, got.OutlineAge, age)
		}
		if same := pixel.IoU(pixel.Quad(got.Corners), pixel.Quad(want.Corners)); !got.Found || same < 0.99 {
			t.Errorf("%s: found %v, %.3f of the outline of the whole search", name, got.Found, same)
		}
	}
}

// A document that has moved and is seen as clearly as before, though not without doubt, is not
// looked for in pictures of other sizes, for a while.
func TestADocumentAsClearAsBeforeIsLookedForInOnePicture(t *testing.T) {
	cut := plainScene()
	cut.corners = turned(cut.corners, 0, 1, 330, 0)
	f := cut.jpeg(t, capture.Preview)
	want := measuredDocument(t, f)
	for name, tt := range map[string]struct {
		confidence float64
		age, want  int
	}{
		"as clear":                  {want.Confidence, 0, 1},
		"for the last time":         {want.Confidence, 3, 4},
		"no longer":                 {want.Confidence, 4, 0},
		"a much clearer one before": {0.99, 0, 0},
	} {
		f.Last = lastOf(turned(cut.corners, 0, 0.5, -500, 150))
		f.Last.Confidence, f.Last.OutlineAge = tt.confidence, tt.age
		if s := searched(t, f); s.Near || !s.Doubt || s.AsClear(f.Last) != (tt.want > 0) {
			t.Errorf("%s: near %v, doubt %v, as clear %v", name, s.Near, s.Doubt, s.AsClear(f.Last))
		}
		got := measuredDocument(t, f)
		if same := pixel.IoU(pixel.Quad(got.Corners), pixel.Quad(want.Corners)); !got.Found || same < 0.97 ||
			got.OutlineAge != tt.want {
			t.Errorf("%s: found %v, %.3f of the outline of the whole search, age %d, want %d", name, got.Found, same,
				got.OutlineAge, tt.want)
		}
	}
}

// A frame that is printed on a document is as clear as its sides. Where the preview before
// showed the frame alone, the document is found after four previews, though nothing moves.
func TestAPrintedFrameIsHeldForFourPreviews(t *testing.T) {
	scene := plainScene()
	scene.face = func(img *image.RGBA) {
		ink := image.NewUniform(color.RGBA{20, 20, 20, 255})
		b := img.Bounds()
		frame := image.Rect(b.Dx()/20, b.Dy()/20, b.Dx()-b.Dx()/20, b.Dy()-b.Dy()/20)
		paper := image.NewRGBA(frame.Inset(8))
		draw.Draw(paper, paper.Rect, img, paper.Rect.Min, draw.Src)
		draw.Draw(img, frame, ink, image.Point{}, draw.Src)
		draw.Draw(img, paper.Rect, paper, paper.Rect.Min, draw.Src)
	}
	f := scene.jpeg(t, capture.Preview)
	printed := turned(scene.corners, 0, 0.9, 0, 0)
	f.Last = lastOf(printed)
	f.Last.Confidence = 0.95
	for _, want := range []int{1, 2, 3, 4, 0} {
		d := measuredDocument(t, f)
		held, found := pixel.IoU(pixel.Quad(d.Corners), printed), pixel.IoU(pixel.Quad(d.Corners), scene.corners)
		if d.OutlineAge != want || want > 0 && held < 0.95 || want == 0 && found < 0.97 {
			t.Errorf("age %d, want %d: %.3f of the printed frame, %.3f of the document", d.OutlineAge, want, held, found)
		}
		f.Last = capture.SightingOf(&capture.Measurements{Width: f.Width, Height: f.Height, Document: d})
	}
}

// nearSeen tells whether a frame's document is seen where it was, so that the rest of the
// frame is not searched.
func nearSeen(t *testing.T, f capture.Frame) bool {
	t.Helper()
	return searched(t, f).Near
}

// searched is a search of a frame, closed.
func searched(t *testing.T, f capture.Frame) outline.Searched {
	t.Helper()
	p, err := pixel.NewPlanes(f)
	defer p.Close()
	if err != nil {
		t.Fatal(err)
	}
	s, err := outline.Search(f, &p)
	defer s.Close()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// After a frame in which nothing was found two are looked at only once, and say so; the
// next is searched whole. A document that is seen at once is found all the same.
func TestAFrameAfterNothingIsLookedAtOnce(t *testing.T) {
	img := drawTable(1280, 960, color.RGBA{120, 84, 60, 255}, 5, 11)
	f := jpegFrame(t, img, 85, capture.Preview)
	if d := measuredDocument(t, f); d.Found || d.Glances != 0 {
		t.Fatalf("an empty table, searched whole: %+v", d)
	}
	f.Last = &capture.Sighting{Width: 1280, Height: 960}
	if d := measuredDocument(t, f); d.Found || d.Glances != 1 {
		t.Fatalf("an empty table after another: %+v", d)
	}
	f.Last.Glances = 1
	if d := measuredDocument(t, f); d.Found || d.Glances != 2 {
		t.Fatalf("an empty table after another and a glance: %+v", d)
	}
	f = plainScene().jpeg(t, capture.Preview)
	f.Last = &capture.Sighting{Width: 1280, Height: 960}
	if d := measuredDocument(t, f); !d.Found || d.Glances != 0 {
		t.Fatalf("a document after an empty table: %+v", d)
	}
}

// A portrait that was seen on the same document is not looked for again, for a while. This
// document has none: where it is looked for, it is not found.
func TestAPortraitIsNotLookedForAgainAtOnce(t *testing.T) {
	a, err := New(Config{ModelDir: os.Getenv("VISAVIS_MODELS")})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if a.faces == nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "models are absent, run scripts/models.sh")
	}
	s := plainScene()
	s.lines = 0
	f := s.jpeg(t, capture.Preview)
	measure := func() *capture.DocumentMeasurements {
		t.Helper()
		m, err := a.Analyze(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return m.Document
	}
	d := measure()
	if d.Portrait >= 0.5 || !worthPortrait(d) {
		t.Fatalf("the drawn document: portrait %.2f, else good %v", d.Portrait, worthPortrait(d))
	}
	box := [4]float64{0.05, 0.2, 0.25, 0.4}
	f.Last = lastOf(pixel.Quad(d.Corners))
	f.Last.Look, f.Last.Portrait, f.Last.PortraitBox = d.Look, 0.9, &box
	for age := range 6 {
		d := measure()
		if carried := d.PortraitBox != nil && *d.PortraitBox == box; carried != (age < 4) || carried &&
			(math.Abs(d.Portrait-0.9) > 1e-9 || d.PortraitAge != age+1) {
			t.Fatalf("after %d previews: portrait %.2f, age %d", age, d.Portrait, d.PortraitAge)
		}
		f.Last = capture.SightingOf(&capture.Measurements{Width: f.Width, Height: f.Height, Document: d})
		if age >= 4 {
			return
		}
	}
}

// The back of a card is known by its three lines: nothing is told by a portrait then.
func TestABackIsNotAskedForAPortrait(t *testing.T) {
	d := &capture.DocumentMeasurements{MRZLines: 3, MRZConfidence: 0.9}
	if !backSeen(capture.DocumentBack, d) || backSeen(capture.DocumentFront, d) {
		t.Error("three lines are those of a back where one is asked for")
	}
	for _, d := range []*capture.DocumentMeasurements{
		{MRZLines: 2, MRZConfidence: 0.9}, {MRZLines: 3, MRZConfidence: 0.1},
	} {
		if backSeen(capture.DocumentBack, d) {
			t.Errorf("%d lines at %.1f are no back for certain", d.MRZLines, d.MRZConfidence)
		}
	}
	info := capture.FrameInfo{Step: capture.DocumentBack, Kind: capture.Preview, Document: capture.IdentityCard}
	m, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Analyze(t.Context(), plainScene().jpeg(t, capture.Preview))
	if err != nil {
		t.Fatal(err)
	}
	if !backSeen(capture.DocumentBack, got.Document) {
		t.Fatalf("%d lines at %.2f", got.Document.MRZLines, got.Document.MRZConfidence)
	}
	without := capture.Judge(info, got, nil, capture.DefaultLimits())
	for _, portrait := range []float64{0.3, 0.6, 1} {
		got.Document.Portrait = portrait
		if v := capture.Judge(info, got, nil, capture.DefaultLimits()); v.Good != without.Good || v.Hint != without.Hint {
			t.Errorf("portrait %.1f: %q, without %q", portrait, v.Hint, without.Hint)
		}
	}
}
