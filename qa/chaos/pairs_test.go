//go:build chaos

package chaos

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"visavis/client"
	"visavis/protocol"
)

// blurred is a preview that shows nothing, so that no capture ends.
var blurred = sync.OnceValue(func() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	img := image.NewGray(image.Rect(0, 0, 640, 360))
	for y := range 360 {
		for x := range 640 {
			img.SetGray(x, y, color.Gray{Y: uint8(90 + x/16 + r.IntN(6))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		panic(err)
	}
	return b.Bytes()
})

// pairOf is a desktop and a phone that shows previews. What happens to them is counted.
type pairOf struct {
	desktop *client.Desktop
	phone   *client.Phone
	cancel  context.CancelFunc
	done    sync.WaitGroup

	seq            atomic.Uint32
	sent, judged   atomic.Int64
	busy           atomic.Int64
	lastVerdict    atomic.Int64 // Unix, in nanoseconds
	reconnects     atomic.Int64
	over, deskOver atomic.Int64 // the final close code
	step           atomic.Value // of the last progress, as the phone was told
	deskPhone      atomic.Value // the phone's state, as the desktop was told
}

// newPair pairs a phone through a server and lets it show previews at 2 a second.
func newPair(t *testing.T, url string) *pairOf {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &pairOf{cancel: cancel}
	t.Cleanup(p.stop)
	limited, stop := context.WithTimeout(ctx, slack(30*time.Second))
	defer stop()
	cfg := client.Config{Server: url, TLS: anyCertificate(), Language: "en"}
	var err error
	if p.desktop, err = client.OpenDesktop(limited, cfg); err != nil {
		t.Fatalf("desktop: %v", err)
	}
	await(t, limited, p.desktop.Next, func(m protocol.Message) bool { _, ok := m.(protocol.Pairing); return ok })
	if p.phone, err = client.NewPhone(cfg, p.desktop.Pairing().URL); err != nil {
		t.Fatal(err)
	}
	if err := p.phone.Open(limited); err != nil {
		t.Fatalf("phone: %v", err)
	}
	say := func(m protocol.Message) {
		t.Helper()
		if err := p.phone.Send(limited, m); err != nil {
			t.Fatal(err)
		}
	}
	say(protocol.Claim{})
	shown := await(t, limited, p.desktop.Next,
		func(m protocol.Message) bool { pr, ok := m.(protocol.Progress); return ok && pr.Code != "" })
	say(protocol.ChooseCode{Code: shown.(protocol.Progress).Code})
	await(t, limited, p.phone.Next, func(m protocol.Message) bool {
		pr, ok := m.(protocol.Progress)
		return ok && pr.State == protocol.StatePaired
	})
	say(protocol.ChooseDocument{Document: "passport"})
	say(protocol.Start{CameraWidth: 1920, CameraHeight: 1080})
	p.done.Go(func() {
		for e := range p.desktop.Events(ctx) {
			if e.Ended {
				p.deskOver.Store(int64(e.Code))
				continue
			}
			p.deskOver.Store(0)
			switch m := e.Message.(type) {
			case protocol.Progress:
				p.noteDesktop(m)
			case protocol.Welcome:
				if m.Progress != nil {
					p.noteDesktop(*m.Progress)
				}
			}
		}
	})
	p.done.Go(func() {
		for e := range p.phone.Events(ctx) {
			if e.Ended {
				p.over.Store(int64(e.Code))
				p.reconnects.Add(1)
				continue
			}
			p.over.Store(0)
			switch m := e.Message.(type) {
			case protocol.FrameResult:
				p.step.Store(m.Step)
				switch m.Status {
				case "judged":
					p.judged.Add(1)
					p.lastVerdict.Store(e.At.UnixNano())
				case "busy":
					p.busy.Add(1)
				}
			}
		}
	})
	p.done.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if p.phone.SendPreview(ctx, "document-front", p.seq.Add(1), blurred()) == nil {
				p.sent.Add(1)
			}
		}
	})
	return p
}

func (p *pairOf) noteDesktop(m protocol.Progress) {
	if m.Phone != nil {
		p.deskPhone.Store(m.Phone.State)
	}
}

func (p *pairOf) stop() {
	p.cancel()
	p.done.Wait()
	if p.phone != nil {
		p.phone.Close()
	}
	if p.desktop != nil {
		p.desktop.Close()
	}
}

func await(t *testing.T, ctx context.Context, next func(context.Context) (client.Event, error),
	fits func(protocol.Message) bool) protocol.Message {
	t.Helper()
	for {
		e, err := next(ctx)
		if err != nil || e.Ended {
			t.Fatalf("ended: %v, %d %v", err, e.Code, e.Err)
		}
		if fits(e.Message) {
			return e.Message
		}
	}
}

// pairs are several phones that capture.
func pairs(t *testing.T, url string, n int) []*pairOf {
	t.Helper()
	all := make([]*pairOf, n)
	for i := range all {
		all[i] = newPair(t, url)
	}
	judgedAfter(t, all, time.Now(), slack(30*time.Second))
	return all
}

// judgedAfter waits until each phone has got a verdict after a moment, and returns how
// long the last one took. A session that ended is a failure.
func judgedAfter(t *testing.T, all []*pairOf, moment time.Time, within time.Duration) (worst time.Duration) {
	t.Helper()
	for i, p := range all {
		eventually(t, fmt.Sprintf("phone %d gets a verdict", i+1), within-time.Since(moment)+time.Second, func() error {
			if at := p.lastVerdict.Load(); at > moment.UnixNano() {
				worst = max(worst, time.Unix(0, at).Sub(moment))
				return nil
			}
			return fmt.Errorf("the last verdict is %s old, close code %d, %d reconnects",
				time.Since(time.Unix(0, p.lastVerdict.Load())), p.over.Load(), p.reconnects.Load())
		})
		if step, _ := p.step.Load().(string); step != "document-front" {
			t.Errorf("phone %d is at step %q, want the one it was at", i+1, step)
		}
	}
	if worst > within {
		t.Errorf("the slowest verdict came after %s, promised: %s", worst, within)
	}
	return worst
}

// lost reports what did not come back.
func lost(t *testing.T, all []*pairOf, what string, worst time.Duration) {
	t.Helper()
	var sent, judged, busy, reconnects int64
	for _, p := range all {
		sent, judged = sent+p.sent.Load(), judged+p.judged.Load()
		busy, reconnects = busy+p.busy.Load(), reconnects+p.reconnects.Load()
	}
	t.Logf(
		"%s: %d phones, none lost; verdicts again after %.1f s; %d frames sent, %d judged, %d answered busy; %d reconnects",
		what,
		len(all),
		worst.Seconds(),
		sent,
		judged,
		busy,
		reconnects,
	)
}
