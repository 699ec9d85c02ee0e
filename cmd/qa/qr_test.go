package main

import (
	"image"
	"image/draw"
	"testing"

	"visavis/server/live"
)

// Every code is read, also those in whose squares a search finds a corner that is none.
func TestEveryCodeIsRead(t *testing.T) {
	for _, link := range []string{
		"https://127.0.0.1:35481/p#SPECIMEN-0000000550564", // missed by gozxing's search
		"https://127.0.0.1:35481/p#SPECIMEN-0000004040100", // missed by gozxing's search
		"https://127.0.0.1:35481/p#SPECIMEN-0000000000001",
		"https://visavis.example/p#SPECIMEN",
	} {
		svg, err := live.QRCode(link)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readQR(svg); err != nil || got != link {
			t.Errorf("SVG: got %q, %v, want %q", got, err, link)
		}
		code, err := drawSVG(svg)
		if err != nil {
			t.Fatal(err)
		}
		for name, ground := range map[string]image.Image{"light": image.White, "dark": image.Black} {
			page := image.NewGray(image.Rect(0, 0, 900, 700))
			draw.Draw(page, page.Bounds(), ground, image.Point{}, draw.Src)
			draw.Draw(page, code.Bounds().Add(image.Pt(200, 100)), code, image.Point{}, draw.Src)
			if got, err := decodeQR(page); err != nil || got != link {
				t.Errorf("%s page: got %q, %v, want %q", name, got, err, link)
			}
		}
	}
}
