package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/worker"
	"visavis/testkit"
)

const workerChild = "VISAVIS_TEST_WORKER"

// TestWorkerProcess is no test: the test below starts this binary again with it
// alone, to be the worker.
func TestWorkerProcess(t *testing.T) {
	if os.Getenv(workerChild) == "" {
		t.Log("nothing to do: this is the child of TestHostilePicturesThroughTheRealAnalyzer")
		return
	}
	var args []string
	if os.Getenv(workerChild) == insideSelfTest {
		args = []string{insideSelfTest}
	}
	if err := runWorker(context.Background(), args, system()); err != nil {
		t.Fatal(err)
	}
}

// modelsFolder is where scripts/setup.sh put the models.
func modelsFolder(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv(variable("models")); dir != "" {
		return dir
	}
	dir, err := filepath.Abs(filepath.Join("..", "..", "var", "models"))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// wantModels is modelsFolder for a test whose workers run as serve starts them.
func wantModels(t *testing.T) string {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector's memory does not fit into a worker's limits; scripts/test.sh runs this without it")
	}
	dir := modelsFolder(t)
	if _, err := os.Stat(dir); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "the models are missing; scripts/models.sh fetches them")
	}
	return dir
}

// realWorkers are worker processes with OpenCV, as serve starts them.
func realWorkers(t *testing.T, n int) *worker.Pool {
	t.Helper()
	p, err := worker.New(worker.Config{
		Command: []string{os.Args[0], "-test.run=^TestWorkerProcess$"}, N: n,
		Timeout: 30 * time.Second, // a machine that builds meanwhile
		Env:     []string{workerChild + "=1", variable("models") + "=" + modelsFolder(t)},
		// The race detector's own memory would not fit in; the limits have a test of
		// their own beside them.
		AddressSpace: worker.Unlimited, Data: worker.Unlimited,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// drawnCard is a JPEG of a light rectangle with noise on it.
func drawnCard(t *testing.T, width, height int) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		x, y := i%img.YStride, i/img.YStride
		img.Y[i] = 60
		if x > width/8 && x < width*7/8 && y > height/8 && y < height*7/8 {
			img.Y[i] = 180 + byte(r.IntN(40))
		}
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 120, 135
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Nothing that a stranger sends may cost a worker: it is refused before, refused
// by the decoder, or measured.
func TestHostilePicturesThroughTheRealAnalyzer(t *testing.T) {
	p := realWorkers(t, 1)
	good := drawnCard(t, 480, 360)
	scan := bytes.Index(good, []byte{0xFF, 0xDA}) + 14
	var grey bytes.Buffer
	if err := jpeg.Encode(&grey, image.NewGray(image.Rect(0, 0, 640, 480)), nil); err != nil {
		t.Fatal(err)
	}
	change := func(offset int, values ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[offset:], values)
		return b
	}
	size := bytes.Index(good, []byte{0xFF, 0xC0})
	pictures := map[string][]byte{
		"good": good, "grey": grey.Bytes(), "CMYK": cmykJPEG(good), "one pixel high": change(size+5, 0, 1), "one pixel wide": change(size+7, 0, 1), "tiny": drawnCard(t, 160, 90), "long": drawnCard(t, 1600, 90),
		"empty": nil, "text": []byte("a picture"), "png": []byte("\x89PNG\r\n\x1a\n"),
		"no end": good[:len(good)/2], "cut, with an end": append(bytes.Clone(good[:len(good)/2]), 0xFF, 0xD9),
		"a scan of one byte":    append(bytes.Clone(good[:scan+1]), 0xFF, 0xD9),
		"huge header":           change(size+5, 0xFF, 0xDC, 0xFF, 0xDC),
		"a little too tall":     change(size+5, 0x06, 0x40),
		"progressive in name":   change(size+1, 0xC2),
		"extended in name":      change(size+1, 0xC1),
		"sampling of 4":         change(size+11, 0x44),
		"a table that is not":   change(size+12, 3),
		"rotated":               rotated(good, 6),
		"mirrored":              rotated(good, 5),
		"half an EXIF":          append([]byte{0xFF, 0xD8, 0xFF, 0xE1, 0, 10, 'E', 'x', 'i', 'f', 0, 0, 'I', 'I'}, good[2:]...),
		"one size, then a huge": append(bytes.Clone(good[:size+19]), append([]byte{0xFF, 0xC0, 0, 17, 8, 0xFF, 0xDC, 0xFF, 0xDC}, good[size+9:]...)...),
	}
	if f, err := capture.NewFrame(capture.Selfie, capture.Preview, "", 1, time.Now(), pictures["CMYK"]); err != nil ||
		f.Components != 4 {
		t.Fatalf("the CMYK picture: %d components, %v", f.Components, err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 20 {
		b := bytes.Clone(good)
		for range 1 + r.IntN(20) {
			b[2+r.IntN(len(b)-4)] = byte(r.Uint32())
		}
		pictures["noise "+string(rune('A'+i))] = b
	}
	for name, b := range pictures {
		for _, step := range []capture.Step{capture.DocumentFront, capture.Selfie} {
			frame := capture.Frame{Step: step, Kind: capture.Preview, Document: capture.IdentityCard, JPEG: b,
				WantThumbnail: true}
			_, err := p.Analyze(t.Context(), frame)
			if errors.Is(err, capture.ErrBusy) {
				t.Errorf("%s as %s cost the worker: %v", name, step, err)
			}
			if name == "good" && step.IsDocument() && err != nil {
				t.Errorf("the good one: %v", err)
			}
		}
	}
	if s := p.Stats(); s.Restarts != 0 {
		t.Errorf("%+v, want no restart", s)
	}
}

// cmykJPEG is a picture of four components, each of one grey level, with the tables
// of another: Go writes none.
func cmykJPEG(other []byte) []byte {
	b := []byte("\xFF\xD8\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00\x00")
	for i := 2; other[i+1] != 0xDA; { // the tables; the frame's header is replaced
		next := i + 2 + int(binary.BigEndian.Uint16(other[i+2:]))
		if other[i+1] == 0xDB || other[i+1] == 0xC4 {
			b = append(b, other[i:next]...)
		}
		i = next
	}
	b = append(b, "\xFF\xC0\x00\x14\x08\x01\x68\x01\xE0\x04\x01\x11\x00\x02\x11\x00\x03\x11\x00\x04\x11\x00"...) // 480×360
	b = append(b, "\xFF\xDA\x00\x0E\x04\x01\x00\x02\x00\x03\x00\x04\x00\x00\x3F\x00"...)
	for range 60 * 45 { // four empty blocks of 8×8: no difference (00), end (1010), each
		b = append(b, 0x28, 0xA2, 0x8A)
	}
	return append(b, 0xFF, 0xD9)
}

// rotated puts an EXIF orientation into a JPEG.
func rotated(b []byte, orientation uint16) []byte {
	exif := []byte("\xFF\xE1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	exif = binary.LittleEndian.AppendUint16(exif, orientation)
	exif = append(exif, 0, 0, 0, 0, 0, 0)
	return bytes.Join([][]byte{b[:2], exif, b[2:]}, nil)
}

func TestWorkerAloneSaysSo(t *testing.T) {
	if err := runWorker(t.Context(), []string{"now"}, system()); err == nil {
		t.Error("an argument was taken")
	}
}
