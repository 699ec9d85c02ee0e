package server

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
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
	t       *testing.T
	in      *clocked
	session string
	actor   *actor
	seq     uint32
}

// doubts are the names of the doubts about a step that the session's record keeps.
func (p *rehearsed) doubts(step capture.Step) []string {
	p.t.Helper()
	sess, err := p.in.cfg.Service.Load(p.t.Context(), p.session)
	if err != nil {
		p.t.Fatal(err)
	}
	var stored struct{ Flow capture.Flow }
	if err := json.Unmarshal(sess.Flow, &stored); err != nil {
		p.t.Fatal(err)
	}
	record, _ := stored.Flow.Record(step)
	var names []string
	for _, d := range record.Doubts {
		names = append(names, d.Name)
	}
	return names
}

// gesturing brings a session to the gestures: a passport with another picture each
// time, its tilt skipped, three good faces.
func gesturing(t *testing.T, in *clocked, a *actor, n int) (*rehearsed, protocol.Challenge) {
	t.Helper()
	a.now.Store(nil)
	_, phone := in.paired()
	p := &rehearsed{follower: phone, t: t, in: in, session: in.opened, actor: a}
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
	p.write(protocol.Frame{Kind: protocol.Preview, Step: step, Seq: p.seq, CapturedAt: time.Now(), Parts: 1,
		Nonce: nonce, Data: jpeg})
}

// shoot sends a still with the shutter.
func (p *rehearsed) shoot(step string, jpeg []byte) {
	p.t.Helper()
	p.seq++
	p.write(protocol.Frame{Kind: protocol.Still, Step: step, Seq: 1000 + p.seq, Manual: true, CapturedAt: time.Now(),
		Parts: 1, Data: jpeg})
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

// recordings are the gestures of one session as another may show them again.
var recordings = map[string]struct {
	bytes func(jpeg []byte) []byte
	look  byte // of the face as it is measured now; that of the first session is 20
	shown int  // frames of the recording that suffice
}{
	"the same bytes, measured otherwise": {func(jpeg []byte) []byte { return jpeg }, 150, 1},
	"encoded anew":                       {func(jpeg []byte) []byte { return append(bytes.Clone(jpeg), 0xFF) }, 20, capture.ReplayFrames},
}

// TestGesturesOfAnotherSessionHoldUpOnce plays the gestures of one session into another:
// as the same bytes, and encoded anew. The first time they answer nothing and the person
// is told; then other gestures are asked for. The second time the step goes on, with a
// doubt for the reviewer. A person is never held up for ever.
func TestGesturesOfAnotherSessionHoldUpOnce(t *testing.T) {
	for name, recording := range recordings {
		t.Run(name, func(t *testing.T) {
			withActor(t, func(t *testing.T, in *clocked, a *actor) {
				first, c := gesturing(t, in, a, 1)
				shown := first.perform(c, 20)
				second, c := gesturing(t, in, a, 2)
				play := func(c protocol.Challenge) {
					for i, jpeg := range shown[:recording.shown] {
						a.now.Store(moment(c.Gesture, 0.2, recording.look+byte(i)))
						second.frame("selfie", recording.bytes(jpeg), c.Nonce)
					}
				}
				play(c)
				if r := last[protocol.FrameResult](second); r.Hint != string(capture.HintShownAgain) {
					t.Fatalf("after a recording: %+v, want the hint %s", r, capture.HintShownAgain)
				}
				// The right movement answers nothing while that is said.
				a.now.Store(moment(c.Gesture, 1.2, 99))
				second.frame("selfie", capturetest.JPEG(t, 70), c.Nonce)
				if got := last[protocol.Challenge](second); got.Progress != 0 || got.Done {
					t.Errorf("while it is said: %+v, want no progress", got)
				}
				time.Sleep(5 * time.Second)
				second.frame("selfie", capturetest.JPEG(t, 71), c.Nonce)
				next := last[protocol.Challenge](second)
				if next.Nonce == c.Nonce || next.Index != 0 {
					t.Fatalf("after it was said: %+v, want other gestures", next)
				}
				play(next)
				if r := last[protocol.FrameResult](second); r.Hint == string(capture.HintShownAgain) {
					t.Error("the person is told twice")
				}
				second.perform(next, 150)
				if r := second.selfie(capturetest.JPEG(t, 72)); !r.Accepted {
					t.Errorf("the selfie: %+v, want it taken", r)
				}
				if d := second.doubts(capture.Selfie); !slices.Equal(d, []string{capture.DoubtShownAgain}) {
					t.Errorf("doubts %v, want %s", d, capture.DoubtShownAgain)
				}
			})
		})
	}
}

// TestGesturesLeftOutAfterARecordingAreADoubt plays a recording once and leaves the
// gestures out: the reviewer hears of both.
func TestGesturesLeftOutAfterARecordingAreADoubt(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		first, c := gesturing(t, in, a, 1)
		shown := first.perform(c, 20)
		second, c := gesturing(t, in, a, 2)
		a.now.Store(moment(c.Gesture, 0.2, 150))
		second.frame("selfie", shown[0], c.Nonce)
		second.skipGestures()
		if r := second.selfie(capturetest.JPEG(t, 71)); !r.Accepted {
			t.Errorf("the selfie: %+v, want it taken", r)
		}
		if d := second.doubts(capture.Selfie); !slices.Equal(d, []string{capture.DoubtShownAgain}) {
			t.Errorf("doubts %v, want %s", d, capture.DoubtShownAgain)
		}
	})
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

