package opencv

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"testing"
	"time"

	"visavis/capture"
)

// hostileFrames are frames that passed no header check, or a forged one.
func hostileFrames(t testing.TB) map[string]capture.Frame {
	t.Helper()
	encode := func(img image.Image) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, nil); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := plainScene().jpeg(t, capture.Preview)
	frame := func(data []byte, w, h int) capture.Frame {
		return capture.Frame{Step: capture.DocumentFront, Kind: capture.Preview, JPEG: data, Width: w, Height: h,
			Orientation: 1}
	}
	flat := image.NewGray(image.Rect(0, 0, 640, 480))
	noisy := image.NewGray(image.Rect(0, 0, 320, 240))
	for i := range noisy.Pix {
		noisy.Pix[i] = uint8(i * 7919 >> 3)
	}
	line := image.NewRGBA(image.Rect(0, 0, 1, 900))
	dot := image.NewRGBA(image.Rect(0, 0, 1, 1))
	dot.SetRGBA(0, 0, color.RGBA{255, 0, 0, 255})
	flipped := bytes.Clone(good.JPEG)
	for i := 700; i < len(flipped); i += 97 {
		flipped[i] ^= 0x55
	}
	out := map[string]capture.Frame{
		"empty":              frame(nil, 640, 480),
		"text":               frame([]byte("not a picture at all"), 640, 480),
		"cut short":          frame(good.JPEG[:len(good.JPEG)/3], 1280, 960),
		"only a start":       frame(good.JPEG[:20], 1280, 960),
		"bits flipped":       frame(flipped, 1280, 960),
		"grey and flat":      frame(encode(flat), 640, 480),
		"noise":              frame(encode(noisy), 320, 240),
		"one pixel wide":     frame(encode(line), 1, 900),
		"one pixel":          frame(encode(dot), 1, 1),
		"another size said":  frame(good.JPEG, 160, 4000),
		"unknown turn":       frame(good.JPEG, 1280, 960),
		"two pixels by four": frame(encode(image.NewGray(image.Rect(0, 0, 2, 4))), 2, 4),
	}
	f := out["unknown turn"]
	f.Orientation = 77
	out["unknown turn"] = f
	return out
}

// TestHostileFramesDoNotEndTheProcess analyzes them in a child, since a failed
// assertion of OpenCV would take this process with it.
func TestHostileFramesDoNotEndTheProcess(t *testing.T) {
	const name = "VISAVIS_HOSTILE_CHILD"
	if os.Getenv(name) != "" {
		analyzeHostile(t)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHostileFramesDoNotEndTheProcess$", "-test.v")
	child.Env = append(os.Environ(), name+"=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	if !bytes.Contains(out, []byte("hostile frames survived")) {
		t.Fatalf("the child did not reach its end:\n%s", out)
	}
}

func analyzeHostile(t *testing.T) {
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range hostileFrames(t) {
		for orientation := 1; orientation <= 8; orientation++ {
			if f.Orientation != 77 {
				f.Orientation = orientation
			}
			f.WantThumbnail = true
			m, err := a.Analyze(t.Context(), f)
			t.Logf("%s, turned %d: found %v, error %v", name, orientation, m.Document != nil && m.Document.Found, err)
		}
	}
	t.Log("hostile frames survived")
}
