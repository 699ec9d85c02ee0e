package worker

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"visavis/capture"
)

// Workers that are killed in a loop cost the frames that they had, one each, and nothing else: every call is answered,
// with its measurements or busy, no session is blamed, and all workers are back.
func TestWorkersKilledInALoopLoseOneFrameEach(t *testing.T) {
	const kills, callers = 12, 4
	p := newPool(t, 2, func(cfg *Config) { cfg.Wait = 30 * time.Second })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var measured, lost atomic.Int64
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			asking := capture.WithAsker(context.WithoutCancel(ctx), asker(n, n))
			for i := 0; ctx.Err() == nil; i++ {
				switch _, err := p.Analyze(asking, another(t, seqGood, i%8)); {
				case err == nil:
					measured.Add(1)
				case errors.Is(err, capture.ErrBusy) && !errors.Is(err, capture.ErrOffender):
					lost.Add(1)
				default:
					t.Errorf("a caller got %v", err)
				}
			}
		})
	}
	for n := range kills {
		before := measured.Load()
		until(t, "somebody is served again", func() bool { return measured.Load() >= before+5 })
		pids := children(t)
		pid, err := strconv.Atoi(pids[n%len(pids)])
		if err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(pid, syscall.SIGKILL)
		until(t, "its supervisor notices", func() bool { return p.Stats().Restarts > uint64(n) })
	}
	stop()
	wg.Wait()
	t.Logf("%d killed: %d frames measured, lost were %d frames in flight", kills, measured.Load(), lost.Load())
	if lost.Load() > kills {
		t.Errorf("%d frames lost to %d kills, want one each at most", lost.Load(), kills)
	}
	soon(t, p)
}

// A worker that stops, as a hung one does, is found after its time: its frame is answered busy, the next is measured.
func TestAHungWorkerLosesItsFrame(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) { cfg.Wait = 30 * time.Second })
	if _, err := p.Analyze(t.Context(), picture(t, seqGood)); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(children(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = p.Analyze(capture.WithAsker(t.Context(), asker(1, 1)), picture(t, seqGood))
	if !errors.Is(err, capture.ErrBusy) {
		t.Errorf("the frame of a hung worker: %v, want ErrBusy", err)
	}
	t.Logf("found after %v; lost was one frame", time.Since(began).Round(10*time.Millisecond))
	if s := p.Stats(); s.Timeouts != 1 {
		t.Errorf("%+v, want one worker killed for its time", s)
	}
	soon(t, p)
}

// Strangers' sockets may take all descriptors: a worker that ends then is started again all the same.
func TestAWorkerRestartsWithoutDescriptors(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) { cfg.Wait = 30 * time.Second })
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	few := unix.Rlimit{Cur: 256, Max: old.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	var taken []*os.File
	defer func() {
		for _, f := range taken {
			_ = f.Close()
		}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
			t.Error(err)
		}
	}()
	pids := children(t)
	pid, err := strconv.Atoi(pids[0])
	if err != nil {
		t.Fatal(err)
	}
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		taken = append(taken, f)
	}
	if len(taken) == 0 {
		t.Fatal("no descriptor could be taken")
	}
	for n := range uint64(3) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		until(t, "its supervisor notices", func() bool { return p.Stats().Restarts > n })
		soon(t, p)
		for { // what the dead one gave back is taken too
			f, err := os.Open(os.DevNull)
			if err != nil {
				break
			}
			taken = append(taken, f)
		}
		pid = p.anyPID()
	}
}

// anyPID is an idle worker's process.
func (p *Pool) anyPID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.idle[0].cmd.Process.Pid
}
