package opencv

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"

	"visavis/identity"
	"visavis/specimen"
	"visavis/testkit"
)

// drawnZones are the zones of every format, made up, with right digits.
var drawnZones = map[identity.Format][]string{
	identity.TD1:   {"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"},
	identity.TD2:   {"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"},
	identity.TD3:   {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
	identity.MRVA:  {"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"},
	identity.IDFRA: {"IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6"},
}

func drawnZone(t *testing.T, lines []string, letter float64, turns int) []byte {
	t.Helper()
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	img, err := specimen.DrawZone(lines, specimen.ZoneLook{
		Letter: letter, Margin: 5, Paper: color.RGBA{226, 228, 222, 255}, Ink: color.RGBA{40, 42, 50, 255},
	}, assets)
	if err != nil {
		t.Fatal(err)
	}
	for range turns {
		img = turnedImage(img)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func turnedImage(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, img.Rect.Dy(), img.Rect.Dx()))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			out.SetRGBA(img.Rect.Dy()-1-y, x, img.RGBAAt(x, y))
		}
	}
	return out
}

func TestZonesOfEveryFormatAndRotation(t *testing.T) {
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for format, lines := range drawnZones {
		for turns := range 4 {
			r, err := a.ReadZone(t.Context(), identity.ZoneRequest{JPEG: drawnZone(t, lines, 20, turns)})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.MRZ.Lines, "|"); got != strings.Join(lines, "|") || r.Status != identity.Valid {
				t.Errorf("%s turned %d times: %s %.2f\n%s, want\n%s", format, turns, r.Status, r.Confidence, got,
					strings.Join(lines, "|"))
			}
		}
	}
}

// A number that the digits do not fit is never called valid.
func TestZoneWithAWrongDigitIsNotValid(t *testing.T) {
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	lines := []string{drawnZones[identity.TD3][0], "L898902C37UTO7408122F1204159ZE184226B<<<<<10"}
	r, err := a.ReadZone(t.Context(), identity.ZoneRequest{JPEG: drawnZone(t, lines, 20, 0)})
	if err != nil || r.Status == identity.Valid {
		t.Errorf("status %s, %v; want anything but valid", r.Status, err)
	}
}

func TestNoZoneIsUnreadable(t *testing.T) {
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 640, 480)), nil); err != nil {
		t.Fatal(err)
	}
	r, err := a.ReadZone(t.Context(), identity.ZoneRequest{JPEG: b.Bytes()})
	if err != nil || r.Status != identity.Unreadable || len(r.Corners) != 0 {
		t.Errorf("%+v, %v; want unreadable", r, err)
	}
}