// TestAStillOfAnotherSessionIsRefusedOnce sends the picture of another session, as
// somebody does who chooses the same file in a second try.
func TestAStillOfAnotherSessionIsRefusedOnce(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		gesturing(t, in, a, 1) // its document's picture is number 1
		_, phone := in.paired()
		p := &rehearsed{follower: phone, t: t, in: in, session: in.opened, actor: a}
		p.say(t, protocol.ChooseDocument{Document: "passport"})
		p.say(t, protocol.Start{})
		p.shoot("document-front", capturetest.JPEG(t, 1))
		if r := last[protocol.StillResult](p); r.Accepted || r.Code != protocol.CodeSamePicture ||
			r.StillsLeft != capture.MaxStills {
			t.Fatalf("another session's picture: %+v, want %s and no try used", r, protocol.CodeSamePicture)
		}
		p.shoot("document-front", capturetest.JPEG(t, 1))
		if r := last[protocol.StillResult](p); !r.Accepted {
			t.Fatalf("the same once more: %+v, want it taken", r)
		}
		if d := p.doubts(capture.DocumentFront); !slices.Equal(d, []string{capture.DoubtShownAgain}) {
			t.Errorf("doubts %v, want %s", d, capture.DoubtShownAgain)
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
			t.Errorf("%d stills left, then %d; looked at %d times, want once", first.StillsLeft, second.StillsLeft,
				looked.Load())
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

// TestAPreviewIsToldOfTheOneBefore: the analyzer, which keeps nothing, is told with each
// preview where the one before showed the document, and with a still nothing.
func TestAPreviewIsToldOfTheOneBefore(t *testing.T) {
	told := make(chan *capture.Sighting, 8)
	withClock(t, func(t *testing.T, in *clocked) {
		_, phone := in.paired()
		p := &rehearsed{follower: phone, t: t}
		p.say(t, protocol.ChooseDocument{Document: "passport"})
		p.say(t, protocol.Start{})
		for n := range 2 {
			p.frame("document-front", capturetest.JPEG(t, n+1), "")
			last[protocol.FrameResult](p)
		}
		p.shoot("document-front", capturetest.JPEG(t, 5))
		last[protocol.StillResult](p)
		first, second, still := <-told, <-told, <-told
		want := capturetest.GoodDocument(960, 720).Corners
		if first != nil || second == nil || !second.Found || second.Corners != want || still != nil {
			t.Errorf("the first was told %+v, the second %+v, the still %+v", first, second, still)
		}
	}, func(c *Config) {
		c.Analyzer = capture.AnalyzerFunc(func(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
			told <- f.Last
			return capturetest.GoodAnalysis(ctx, f)
		})
	})
}
