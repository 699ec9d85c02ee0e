package server

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/protocol"
)

// actor is a face in front of the camera: its measurements are those that the test
// sets before it sends a frame, so that the frame's bytes say nothing.
type actor struct {
	now atomic.Pointer[capture.FaceMeasurements]
}

// analyze measures documents as good and the face as the actor holds it.
func (a *actor) analyze(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
	m, err := capturetest.GoodAnalysis(ctx, f)
	if face := a.now.Load(); err == nil && f.Step == capture.Selfie && face != nil {
		m.Face = face
	}
	return m, err
}

// moment is a face that does a gesture, by a share of what is needed; look makes
// the print of one moment differ from another's.
func moment(gesture string, share float64, look byte) *capture.FaceMeasurements {
	face := capturetest.GoodFace(960, 720)
	switch gesture {
	case capture.TurnLeft:
		face.Yaw += 40 * share
	case capture.TurnRight:
		face.Yaw -= 40 * share
	case capture.ComeCloser:
		face.Height *= 1 + share
	}
	for i := range face.Print {
		face.Print[i] = byte(int(look)*(i*i*37+i*11+59)) ^ byte(i*73)
	}
	return face
}

// rehearsed is a phone at the gestures of its selfie.
type rehearsed struct {
	*follower
	t     *testing.T
	actor *actor
	seq   uint32
}

// gesturing brings a session to the gestures: a passport with another picture each
// time, its tilt skipped, three good faces.
func gesturing(t *testing.T, in *clocked, a *actor, n int) (*rehearsed, protocol.Challenge) {
	t.Helper()
	a.now.Store(nil)
	_, phone := in.paired()
	p := &rehearsed{follower: phone, t: t, actor: a}
	p.say(t, protocol.ChooseDocument{Document: "passport"})
	p.say(t, protocol.Start{})
	for range capture.StreakGood {
		p.frame("document-front", capturetest.JPEG(t, n), "")
	}
	p.shoot("document-front", capturetest.JPEG(t, n))
	if r := last[protocol.StillResult](p); !r.Accepted {
		t.Fatalf("document: %+v", r)
	}
	p.say(t, protocol.Skip{Challenge: "tilt"})
	a.now.Store(moment("", 0, byte(n)))
	for range capture.StreakGood {
		p.frame("selfie", capturetest.JPEG(t, n+100), "")
	}
	c := last[protocol.Challenge](p)
	if c.Kind != "gesture" || c.Nonce == "" {
		t.Fatalf("challenge: %+v", c)
	}
	return p, c
}

func (p *rehearsed) frame(step string, jpeg []byte, nonce string) {
	p.t.Helper()
	p.seq++
	p.write(protocol.Frame{Kind: protocol.Preview, Step: step, Seq: p.seq, CapturedAt: time.Now(), Parts: 1, Nonce: nonce, Data: jpeg})
}

// shoot sends a still with the shutter.
func (p *rehearsed) shoot(step string, jpeg []byte) {
	p.t.Helper()
	p.seq++
	p.write(protocol.Frame{Kind: protocol.Still, Step: step, Seq: 1000 + p.seq, Manual: true, CapturedAt: time.Now(), Parts: 1, Data: jpeg})
}

func (p *rehearsed) write(f protocol.Frame) {
	p.t.Helper()
	b, err := protocol.PackFrame(f)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.conn.Write(p.t.Context(), websocket.MessageBinary, b); err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait()
}

// last drains what came and returns the newest message of its kind.
func last[M protocol.Message](p *rehearsed) M {
	p.t.Helper()
	synctest.Wait()
	var found M
	for {
		select {
		case m := <-p.messages:
			if want, ok := m.(M); ok {
				found = want
			}
		default:
			return found
		}
	}
}

// perform does both gestures with pictures of its own, and returns what was shown.
func (p *rehearsed) perform(c protocol.Challenge, look byte) [][]byte {
	p.t.Helper()
	var shown [][]byte
	for c.Index < c.Count && !c.Done {
		for i, share := range []float64{0.2, 0.6, 1.1} {
			p.actor.now.Store(moment(c.Gesture, share, look+byte(c.Index*3+i)))
			jpeg := capturetest.JPEG(p.t, int(look)+c.Index*3+i)
			p.frame("selfie", jpeg, c.Nonce)
			shown = append(shown, jpeg)
		}
		next := last[protocol.Challenge](p)
		if next.Index == c.Index && !next.Done {
			p.t.Fatalf("gesture %s was not seen: %+v", c.Gesture, next)
		}
		c = next
	}
	p.actor.now.Store(moment("", 0, look))
	return shown
}

// selfie takes the frontal still with the shutter.
func (p *rehearsed) selfie(jpeg []byte) protocol.StillResult {
	p.t.Helper()
	last[protocol.StillResult](p)
	p.shoot("selfie", jpeg)
	return last[protocol.StillResult](p)
}

func withActor(t *testing.T, do func(t *testing.T, in *clocked, a *actor)) {
	t.Helper()
	a := &actor{}
	withClock(t, func(t *testing.T, in *clocked) { do(t, in, a) }, func(c *Config) {
		c.Challenge, c.Analyzer = true, capture.AnalyzerFunc(a.analyze)
	})
}

func TestGesturesOfOnesOwnAreTaken(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		p, c := gesturing(t, in, a, 1)
		p.perform(c, 20)
		if r := p.selfie(capturetest.JPEG(t, 60)); !r.Accepted {
			t.Fatalf("selfie: %+v", r)
		}
	})
}

