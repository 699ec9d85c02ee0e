package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/capture"
)

// soon tries until a frame is measured: a worker that was lost is back then.
func soon(t *testing.T, p *Pool) {
	t.Helper()
	for range 100 {
		_, err := p.Analyze(t.Context(), picture(t, seqGood))
		if err == nil {
			return
		}
		if !errors.Is(err, capture.ErrBusy) {
			t.Fatal(err)
		}
	}
	t.Fatal("no worker came back")
}

func TestAnalyze(t *testing.T) {
	p := newPool(t, 1, nil)
	f := picture(t, seqGood)
	f.WantThumbnail = true
	m, err := p.Analyze(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if m.Width != 320 || m.Height != 240 || string(m.Thumbnail) != "thumbnail" || m.Document == nil ||
		m.Step != capture.DocumentFront {
		t.Errorf("%+v", m)
	}
	if m, err = p.Analyze(t.Context(), picture(t, seqGood)); err != nil || m.Thumbnail != nil {
		t.Errorf("without a thumbnail: %q, %v", m.Thumbnail, err)
	}
	f.Last = &capture.Sighting{Found: true, Corners: [4]capture.Point{{X: 1, Y: 2}, {X: -3.5}}, Look: []byte{0, 255}}
	if m, err = p.Analyze(t.Context(), f); err != nil || m.Document.Corners != f.Last.Corners ||
		!bytes.Equal(m.Document.Look, f.Last.Look) {
		t.Errorf("of the preview before the worker was told %v, %v, %v", m.Document, m.Document.Look, err)
	}
	if f.Moving = true; m.Face != nil {
		t.Errorf("a head that was not asked to move: %+v", m.Face)
	}
	if m, err = p.Analyze(t.Context(), f); err != nil || m.Face == nil {
		t.Errorf("the worker was not told that the head moves: %v", err)
	}
	if s := p.Stats(); s.Frames != 4 || s.Restarts != 0 || s.Busy != 0 || s.Workers != 1 {
		t.Errorf("%+v", s)
	}
}

// All of a frame crosses to a worker but its bytes, which follow, and what only workers ask.
func TestAFrameCrossesWhole(t *testing.T) {
	f := picture(t, seqGood)
	f.Seq, f.Document, f.Orientation, f.Progressive, f.Components = 7, capture.Passport, 6, true, 3
	f.WantThumbnail, f.Moving, f.Last = true, true, &capture.Sighting{Found: true}
	for at := range reflect.TypeFor[capture.Frame]().NumField() {
		name := reflect.TypeFor[capture.Frame]().Field(at).Name
		if name != "PlaceOnly" && reflect.ValueOf(f).Field(at).IsZero() {
			t.Errorf("%s is not tried here", name)
		}
	}
	if got := infoOf(f).frame(f.JPEG); !reflect.DeepEqual(got, f) {
		t.Errorf("%+v, want %+v", got, f)
	}
}

func TestALostWorkerCostsOneFrame(t *testing.T) {
	for _, c := range []struct {
		name    string
		seq     uint32
		timeout bool
	}{
		{"a native abort", seqCrash, false},
		{"a frame that takes for ever", seqSleep, true},
		{"a frame that keeps a core busy for ever", seqSpin, true},
		{"an answer of garbage", seqGarbage, false},
		{"an answer to another question", seqOutOfTurn, false},
		{"memory without end", seqAllocate, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.seq == seqAllocate && raceEnabled {
				t.Skip("the race detector needs more memory than a worker may have; scripts/test.sh runs this without it")
			}
			p := newPool(t, 1, func(cfg *Config) {
				if c.timeout {
					cfg.Timeout = 300 * time.Millisecond
				}
			})
			if _, err := p.Analyze(t.Context(), picture(t, c.seq)); !errors.Is(err, capture.ErrBusy) {
				t.Fatalf("got %v, want ErrBusy", err)
			}
			soon(t, p)
			s := p.Stats()
			if s.Restarts != 1 || (s.Timeouts == 1) != c.timeout || s.Waited != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestKillOfAnIdleWorkerCostsNothing(t *testing.T) {
	p := newPool(t, 2, nil)
	pid := children(t)[0]
	if err := exec.Command("kill", "-9", pid).Run(); err != nil {
		t.Fatal(err)
	}
	until(t, "its supervisor notices", func() bool { return p.Stats().Restarts > 0 })
	for range 4 {
		if _, err := p.Analyze(t.Context(), picture(t, seqGood)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestManyDeathsInARow(t *testing.T) {
	p := newPool(t, 2, nil)
	for i := range 6 {
		f := another(t, seqCrash, i)
		if _, err := p.Analyze(t.Context(), f); !errors.Is(err, capture.ErrBusy) {
			t.Fatalf("got %v, want ErrBusy", err)
		}
	}
	soon(t, p)
}

// A frame that cannot be told to a worker costs none, whoever sends it again and again.
func TestAFrameThatCannotBeToldCostsNoWorker(t *testing.T) {
	p := newPool(t, 1, nil)
	f := picture(t, seqGood)
	f.CapturedAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 3 {
		if _, err := p.Analyze(t.Context(), f); !errors.Is(err, errEncode) || errors.Is(err, capture.ErrBusy) {
			t.Fatalf("the year 10000: %v", err)
		}
	}
	if _, err := p.Analyze(t.Context(), picture(t, seqGood)); err != nil {
		t.Error(err)
	}
	if s := p.Stats(); s.Restarts != 0 || s.Frames != 1 || s.Workers != 1 {
		t.Errorf("%+v", s)
	}
}

func TestAnswersThatKeepTheWorker(t *testing.T) {
	p := newPool(t, 1, nil)
	_, err := p.Analyze(t.Context(), picture(t, seqRefuse))
	var refused *capture.FrameError
	if !errors.As(err, &refused) || refused.Code != "bad-image" || refused.Wanted != "a picture" {
		t.Errorf("refused: %v", err)
	}
	if _, err = p.Analyze(t.Context(), picture(t, seqFault)); err == nil || errors.Is(err, capture.ErrBusy) ||
		!strings.Contains(err.Error(), "model gone") {
		t.Errorf("a fault: %v", err)
	}
	if _, err = p.Analyze(t.Context(), picture(t, seqBusy)); !errors.Is(err, capture.ErrBusy) {
		t.Errorf("busy: %v", err)
	}
	if s := p.Stats(); s.Restarts != 0 || s.Frames != 3 {
		t.Errorf("%+v", s)
	}
}

func TestAHugeHeaderNeverReachesAWorker(t *testing.T) {
	p := newPool(t, 1, nil)
	f := picture(t, seqCrash) // would kill the worker
	bomb := bytes.Clone(f.JPEG)
	i := bytes.Index(bomb, []byte{0xFF, 0xC0})
	copy(bomb[i+5:], []byte{0xFF, 0xDC, 0xFF, 0xDC}) // 65500×65500
	f.JPEG = bomb                                    // whoever made this frame did not check it
	_, err := p.Analyze(t.Context(), f)
	var refused *capture.FrameError
	if !errors.As(err, &refused) || refused.Code != "bad-size" {
		t.Errorf("got %v, want bad-size", err)
	}
	if s := p.Stats(); s.Frames != 0 || s.Restarts != 0 {
		t.Errorf("%+v, want no worker asked", s)
	}
}

func TestTheServersSecretsStayWithTheServer(t *testing.T) {
	t.Setenv("VISAVIS_SECRET", "hush-hush")
	p := newPool(t, 1, nil)
	_, err := p.Analyze(t.Context(), picture(t, seqEnvironment))
	if err == nil || strings.Contains(err.Error(), "hush-hush") || !strings.Contains(err.Error(), "OMP_THREAD_LIMIT=1") {
		t.Errorf("the worker's environment: %v", err)
	}
}

func TestTheWaitForAWorkerEnds(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) { cfg.Timeout, cfg.Wait = time.Minute, 50*time.Millisecond })
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = p.Analyze(context.Background(), picture(t, seqSleep)) })
	until(t, "a worker has the frame", func() bool { return p.Stats().Busy > 0 })
	if _, err := p.Analyze(t.Context(), picture(t, seqGood)); !errors.Is(err, capture.ErrBusy) {
		t.Errorf("after the wait: %v, want ErrBusy", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Analyze(ctx, picture(t, seqGood)); !errors.Is(err, capture.ErrBusy) ||
		!errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v, want ErrBusy and Canceled", err)
	}
	if err := p.Close(); err != nil { // ends the frame on its way too
		t.Error(err)
	}
	wg.Wait()
	if _, err := p.Analyze(t.Context(), picture(t, seqGood)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
}

// Under more phones than workers serve, previews that wait too long make way for newer ones; stills and the previews of
// a few phones wait on.
func TestPreviewsThatAreTooManyAreAnsweredSoon(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) {
		cfg.Timeout, cfg.Wait, cfg.PreviewWait = time.Minute, time.Minute, 50*time.Millisecond
	})
	waiting := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.queue.root.pending
	}
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = p.Analyze(context.Background(), picture(t, seqSleep)) })
	until(t, "a worker has the frame", func() bool { return p.Stats().Busy > 0 })
	for i, work := range []class{classStill, classPreview, classPreview} {
		wg.Go(func() {
			if _, _, err := p.take(context.Background(), work, capture.Asker{}); !errors.Is(err, ErrClosed) {
				t.Errorf("one of a few: %v, want ErrClosed, at the end", err)
			}
		})
		until(t, fmt.Sprintf("%d wait", i+1), func() bool { return waiting() == i+1 })
	}
	_, err := p.Analyze(t.Context(), picture(t, seqGood))
	if !errors.Is(err, capture.ErrBusy) || !strings.Contains(err.Error(), "within 50ms") {
		t.Errorf("one too many: %v, want ErrBusy within 50ms", err)
	}
	if n := waiting(); n != 3 {
		t.Errorf("%d wait, want the still and two previews", n)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

func TestAWorkerThatCannotStartSaysWhy(t *testing.T) {
	cfg := Config{Command: []string{os.Args[0]}, N: 2, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	cfg.Env = []string{childEnv + "=dead"}
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "no models here") {
		t.Errorf("got %v, want its last words", err)
	}
	cfg.Env, cfg.StartTimeout = []string{childEnv + "=silent"}, 100*time.Millisecond
	if _, err := New(cfg); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want a timeout", err)
	}
	cfg.Command = []string{filepath.Join(t.TempDir(), "nothing")}
	if _, err := New(cfg); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want not found", err)
	}
	if _, err := New(Config{}); err == nil {
		t.Error("a pool without a command was made")
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("processes left: %v", left)
	}
}

