package subject

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"visavis/capture"
)

func TestParseTable(t *testing.T) {
	rows, err := parseTable("\ufefffile\tmrz_type\tmrz\tcorners_tl_tr_br_bl\r\na b.png\tTD1\tI<X|Y\t1,2 3.5,4 5,6 " +
		"7,-8\r\n\r\nc.jpg\tnone\n")
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	q, known, err := rows[0].corners()
	if err != nil || !known || q[1] != (capture.Point{X: 3.5, Y: 4}) || q[3].Y != -8 {
		t.Errorf("corners %v, %v, %v", q, known, err)
	}
	if z := rows[0].zone(); len(z) != 2 || z[1] != "Y" {
		t.Errorf("zone %q", z)
	}
	if _, known, err := rows[1].corners(); known || err != nil || rows[1].zone() != nil {
		t.Error("a row without corners and zone has some")
	}
	for name, text := range map[string]string{"nothing": "", "too many cells": "a\n1\t2\n"} {
		if _, err := parseTable(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, _, err := (Row{"corners_tl_tr_br_bl": "1,2 3,4 5,6"}).corners(); err == nil {
		t.Error("three corners: no error")
	}
	if _, _, err := (Row{"corners_tl_tr_br_bl": "1,2 3,4 5,6 x,y"}).corners(); err == nil {
		t.Error("corners that are no numbers: no error")
	}
}

func TestAMissingTableIsNoError(t *testing.T) {
	if _, found, err := ReadTable(t.TempDir(), "frames.tsv"); found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestAskedOfARow(t *testing.T) {
	for format, want := range map[string]capture.Document{"TD3": capture.Passport, "MRVA": capture.Passport,
		"TD2": capture.IdentityCard, "": capture.IdentityCard} {
		if step, doc := (Row{"mrz_type": format}).asked(); doc != want || step != capture.DocumentFront {
			t.Errorf("%s: %s of %s", format, step, doc)
		}
	}
	if step, _ := (Row{"mrz_type": "TD1"}).asked(); step != capture.DocumentBack {
		t.Errorf("TD1: %s", step)
	}
}

func TestPicturesAreSentAsThePhoneWould(t *testing.T) {
	dir := t.TempDir()
	img := image.NewRGBA(image.Rect(0, 0, 3000, 1500))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "large.png"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := load(dir, "large.png")
	if err != nil {
		t.Fatal(err)
	}
	f, err := capture.NewPicture(p.jpeg)
	if err != nil || f.Width != 2560 || f.Height != 1280 {
		t.Errorf("a PNG of 3000 × 1500 is sent as %d × %d, %v", f.Width, f.Height, err)
	}
	near(t, "its scale", p.scale, 2560.0/3000, 1e-9)
	if err := os.WriteFile(filepath.Join(dir, "jpeg.png"), p.jpeg, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := load(dir, "jpeg.png")
	if err != nil || !bytes.Equal(again.jpeg, p.jpeg) || again.scale != 1 {
		t.Errorf("a JPEG by another name is not sent as it is: %v", err)
	}
	if _, err := load(dir, "absent.jpg"); err == nil {
		t.Error("a picture that is not there: no error")
	}
}

func TestUprightFollowsTheOrientation(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 3, 2))
	img.Set(0, 0, color.White)                                                      // the first stored pixel
	corner := map[int][2]int{1: {0, 0}, 2: {2, 0}, 3: {2, 1}, 4: {0, 1}, 5: {0, 0}, // EXIF 2.32, 4.6.4
		6: {1, 0}, 7: {1, 2}, 8: {0, 2}}
	for o, at := range corner {
		out := upright(img, o)
		if r, _, _, _ := out.At(at[0], at[1]).RGBA(); r == 0 {
			t.Errorf("orientation %d: the first pixel is not at %v of %v", o, at, out.Rect)
		}
	}
}