// TestGesturesOfAnotherSessionAreRefused plays the gestures of one session into
// another: as the same bytes, and encoded anew. They answer nothing, and the selfie
// behind them is refused with the documented code.
func TestGesturesOfAnotherSessionAreRefused(t *testing.T) {
	for name, recording := range map[string]struct {
		bytes func(jpeg []byte) []byte
		look  byte // of the face as it is measured now; that of the first session is 20
		shown int  // frames of the recording that suffice
	}{
		"the same bytes, measured otherwise": {func(jpeg []byte) []byte { return jpeg }, 150, 1},
		"encoded anew":                       {func(jpeg []byte) []byte { return append(bytes.Clone(jpeg), 0xFF) }, 20, capture.ReplayFrames},
	} {
		t.Run(name, func(t *testing.T) {
			withActor(t, func(t *testing.T, in *clocked, a *actor) {
				first, c := gesturing(t, in, a, 1)
				var moments []*capture.FaceMeasurements
				for i := range 6 {
					moments = append(moments, moment(c.Gesture, 0.2, recording.look+byte(i)))
				}
				shown := first.perform(c, 20)

				second, c := gesturing(t, in, a, 2)
				for i, jpeg := range shown[:recording.shown] {
					a.now.Store(moments[i%len(moments)])
					second.frame("selfie", recording.bytes(jpeg), c.Nonce)
				}
				last[protocol.Challenge](second)
				// Even the right movement, shown live from now on, answers nothing more.
				a.now.Store(moment(c.Gesture, 1.2, 99))
				second.frame("selfie", capturetest.JPEG(t, 70), c.Nonce)
				if got := last[protocol.Challenge](second); got.Index != c.Index || got.Progress != 0 || got.Done {
					t.Errorf("after a recording: %+v, want no progress", got)
				}
				second.skipGestures()
				if r := second.selfie(capturetest.JPEG(t, 71)); r.Accepted || r.Code != protocol.CodeSamePicture {
					t.Errorf("the selfie behind a recording: %+v, want %s", r, protocol.CodeSamePicture)
				}
			})
		})
	}
}

// skipGestures waits for two tries of each gesture and leaves it out.
func (p *rehearsed) skipGestures() {
	p.t.Helper()
	for range 3 {
		time.Sleep(capture.GestureTry + time.Second)
		p.say(p.t, protocol.Beat{})
		p.frame("selfie", capturetest.JPEG(p.t, 80), "")
	}
	p.say(p.t, protocol.Skip{Challenge: "gesture"})
	p.say(p.t, protocol.Skip{Challenge: "gesture"})
}

func TestOneMomentThatAgreesByChanceIsNoRecording(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		first, c := gesturing(t, in, a, 1)
		first.perform(c, 20)
		second, c := gesturing(t, in, a, 2)
		a.now.Store(moment("", 0, 20))
		second.frame("selfie", capturetest.JPEG(t, 72), c.Nonce)
		second.perform(c, 120)
		if r := second.selfie(capturetest.JPEG(t, 73)); !r.Accepted {
			t.Errorf("selfie: %+v, want it taken", r)
		}
	})
}

func TestAStillOfAnotherSessionIsRefused(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		gesturing(t, in, a, 1) // its document's picture is number 1
		_, phone := in.paired()
		p := &rehearsed{follower: phone, t: t, actor: a}
		p.say(t, protocol.ChooseDocument{Document: "passport"})
		p.say(t, protocol.Start{})
		for range 2 {
			p.shoot("document-front", capturetest.JPEG(t, 1))
			if r := last[protocol.StillResult](p); r.Accepted || r.Code != protocol.CodeSamePicture {
				t.Fatalf("another session's picture: %+v, want %s", r, protocol.CodeSamePicture)
			}
		}
		p.shoot("document-front", capturetest.JPEG(t, 3))
		if r := last[protocol.StillResult](p); !r.Accepted {
			t.Errorf("a picture of its own: %+v", r)
		}
	})
}

// TestARefusedStillIsNotLookedAtAgain sends the same bytes twice: the second answer
// says so, and costs no try.
func TestARefusedStillIsNotLookedAtAgain(t *testing.T) {
	var looked atomic.Int32
	withClock(t, func(t *testing.T, in *clocked) {
		_, phone := in.paired()
		p := &rehearsed{follower: phone, t: t}
		p.say(t, protocol.ChooseDocument{Document: "passport"})
		p.say(t, protocol.Start{})
		p.shoot("document-front", capturetest.JPEG(t, 1))
		first := last[protocol.StillResult](p)
		p.shoot("document-front", capturetest.JPEG(t, 1))
		second := last[protocol.StillResult](p)
		if first.Accepted || first.Code != "" || second.Accepted || second.Code != protocol.CodeSamePicture {
			t.Fatalf("the same bytes twice: %+v, then %+v", first, second)
		}
		if second.StillsLeft != first.StillsLeft || looked.Load() != 1 {
			t.Errorf("%d stills left, then %d; looked at %d times, want once", first.StillsLeft, second.StillsLeft, looked.Load())
		}
	}, func(c *Config) {
		c.Analyzer = capture.AnalyzerFunc(func(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
			looked.Add(1)
			m, err := capturetest.GoodAnalysis(ctx, f)
			m.Document.Brightness = 5
			return m, err
		})
	})
}
