package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/jpegtest"
	"visavis/capture/worker"
)

// analyze lets a worker look at bytes as a kind of frame and tells what it cost.
func analyze(t *testing.T, p *worker.Pool, kind capture.Kind, step capture.Step, jpeg []byte) (time.Duration, error) {
	t.Helper()
	before := p.Stats().Used
	f := capture.Frame{Step: step, Kind: kind, Document: capture.IdentityCard, JPEG: jpeg, WantThumbnail: true}
	_, err := p.Analyze(t.Context(), f)
	return p.Stats().Used - before, err
}

// mostOfAFrame is the processor time of one frame, in times of an ordinary one on the same machine: a bound that
// holds however fast that is.
const mostOfAFrame = 8

// Whatever a JPEG holds, it costs a worker a bounded time: structures that ask for more are refused before one sees
// them, the heaviest that are taken cost a few times an ordinary frame.
func TestHostileStructuresCostBoundedTime(t *testing.T) {
	p := realWorkers(t, 1)
	ordinary := time.Duration(0)
	for range 3 {
		cost, err := analyze(t, p, capture.Preview, capture.DocumentFront, drawnCard(t, 1280, 720))
		if err != nil {
			t.Fatal(err)
		}
		ordinary = max(ordinary, cost)
	}
	limit := mostOfAFrame * ordinary
	t.Logf("an ordinary preview costs %v", ordinary)
	storms := jpegtest.Storms()
	for _, name := range slices.Sorted(maps.Keys(storms)) {
		cost, err := analyze(t, p, capture.Preview, capture.DocumentFront, storms[name])
		if _, refused := errors.AsType[*capture.FrameError](err); !refused || cost > 0 {
			t.Errorf("%s: %v after %v of a worker, want it refused before", name, err, cost)
		}
	}
	heavy := jpegtest.Heavy()
	for _, name := range slices.Sorted(maps.Keys(heavy)) {
		for _, step := range []capture.Step{capture.DocumentFront, capture.Selfie} {
			cost, err := analyze(t, p, capture.Preview, step, heavy[name])
			t.Logf("%-28s %-15s %7d bytes %9v %v", name, step, len(heavy[name]), cost.Round(time.Millisecond), err)
			if err != nil || cost > limit {
				t.Errorf("%s as %s: %v of a worker, want at most %v; %v", name, step, cost, limit, err)
			}
		}
	}
	if s := p.Stats(); s.Restarts > 0 {
		t.Errorf("%+v, want no worker lost", s)
	}
}

// keptRate is what an honest phone keeps of its frame rate while others do their worst.
const keptRate = 0.8

// Eight phones that send the heaviest frames as fast as they are answered take little of an honest one's rate. Time
// is counted as the processor time of the two workers, halved: a machine that others use as well changes nothing.
func TestEightHostilePhonesLeaveAnHonestOneItsRate(t *testing.T) {
	const workers, frames = 2, 25
	p := realWorkers(t, workers)
	card := drawnCard(t, 1280, 720)
	send := func() time.Duration {
		before := p.Stats().Used
		f := capture.Frame{Step: capture.DocumentFront, Kind: capture.Preview, Document: capture.IdentityCard, JPEG: card}
		_, err := p.Analyze(capture.WithAsker(t.Context(), phoneOfTest(0)), f)
		for errors.Is(err, capture.ErrBusy) { // as a phone: the next picture, and the time is lost
			_, err = p.Analyze(capture.WithAsker(t.Context(), phoneOfTest(0)), f)
		}
		if err != nil {
			t.Fatal(err)
		}
		return p.Stats().Used - before
	}
	var alone, quiet, besieged time.Duration
	for range frames {
		alone += send() / frames
	}
	pace := 10 * alone // from one frame to the next: the five a second of the pages where a frame takes 20 ms
	lift := siege(t, p, 8)
	for range frames {
		began := p.Stats().Used
		quiet += max(pace, alone)
		besieged += max(pace, send()/workers)
		for p.Stats().Used < began+workers*pace {
			<-time.After(time.Millisecond)
		}
	}
	lift()
	ratio := float64(quiet) / float64(besieged)
	t.Logf("a frame takes %v; with eight hostile phones the honest one keeps %.0f %% of its rate", alone, 100*ratio)
	if ratio < keptRate {
		t.Errorf("an honest phone keeps %.0f %% of its rate, want %.0f %%", 100*ratio, 100*keptRate)
	}
}

func phoneOfTest(n int) capture.Asker {
	return capture.Asker{Session: fmt.Sprint("phone ", n),
		Network: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), 32)}
}

// siege lets phones send the heaviest frames until the returned function is called.
func siege(t *testing.T, p *worker.Pool, phones int) (lift func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	heavy := slices.Collect(maps.Values(jpegtest.Heavy()))
	var wg sync.WaitGroup
	for n := 1; n <= phones; n++ {
		wg.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				kind := capture.Preview
				if n%4 == 0 {
					kind = capture.Still
				}
				f := capture.Frame{Step: capture.Selfie, Kind: kind, JPEG: heavy[i%len(heavy)], WantThumbnail: true}
				_, _ = p.Analyze(capture.WithAsker(ctx, phoneOfTest(n)), f)
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}
