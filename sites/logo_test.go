package sites

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

func drawn(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			m.Set(x, y, color.NRGBA{R: 200, A: 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withText adds a chunk of text before the picture's end, as a stranger would hide something.
func withText(file []byte) []byte {
	end := len(file) - 12
	chunk := append([]byte{0, 0, 0, 9}, "tEXtk\x00<script"...)
	return append(append(append([]byte{}, file[:end]...), append(chunk, 0x6d, 0x61, 0xe2, 0xc9)...), file[end:]...)
}

func TestALogoIsDrawnAnew(t *testing.T) {
	// One pixel of WebP enlarged would be below the least size: 16 × 16, lossless.
	webp, err := base64.StdEncoding.DecodeString("UklGRhwAAABXRUJQVlA4TA8AAAAvD8ADAAcQ/Y/+ByKi/wEA")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file          []byte
		width, height int
	}{
		"small":  {drawn(t, 64, 32), 64, 32},
		"large":  {drawn(t, 2000, 500), 480, 120},
		"high":   {drawn(t, 100, 1200), 10, 120},
		"WebP":   {webp, 16, 16},
		"thin":   {drawn(t, 2000, 16), 480, 4},
		"hidden": {append(drawn(t, 40, 40), "<svg onload=alert(1)>"...), 40, 40},
	} {
		l, err := NewLogo(c.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := png.DecodeConfig(bytes.NewReader(l.PNG))
		if err != nil || got.Width != c.width || got.Height != c.height || len(l.Hash) != 32 {
			t.Errorf("%s: %d×%d (%v), named %q; want %d×%d", name, got.Width, got.Height, err, l.Hash, c.width, c.height)
		}
		if bytes.Contains(l.PNG, []byte("alert")) {
			t.Errorf("%s: something of the file stays", name)
		}
	}
}

func TestALogoThatIsNoneIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"SVG":    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "PNG or WebP"},
		"empty":  {nil, "PNG or WebP"},
		"cut":    {drawn(t, 400, 400)[:60], "whole PNG or WebP"},
		"tiny":   {drawn(t, 15, 300), "15×300"},
		"wide":   {drawn(t, 2001, 20), "2001×20"},
		"long":   {make([]byte, LogoBytes+1), "524288 or fewer"},
		"JPEG":   {[]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), "PNG or WebP"},
		"badsum": {withText(drawn(t, 20, 20)), "PNG or WebP"},
	} {
		if _, err := NewLogo(c.file); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want something of %q", name, err, c.says)
		}
	}
}
