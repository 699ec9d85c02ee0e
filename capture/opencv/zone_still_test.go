package opencv

import (
	"image/color"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
	"visavis/capture/opencv/zone"
	"visavis/identity"
	"visavis/specimen"
	"visavis/testkit"
)

// stillOf is a specimen's side as a still.
func stillOf(t *testing.T, kind specimen.Kind, view specimen.View,
	condition specimen.Condition) *capture.DocumentMeasurements {
	t.Helper()
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	document, err := specimen.Draw(kind, 3, 12, assets)
	if err != nil {
		t.Fatal(err)
	}
	shot, err := specimen.NewShot(specimen.ShotRequest{View: view, Condition: condition, Seed: 3, Width: 1920,
		Height: 1080}, document, assets)
	if err != nil {
		t.Fatal(err)
	}
	jpeg, err := specimen.EncodeJPEG(shot.At(0), 88)
	if err != nil {
		t.Fatal(err)
	}
	f, err := capture.NewFrame(capture.DocumentFront, capture.Still, capture.IdentityCard, 1, time.Time{}, jpeg)
	if err != nil {
		t.Fatal(err)
	}
	return measuredDocument(t, f)
}

func TestStillsOfSpecimensAreRead(t *testing.T) {
	for _, tt := range []struct {
		kind      specimen.Kind
		view      specimen.View
		condition specimen.Condition
		status    capture.MRZStatus
		lines     int
		shape     capture.Shape
	}{
		{specimen.IdentityCard, specimen.Back, specimen.Good, capture.MRZRead, 3, capture.ShapeCard},
		{specimen.ResidencePermit, specimen.Back, specimen.Rotated, capture.MRZRead, 3, capture.ShapeCard},
		{specimen.OldFrenchCard, specimen.Front, specimen.Good, capture.MRZRead, 2, capture.ShapeTD2},
		{specimen.Passport, specimen.Front, specimen.Good, capture.MRZRead, 2, capture.ShapePage},
		{specimen.IdentityCard, specimen.Front, specimen.Good, capture.MRZNone, 0, capture.ShapeCard},
	} {
		d := stillOf(t, tt.kind, tt.view, tt.condition)
		if d.MRZ != tt.status || d.MRZLines != tt.lines || d.Shape != tt.shape {
			t.Errorf("%s %s %s: %q, %d lines, %s; want %q, %d, %s", tt.kind, tt.view, tt.condition, d.MRZ, d.MRZLines, d.Shape,
				tt.status, tt.lines, tt.shape)
		}
		if d.NotAccepted != "" {
			t.Errorf("%s: not accepted as %s", tt.kind, d.NotAccepted)
		}
	}
}

// drawnPage is a page whose zone is as given.
func drawnPage(t *testing.T, lines []string, kind capture.Kind) *capture.DocumentMeasurements {
	t.Helper()
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	zone, err := specimen.DrawZone(lines, specimen.ZoneLook{Letter: 18, Margin: 2, Paper: color.RGBA{225, 226, 230, 255},
		Ink: color.RGBA{30, 30, 40, 255}}, assets)
	if err != nil {
		t.Fatal(err)
	}
	page := specimenFace(1250, 880, 0)
	left, top := (1250-zone.Rect.Dx())/2, 880-zone.Rect.Dy()-30
	for y := range zone.Rect.Dy() {
		for x := range zone.Rect.Dx() {
			page.SetRGBA(left+x, top+y, zone.RGBAAt(x, y))
		}
	}
	img := drawTable(1600, 1200, color.RGBA{120, 84, 60, 255}, 5, 11)
	drawDocument(img, pixel.Quad{{X: 170, Y: 160}, {X: 1420, Y: 170}, {X: 1414, Y: 1048}, {X: 166, Y: 1036}}, page)
	return measuredDocument(t, jpegFrame(t, img, 88, kind))
}

func TestVisasAreNotAccepted(t *testing.T) {
	if d := drawnPage(t, drawnZones[identity.MRVA], capture.Still); d.MRZ != capture.MRZRead || d.NotAccepted != "visa" {
		t.Errorf("a visa: %q %q", d.MRZ, d.NotAccepted)
	}
	if d := drawnPage(t, drawnZones[identity.MRVA], capture.Preview); d.MRZ != "" || d.NotAccepted != "" {
		t.Errorf("a preview was read: %q %q", d.MRZ, d.NotAccepted)
	}
}

func TestWrongDigitsAreNotRead(t *testing.T) {
	lines := []string{drawnZones[identity.TD3][0], "L898902C46UTO7408122F1204159ZE184226B<<<<<10"}
	if d := drawnPage(t, lines, capture.Still); d.MRZ != capture.MRZUnread {
		t.Errorf("a wrong digit: %q", d.MRZ)
	}
}

// Letters that make no valid zone tell how many lines there are, but only along the
// lower edge of the outline, whichever way up that is.
func TestLettersTellWhereADocumentHasThem(t *testing.T) {
	outline := pixel.Quad{{X: 0, Y: 0}, {X: 142, Y: 0}, {X: 142, Y: 100}, {X: 0, Y: 100}}
	below := pixel.Quad{{X: 5, Y: 78}, {X: 137, Y: 78}, {X: 137, Y: 95}, {X: 5, Y: 95}}
	var above, onHead pixel.Quad
	for i, p := range below {
		above[i] = capture.Point{X: p.X, Y: p.Y - 73}
		onHead[i] = capture.Point{X: 142 - p.X, Y: 100 - p.Y}
	}
	seen := zone.Seen{Lines: 3, Confidence: 0.9}
	for _, tt := range []struct {
		name    string
		corners pixel.Quad
		mean    float64
		want    int
	}{
		{"below", below, 0.9, 2},
		{"on its head", onHead, 0.9, 2},
		{"upright and above", above, 0.9, 3},
		{"doubtful letters", below, 0.8, 3},
	} {
		z := zone.Found{Lines: []string{"P<", "12"}, Mean: tt.mean, Corners: tt.corners}
		if got := z.SeenAs(seen, outline).Lines; got != tt.want {
			t.Errorf("%s: %d lines, want %d", tt.name, got, tt.want)
		}
		var d capture.DocumentMeasurements
		if zone.ReadOf(&d, z, outline); (d.ZoneLetters > 0) != (tt.want == 2) {
			t.Errorf("%s: letters %.2f", tt.name, d.ZoneLetters)
		}
	}
}
