package main

import (
	"image"
	"image/draw"
	"strings"
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

// What is no code is said at once, however large it says it is.
func TestAnSVGThatIsNoCode(t *testing.T) {
	for svg, want := range map[string]string{
		``: "0 dark squares", `<rect width="1" height="1"/>`: "0 dark squares", `<svg viewBox="0 0 9 9"/>`: "0 dark squares",
		`<svg viewBox="0 0 9"/>`: "four numbers", `<svg viewBox="0 0 NaN 9"/>`: "400 modules",
		`<svg viewBox="0 0 9 4000"/>`: "400 modules", `<svg viewBox="0 0 9 -9"/>`: "400 modules",
		`<svg viewBox="0 0 9 9"><rect fill="white" width="9" height="9"/></svg>`: "0 dark squares",
	} {
		if _, err := drawSVG(svg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", svg, err, want)
		}
	}
	img, err := drawSVG(`<svg viewBox="0 0 9 9"><rect x="8" width="1e15" height="1e15"/><path d="M0 0h-1v1h1z"/></svg>`)
	if err != nil {
		t.Fatal(err)
	}
	for at, dark := range map[image.Point]bool{{X: 80}: true, {X: 89, Y: 89}: true, {X: 79}: false, {}: false} {
		if r, _, _, _ := img.At(at.X, at.Y).RGBA(); (r == 0) != dark {
			t.Errorf("at %v: %d", at, r)
		}
	}
}
