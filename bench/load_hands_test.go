package main

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/capture/opencv"
	"visavis/qa/hands"
	"visavis/specimen"
	"visavis/testkit"
)

// sized is a plain picture. Its width tells the fakes of these tests what it shows.
func sized(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, 200)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What the pictures of a width show.
const (
	showsNothing = 320
	showsGood    = 328
	goodIfHeld   = 336 // where the preview before is known
)

var fakeSight = capture.AnalyzerFunc(func(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
	if f.Width == showsGood || f.Width == goodIfHeld && f.Last != nil {
		return capturetest.GoodAnalysis(ctx, f)
	}
	nothing := &capture.DocumentMeasurements{}
	return capture.Measurements{Width: f.Width, Height: f.Height, Step: f.Step, Document: nothing}, nil
})

// asksFor is how often the server asks one phone for a still that shows a sequence some times.
func asksFor(t *testing.T, a capture.Analyzer, s hands.Sequence, times int) (asked int) {
	t.Helper()
	w, err := newWatcher(a, s.Document)
	if err != nil {
		t.Fatal(err)
	}
	for range times {
		for _, data := range s.Pictures {
			out, _, err := w.look(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			if out.RequestStill {
				asked++
			}
		}
	}
	return asked
}

func TestASequenceIsNeverAskedAStillFor(t *testing.T) {
	for name, test := range map[string]struct {
		shown []int
		kept  int
	}{
		"nothing good": {[]int{320, 320, 320}, 3},
		"good at the end": {
			[]int{320, 320, 320, showsGood, showsGood, showsGood, showsGood}, 5,
		},
		"good when held": {
			[]int{320, 320, goodIfHeld, goodIfHeld, goodIfHeld, goodIfHeld, goodIfHeld, 320, goodIfHeld}, 5,
		},
		"good all the time": {[]int{showsGood, showsGood, showsGood, showsGood, showsGood}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := hands.Sequence{Name: "identity-card-1", Document: "identity-card"}
			for _, width := range test.shown {
				s.Pictures = append(s.Pictures, sized(t, width))
			}
			kept, err := quiet(t.Context(), fakeSight, s)
			if err != nil {
				t.Fatal(err)
			}
			if len(kept.Pictures) != test.kept {
				t.Errorf("%d pictures are kept, want %d", len(kept.Pictures), test.kept)
			}
			if len(kept.Pictures) < leastSequence && name == "good all the time" {
				return // too short to be shown
			}
			if n := asksFor(t, fakeSight, kept, 5); n > 0 {
				t.Errorf("%d stills are asked for", n)
			}
		})
	}
}

func TestGuidedPreviewsAreCutIntoTheHandsThatShowedThem(t *testing.T) {
	var frames []capture.Frame
	began := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	for hand, n := range []int{5, longestSequence + 3, 7} {
		for i := range n {
			frames = append(frames, capture.Frame{
				Step: capture.DocumentFront, Document: capture.Passport,
				CapturedAt: began.Add(time.Duration(i) * 250 * time.Millisecond), JPEG: []byte{byte(hand), byte(i)},
			})
		}
	}
	all := guidedSequences(frames)
	for i, want := range []int{5, longestSequence, 3, 7} {
		if i >= len(all) || len(all[i].Pictures) != want {
			t.Fatalf("%d sequences, the %d. of which has not %d pictures", len(all), i, want)
		}
		if _, err := hands.New(all[i].Name, [][]byte{{0xff, 0xd8}}); err != nil || all[i].Document != "passport" {
			t.Errorf("%s of %s: %v", all[i].Name, all[i].Document, err)
		}
	}
	if len(all) != 4 || all[2].Pictures[0][1] != longestSequence || all[3].Pictures[0][0] != 2 {
		t.Errorf("%d sequences, begun by %v and %v", len(all), all[2].Pictures[0], all[3].Pictures[0])
	}
}

// A composed preview is held for a moment: its pictures differ, and are of one size.
func TestAComposedPreviewIsHeldByAHand(t *testing.T) {
	frame, err := capture.NewFrame(capture.DocumentFront, capture.Preview, capture.Passport, 1, time.Time{}, textured(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := composedSequence(previewGroup{name: "wrong", frames: []capture.Frame{frame, frame}})
	if err != nil || s.Name != "passport-composed-wrong" || len(s.Pictures) != 2*composedHeld {
		t.Fatalf("%s of %d pictures, %v", s.Name, len(s.Pictures), err)
	}
	different := map[string]bool{}
	for _, data := range s.Pictures {
		c, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width != 320-16 || c.Height != 200-16 {
			t.Errorf("%d × %d, %v", c.Width, c.Height, err)
		}
		different[string(data)] = true
	}
	if len(different) < composedHeld {
		t.Errorf("%d different pictures of %d", len(different), len(s.Pictures))
	}
}

// textured is a picture in which every shift is seen.
func textured(t *testing.T) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 320, 200))
	for i := range img.Pix {
		img.Pix[i] = byte(i%320 + i/320*3)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The cost of a verdict is the mean over what the phones show, and a core's share what remains of it.
func TestAVerdictIsComparedWithTheBareAnalyzerOnTheSamePictures(t *testing.T) {
	h := &shownHands{
		show: hands.Show{
			{Name: "passport-1", Document: "passport", Pictures: make([][]byte, 10)},
			{Name: "passport-2", Document: "passport", Pictures: make([][]byte, 20)},
		},
		costs: []handCost{{8 * time.Millisecond, 9 * time.Millisecond}, {16 * time.Millisecond, 27 * time.Millisecond}},
	}
	figures := map[string]float64{}
	h.compare(figures, 4, shownFigures{Previews: 300}, spent{900 * time.Millisecond, 3600 * time.Millisecond})
	for name, want := range map[string]float64{
		"bare_verdict_cpu_ms": 12, "bare_single_verdict_cpu_ms": 18, "verdict_cpu_ms": 15,
		"verdict_server_cpu_ms": 3, "verdict_workers_cpu_ms": 12,
		"frames_per_second_per_core": 1000.0 / 15, "frames_per_core_ratio": 0.8, "sequences_shown": 2, "pictures_shown": 30,
	} {
		if math.Abs(figures[name]-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, figures[name], want)
		}
	}
	var none *shownHands
	none.compare(figures, 4, shownFigures{}, spent{})
}

// Hands that "qa load" draws by itself are judged, and none of their previews is asked a still for.
func TestDrawnHandsAreNeverAskedAStillFor(t *testing.T) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	models := cmp.Or(os.Getenv("VISAVIS_MODELS"), filepath.Join("..", "var", "models"))
	if _, err := os.Stat(filepath.Join(models, "fr_detect.onnx")); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "models are absent, run scripts/models.sh: %v", err)
	}
	a, err := opencv.New(opencv.Config{ModelDir: models})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	show, err := hands.Draw(t.Context(), assets)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range show {
		if n := asksFor(t, a, s, 2); n > 0 {
			t.Errorf("%s: %d stills are asked for", s.Name, n)
		}
	}
}