func TestAWorkerThatIsStarvedIsNotKilled(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) { cfg.Timeout = 300 * time.Millisecond })
	if _, err := p.Analyze(t.Context(), picture(t, seqStarved)); err != nil {
		t.Errorf("%v after %+v", err, p.Stats())
	}
}

func TestWhoWaitsForAProcessorIsRunnable(t *testing.T) {
	if !runnable(os.Getpid()) { // this very thread runs
		t.Error("this process does not run")
	}
	p := newPool(t, 1, func(*Config) {})
	if _, err := p.Analyze(t.Context(), picture(t, seqGood)); err != nil {
		t.Fatal(err)
	}
	for _, child := range children(t) { // waiting for a request, it sleeps
		pid, err := strconv.Atoi(child)
		if err != nil {
			t.Fatal(err)
		}
		until(t, fmt.Sprintf("process %d sleeps", pid), func() bool { return !runnable(pid) })
	}
}

func TestManyCallersAtOnce(t *testing.T) {
	p := newPool(t, 2, func(cfg *Config) { cfg.Wait = 20 * time.Second })
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			seq := uint32(seqGood)
			if i%10 == 3 {
				seq = seqCrash
			}
			f := another(t, seq, i/10)
			_, err := p.Analyze(t.Context(), f)
			if (err != nil) != (seq == seqCrash) {
				t.Errorf("seq %d: %v", seq, err)
			}
		})
	}
	wg.Wait()
	if s := p.Stats(); s.Frames != 36 || s.Busy != 0 {
		t.Errorf("%+v, want 36 frames and nobody busy", s)
	}
}

// The time that the process border adds to a frame of 100 kB.
func BenchmarkOverhead(b *testing.B) {
	p := newPool(b, 1, nil)
	f := picture(b, seqGood)
	at := bytes.Index(f.JPEG, []byte{0xFF, 0xDB}) // comments before the tables make it as long as a real one
	comment := append([]byte{0xFF, 0xFE, 0xC3, 0x50}, make([]byte, 0xC350-2)...)
	f.JPEG = bytes.Join([][]byte{f.JPEG[:at], comment, comment, f.JPEG[at:]}, nil)
	b.SetBytes(int64(len(f.JPEG)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Analyze(context.Background(), f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "worker_overhead_ms")
}
