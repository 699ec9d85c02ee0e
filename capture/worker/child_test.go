package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"visavis/capture"
	"visavis/identity"
)

// What the child of these tests does with a frame, by its seq.
const (
	seqGood = iota
	seqCrash
	seqSleep
	seqAllocate
	seqGarbage
	seqRefuse
	seqFault
	seqBusy
	seqEnvironment
	seqOutOfTurn
	seqSpin
	seqStarved
)

const childEnv = "VISAVIS_TEST_CHILD"

// TestMain turns the test binary into a worker when the tests start it as one.
func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "dead":
		fmt.Fprintln(os.Stderr, "no models here")
		os.Exit(3)
	case "silent":
		time.Sleep(time.Hour)
	}
	if err := serveChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serveChild() error {
	if err := Confine(); err != nil {
		return err
	}
	in, out := Files()
	measure := capture.AnalyzerFunc(func(_ context.Context, f capture.Frame) (capture.Measurements, error) {
		return behave(f, out)
	})
	if os.Getenv(childEnv) == "measures only" {
		return Serve(measure, nil, in, out)
	}
	return Serve(reader{measure}, nil, in, out)
}

// reader is an analyzer that reads too. What it does, the picture says: the
// brightness of its first pixel is a seq.
type reader struct{ capture.AnalyzerFunc }

func (r reader) do(jpegs ...[]byte) (width int, err error) {
	for _, b := range jpegs {
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			return 0, err
		}
		width = 100*width + img.Bounds().Dx()
		level, _, _, _ := img.At(0, 0).RGBA()
		seq := (level>>8 + levels/2) / levels
		if _, err := r.Analyze(context.Background(), capture.Frame{Seq: seq}); err != nil {
			return 0, err
		}
	}
	return width, nil
}

func (r reader) ReadFields(_ context.Context, q identity.FieldRequest) (identity.PrintedSide, error) {
	width, err := r.do(q.JPEG)
	return identity.PrintedSide{Kind: q.Kind, Words: width, Fields: []identity.Field{
		{Name: identity.FieldSurname, Text: string(q.Side)}}}, err
}

func (r reader) ReadZone(_ context.Context, q identity.ZoneRequest) (identity.ZoneReading, error) {
	width, err := r.do(q.JPEG)
	z := identity.ZoneReading{LetterHeight: float64(width), Confidence: 0.5, Recognised: []string{"I<"}}
	z.Status, z.Changes = identity.Corrected, []identity.Change{{Line: 1, At: 2, From: 'O', To: '0'}}
	if q.Line {
		z.Confidence = math.NaN()
	}
	return z, err
}

func (r reader) CompareFaces(_ context.Context, p identity.FacePair) (identity.FaceScore, error) {
	width, err := r.do(p.A, p.B)
	return identity.FaceScore{Score: float64(width), FoundA: true}, err
}

func behave(f capture.Frame, out io.Writer) (capture.Measurements, error) {
	switch f.Seq {
	case seqCrash:
		_ = syscall.Kill(os.Getpid(), syscall.SIGABRT)
		// Not an empty select: the runtime would find a deadlock at the same moment, and
		// two fatal errors at once may wait for each other.
		time.Sleep(time.Hour)
	case seqSleep:
		time.Sleep(time.Hour)
	case seqSpin:
		for i := 0; ; i++ {
		}
	case seqStarved: // takes longer than its timeout on the wall, for want of a processor
		for range 8 {
			for began := time.Now(); time.Since(began) < 30*time.Millisecond; {
			}
			time.Sleep(50 * time.Millisecond)
		}
	case seqAllocate:
		b := make([]byte, 2<<30)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
	case seqGarbage:
		_, _ = out.Write(bytes.Repeat([]byte("garbage "), 100))
	case seqOutOfTurn:
		_ = writeMessage(out, answer{Op: opAnalyze, ID: 99}, nil)
	case seqRefuse:
		return capture.Measurements{}, &capture.FrameError{Code: "bad-image", Measured: "noise", Wanted: "a picture"}
	case seqFault:
		return capture.Measurements{}, errors.New("model gone")
	case seqBusy:
		return capture.Measurements{}, fmt.Errorf("later: %w", capture.ErrBusy)
	case seqEnvironment:
		return capture.Measurements{}, errors.New(strings.Join(os.Environ(), " "))
	}
	m := capture.Measurements{Width: f.Width, Height: f.Height, Document: &capture.DocumentMeasurements{
		Found: true, Print: make([]byte, 64)}}
	if f.WantThumbnail {
		m.Thumbnail = []byte("thumbnail")
	}
	if f.Last != nil {
		m.Document.Corners, m.Document.Look = f.Last.Corners, f.Last.Look
	}
	if f.Moving {
		m.Face = &capture.FaceMeasurements{Count: 1}
	}
	return m, nil
}

func newPool(t testing.TB, n int, change func(*Config)) *Pool {
	t.Helper()
	cfg := Config{
		Command: []string{os.Args[0]}, N: n, Env: []string{childEnv + "=1"},
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if raceEnabled {
		cfg.AddressSpace, cfg.Data = Unlimited, Unlimited // the detector maps terabytes
	}
	if change != nil {
		change(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if left := children(t); len(left) > 0 {
			t.Errorf("processes left: %v", left)
		}
	})
	return p
}

// until waits for what a busy machine may do late.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for late := time.After(time.Minute); !done(); {
		select {
		case <-time.After(time.Millisecond):
		case <-late:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// children are the processes whose parent is this test, dead ones included.
func children(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(files) == 0 {
		t.Skip("skipped: this system does not list children")
	}
	var pids []string
	for _, f := range files {
		b, _ := os.ReadFile(f) // a thread may be gone meanwhile
		pids = append(pids, strings.Fields(string(b))...)
	}
	return pids
}

// levels are the grey levels from one seq to the next in a small picture.
const levels = 16

// small is a grey JPEG, too small for a frame, that tells a reader what to do.
func small(t testing.TB, width int, seq uint32) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, 16))
	for i := range img.Pix {
		img.Pix[i] = byte(levels * seq)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func picture(t testing.TB, seq uint32) capture.Frame { return another(t, seq, 0) }

// another is a picture that tells the child the same and shows something else.
func another(t testing.TB, seq uint32, n int) capture.Frame {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 320, 240))
	for i := range img.Pix {
		img.Pix[i] = byte(i%8 + 16*int(seq))
		if i/320/15 == n {
			img.Pix[i] = 255
		}
	}
	img.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	f, err := capture.NewFrame(capture.DocumentFront, capture.Preview, capture.IdentityCard, seq,
		time.Unix(1_800_000_000, 0), b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return f
}
