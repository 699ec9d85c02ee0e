package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"visavis/capture"
	"visavis/capture/jpegtest"
	"visavis/capture/worker"
)

// cameras are pictures as phones, cameras and editors really write them.
func cameras(t *testing.T) map[string][]byte {
	t.Helper()
	base := jpegtest.Picture{Width: 480, Height: 360}
	whole := base.Bytes()
	app := func(marker byte, payload string) []byte { return jpegtest.Segment(marker, []byte(payload)) }
	before := func(segments ...[]byte) []byte {
		return slices.Concat(whole[:2], slices.Concat(segments...), whole[2:])
	}
	taken := map[string][]byte{
		"a thumbnail in EXIF":    before(app(jpegtest.APP1, "Exif\x00\x00"+string(whole[:3000]))),
		"a thumbnail in JFIF":    before(app(jpegtest.APP0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x02\x02"+strings.Repeat("rgb", 4))),
		"a colour profile":       before(app(0xE2, "ICC_PROFILE\x00\x01\x02"+strings.Repeat("p", 60_000)), app(0xE2, "ICC_PROFILE\x00\x02\x02"+strings.Repeat("p", 600))),
		"MPO":                    append(before(app(0xE2, "MPF\x00II*\x00\x08\x00\x00\x00")), whole...),
		"a gain map":             append(before(app(jpegtest.APP1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta hdrgm:Version=\"1.0\"/>"), app(0xE2, "MPF\x00II*\x00")), whole...),
		"a motion photo":         append(slices.Clone(whole), "\x00\x00\x00\x18ftypmp42"+strings.Repeat("video", 1000)...),
		"extended metadata":      before(slices.Repeat(app(jpegtest.APP1, "http://ns.adobe.com/xmp/extension/\x00"+strings.Repeat("x", 9000)), 20)),
		"CMYK of Photoshop":      jpegtest.Picture{Width: 480, Height: 360, Adobe: true, Sampling: [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}}.Bytes(),
		"extra bytes at the end": append(slices.Clone(whole[:len(whole)-2]), 0, 0, 0xFF, 0xD9, 0x0D, 0x0A),
	}
	for name, sampling := range map[string][][2]int{
		"4:2:0": nil, "4:4:4": {{1, 1}, {1, 1}, {1, 1}}, "4:2:2": {{2, 1}, {1, 1}, {1, 1}}, "4:4:0": {{1, 2}, {1, 1}, {1, 1}}, "grey": {{1, 1}},
		"4:1:1": {{4, 1}, {1, 1}, {1, 1}}, "4:1:0": {{4, 2}, {1, 1}, {1, 1}}, "2×2, 1×1, 1×2": {{2, 2}, {1, 1}, {1, 2}}, "2×2, 2×1, 1×1": {{2, 2}, {2, 1}, {1, 1}},
	} {
		for _, progressive := range []bool{false, true} {
			for _, restart := range []int{0, 8} {
				p := jpegtest.Picture{Width: 480, Height: 360, Sampling: sampling, Progressive: progressive, Restart: restart}
				taken[fmt.Sprintf("%s, progressive %v, restart %d", name, progressive, restart)] = p.Bytes()
			}
		}
	}
	return taken
}

// What cameras write is measured; what is no ordinary JPEG is refused in words that say what to do; and neither costs a
// worker.
func TestPicturesOfCameras(t *testing.T) {
	p := realWorkers(t, 1)
	for name, data := range cameras(t) {
		if _, err := analyze(t, p, capture.Preview, capture.DocumentFront, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	heic := "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
	for name, c := range map[string]struct {
		data          []byte
		code, say, do string
	}{
		"HEIC":    {[]byte(heic), "not-jpeg", "HEIC", "Most Compatible"},
		"AVIF":    {[]byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00"), "not-jpeg", "AVIF", "Most Compatible"},
		"WebP":    {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), "not-jpeg", "WebP", "save the picture as a JPEG"},
		"PNG":     {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), "not-jpeg", "PNG", "save the picture as a JPEG"},
		"12 bits": {jpegtest.Picture{Width: 480, Height: 360, Process: 0xC1, Bits: 12}.Bytes(), "bad-image", "12 bits", "of 8 bits"},
		"CMYK":    {jpegtest.Picture{Width: 480, Height: 360, Sampling: [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}}.Bytes(), "bad-image", "four channels", "as RGB"},
		"3:2":     {jpegtest.Picture{Width: 480, Height: 360, Sampling: [][2]int{{3, 1}, {2, 1}, {1, 1}}}.Bytes(), "bad-image", "2×1 of 3×1", "4:2:0"},
	} {
		_, err := analyze(t, p, capture.Preview, capture.DocumentFront, c.data)
		refused, ok := errors.AsType[*capture.FrameError](err)
		if !ok || refused.Code != c.code || !strings.Contains(refused.Measured, c.say) ||
			!strings.Contains(refused.Wanted, c.do) {
			t.Errorf("%s: %v, want %s that says %q and %q", name, err, c.code, c.say, c.do)
		}
	}
	if s := p.Stats(); s.Restarts > 0 {
		t.Errorf("%+v, want no worker lost", s)
	}
}

// A picture that ends in the middle is truncated wherever it was cut, though an end stands behind the cut. Half a
// picture was judged good before, with a third of it grey.
func TestACutPictureIsTruncatedByTheRealWorker(t *testing.T) {
	p := realWorkers(t, 1)
	for name, whole := range map[string][]byte{
		"of Go's encoder": drawnCard(t, 640, 480),
		"progressive":     jpegtest.Picture{Width: 640, Height: 480, Progressive: true}.Bytes(),
		"with intervals":  jpegtest.Picture{Width: 640, Height: 480, Restart: 40}.Bytes(),
	} {
		first := bytes.Index(whole, []byte{0xFF, jpegtest.SOS}) + 16
		for tenth := 1; tenth <= 9; tenth++ {
			cut := append(bytes.Clone(whole[:first+(len(whole)-first)*tenth/10]), 0xFF, jpegtest.EOI)
			_, err := analyze(t, p, capture.Still, capture.DocumentFront, cut)
			if refused, ok := errors.AsType[*capture.FrameError](err); !ok || refused.Code != "truncated" {
				t.Errorf("%s, cut at %d/10: %v, want truncated", name, tenth, err)
			}
		}
		if _, err := analyze(t, p, capture.Still, capture.DocumentFront, append(bytes.Clone(whole), "more"...)); err != nil {
			t.Errorf("%s, whole with bytes behind: %v", name, err)
		}
	}
}

// Each EXIF orientation turns the picture upright: the sides change places, and the outline is found where it is.
func TestEveryOrientationIsApplied(t *testing.T) {
	p := realWorkers(t, 1)
	card := drawnCard(t, 640, 480)
	for orientation := 1; orientation <= 8; orientation++ {
		m := measured(t, p, rotated(card, uint16(orientation)))
		width, height := 640, 480
		if orientation >= 5 {
			width, height = 480, 640
		}
		if m.Width != width || m.Height != height {
			t.Errorf("orientation %d: %d×%d, want %d×%d", orientation, m.Width, m.Height, width, height)
		}
	}
}

func measured(t *testing.T, p *worker.Pool, jpeg []byte) capture.Measurements {
	t.Helper()
	m, err := p.Analyze(t.Context(), capture.Frame{Step: capture.DocumentFront, Kind: capture.Preview,
		Document: capture.IdentityCard, JPEG: jpeg})
	if err != nil {
		t.Fatal(err)
	}
	return m
}
