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
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"visavis/capture"
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
	return Serve(capture.AnalyzerFunc(func(_ context.Context, f capture.Frame) (capture.Measurements, error) {
		return behave(f, out)
	}), in, out)
}

func behave(f capture.Frame, out io.Writer) (capture.Measurements, error) {
	switch f.Seq {
	case seqCrash:
		_ = syscall.Kill(os.Getpid(), syscall.SIGABRT)
		select {}
	case seqSleep:
		time.Sleep(time.Hour)
	case seqSpin:
		for i := 0; ; i++ {
		}
	case seqStarved: // takes longer than its timeout on the wall, for want of a processor
		for range 20 {
			for began := time.Now(); time.Since(began) < 5*time.Millisecond; {
			}
			time.Sleep(25 * time.Millisecond)
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
	m := capture.Measurements{Width: f.Width, Height: f.Height, Document: &capture.DocumentMeasurements{Found: true, Print: make([]byte, 64)}}
	if f.WantThumbnail {
		m.Thumbnail = []byte("thumbnail")
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

func picture(t testing.TB, seq uint32) capture.Frame {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 320, 240))
	for i := range img.Pix {
		img.Pix[i] = byte(i + 31*int(seq))
	}
	img.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	f, err := capture.NewFrame(capture.DocumentFront, capture.Preview, capture.IdentityCard, seq, time.Unix(1_800_000_000, 0), b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return f
}
