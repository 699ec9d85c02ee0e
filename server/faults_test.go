package server

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/pairing"
	"visavis/protocol"
)

// lateStore gives each new subscriber news of a record as it was two changes ago, as
// a store across a network may.
type lateStore struct {
	pairing.Store
	mu  sync.Mutex
	old map[string][]pairing.Session
}

func (s *lateStore) Save(ctx context.Context, next pairing.Session, ttl time.Duration) error {
	err := s.Store.Save(ctx, next, ttl)
	if err == nil {
		s.mu.Lock()
		s.old[next.ID] = append(s.old[next.ID], next.Clone())
		s.mu.Unlock()
	}
	return err
}

func (s *lateStore) Subscribe(ctx context.Context, id string) (<-chan pairing.Event, func(), error) {
	events, cancel, err := s.Store.Subscribe(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	old := s.old[id][:max(len(s.old[id])-1, 0)]
	s.mu.Unlock()
	out := make(chan pairing.Event, len(old)+16)
	for i := range old {
		out <- pairing.Event{Session: &old[i]}
	}
	go func() {
		defer close(out)
		for ev := range events {
			out <- ev
		}
	}()
	return out, cancel, nil
}

// What is older than the record that a claim or a resume returned ends nobody, and the
// welcome is the first that a phone hears of its session.
func TestNewsThatComesLateEndsNobody(t *testing.T) {
	in := newTestServer(t, &lateStore{Store: newStore(t), old: map[string][]pairing.Session{}})
	desktop := in.dialDesktop(t, in.openSession(t))
	code := expect[protocol.Pairing](desktop, "a code", nil)
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	expect[protocol.Invitation](phone, "the invitation", nil)
	phone.send(protocol.Claim{})
	welcome := wantWelcome(t, phone)
	for range 3 { // each resume moves the session to another connection
		again := in.dial(t, "phone", nil)
		again.send(protocol.Hello{DeviceSecret: welcome.DeviceSecret})
		wantWelcome(t, again)
		again.send(protocol.Extend{})
		again.expectState(protocol.StateComparing)
	}
}

// wantWelcome reads the next message, which must be a welcome.
func wantWelcome(t *testing.T, phone *client) protocol.Welcome {
	t.Helper()
	m, err := phone.next()
	if err != nil {
		t.Fatalf("instead of the welcome: %v (close code %d)", err, websocket.CloseStatus(err))
	}
	welcome, ok := m.(protocol.Welcome)
	if !ok {
		t.Fatalf("before the welcome: %s %+v", m.MessageType(), m)
	}
	return welcome
}

// Many pairings at once lose none: the welcome comes first, at the claim and at each
// of a few resumes.
func TestManyPairingsAtOnceLoseNone(t *testing.T) { eachStore(t, testManyPairings) }

func testManyPairings(t *testing.T, open func(t *testing.T) pairing.Store) {
	in := newTestServer(t, open(t))
	const pairs, atOnce = 60, 6
	work := make(chan int, pairs)
	for n := range pairs {
		work <- n
	}
	close(work)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for n := range work {
				if err := in.pairAndResume(t); err != nil {
					t.Errorf("pairing %d: %v", n, err)
				}
			}
		})
	}
	workers.Wait()
}

// pairAndResume pairs a phone and lets it come back three times.
func (in *instance) pairAndResume(t *testing.T) error {
	ctx := t.Context()
	sess, _, err := in.cfg.Service.Open(ctx, pairing.OpenRequest{Language: "fr"})
	if err != nil {
		return err
	}
	_, code, err := in.cfg.Service.ShowCode(ctx, sess.ID, "tab", false)
	if err != nil {
		return err
	}
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: string(code.Token)})
	if _, err := phone.next(); err != nil {
		return fmt.Errorf("invitation: %w", err)
	}
	phone.send(protocol.Claim{})
	secret := ""
	for n := range 4 {
		m, err := phone.next()
		welcome, ok := m.(protocol.Welcome)
		if err != nil || !ok {
			return fmt.Errorf("connection %d: %T and %w before the welcome", n, m, err)
		}
		if welcome.DeviceSecret != "" {
			secret = welcome.DeviceSecret
		}
		_ = phone.conn.CloseNow()
		if n < 3 {
			phone = in.dial(t, "phone", nil)
			phone.send(protocol.Hello{DeviceSecret: secret})
		}
	}
	return nil
}

// Redis that comes back without its data is told to everybody: a desktop that waits,
// one that is paired, its phone. Each can begin again.
func TestARedisThatComesBackEmpty(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("SKIPPED, nothing proved: no redis-server in PATH")
	}
	url, stop := startRedis(t, path, "")
	in := newTestServer(t, openRedis(t, url))
	waiting := in.dialDesktop(t, in.openSession(t))
	expect[protocol.Pairing](waiting, "a code", nil)
	paired := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, paired)
	stop()
	again, _ := startRedis(t, path, portOf(t, url))
	_ = openRedis(t, again) // it answers
	began := time.Now()
	waiting.expectClose(protocol.CloseNoSession)
	paired.expectClose(protocol.CloseNoSession)
	phone.expectClose(protocol.CloseInvalidToken)
	t.Logf("told within %s", time.Since(began)) // each read waits 10 s at most
	fresh := in.dialDesktop(t, in.openSession(t))
	in.pair(t, fresh)
}

// Deadlines are told to both devices though no frame comes.
func TestDeadlinesAreToldWithoutAFrame(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		desktop, phone := in.paired()
		p := &rehearsed{follower: phone, t: t, actor: a}
		p.say(t, protocol.ChooseDocument{Document: "passport"})
		p.say(t, protocol.Start{})
		for range capture.StreakGood {
			p.frame("document-front", capturetest.JPEG(t, 1), "")
		}
		phaseOf := func(f *follower) string {
			if s := f.newest(); s != nil {
				return s.Steps[0].State + " " + s.Steps[0].Phase
			}
			return "nothing new"
		}
		beat := func(d time.Duration) { // the phone lives, and sends no frame
			for end := time.Now().Add(d); time.Now().Before(end); {
				p.say(t, protocol.Beat{})
				time.Sleep(time.Second)
			}
		}
		if got := phaseOf(desktop); got != "active still" {
			t.Fatalf("the desktop sees %q", got)
		}
		beat(capture.StillWait + time.Second)
		if d, f := phaseOf(desktop), phaseOf(phone); d != "active guiding" || f != "active guiding" {
			t.Errorf("a still that did not come: desktop %q, phone %q; want active guiding", d, f)
		}
		p.shoot("document-front", capturetest.JPEG(t, 2))
		if got := phaseOf(desktop); got != "active tilt" {
			t.Fatalf("after the still the desktop sees %q", got)
		}
		beat(capture.TiltWait + time.Second)
		if d, f := phaseOf(desktop), phaseOf(phone); d != "accepted " || f != "accepted " {
			t.Errorf("a tilt that did not come: desktop %q, phone %q; want accepted", d, f)
		}
		a.now.Store(moment("", 0, 1))
		for range capture.StreakGood {
			p.frame("selfie", capturetest.JPEG(t, 3), "")
		}
		if c := last[protocol.Challenge](p); c.Kind != "gesture" || c.MaySkip {
			t.Fatalf("challenge: %+v", c)
		}
		beat(2*capture.GestureTry + time.Second)
		if c := last[protocol.Challenge](p); !c.MaySkip || c.EndsAt < time.Now().UnixMilli() {
			t.Errorf("after two tries that nobody did: %+v", c)
		}
		if p := desktop.newest(); p == nil {
			t.Error("the desktop was not told that the gesture may be skipped")
		}
	})
}

// Parts of two pictures under one seq are refused, whether their bytes or their number
// differ, also on the way between; the next still is asked for under another seq.
func TestOneStillFromTwoPictures(t *testing.T) {
	a, b := capturetest.JPEG(t, 1), capturetest.JPEG(t, 2)
	part := func(seq uint32, jpeg []byte, n, of int) protocol.Frame {
		size := (len(jpeg) + of - 1) / of
		return protocol.Frame{
			Kind: protocol.Still, Step: "document-front", Seq: seq, CapturedAt: time.Now(), Part: n, Parts: of,
			Data: jpeg[n*size : min(len(jpeg), (n+1)*size)],
		}
	}
	for name, second := range map[string][]protocol.Frame{
		"other bytes":       {part(1, b, 0, 3), part(1, b, 1, 3), part(1, b, 2, 3)},
		"another number":    {part(1, b, 1, 4), part(1, b, 2, 4), part(1, b, 3, 4)},
		"one part of two":   {part(1, a, 0, 2)},
		"the last is other": {part(1, b, 1, 3), part(1, b, 2, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			in := newTestServer(t, newStore(t))
			desktop := in.dialDesktop(t, in.openSession(t))
			phone, _ := in.pair(t, desktop)
			phone.start("identity-card")
			var seq uint32
			if ask := phone.preview("document-front", &seq, a); ask.Seq != 1 {
				t.Fatalf("asked for seq %d", ask.Seq)
			}
			for n := range 2 {
				phone.sendFrame(part(1, a, n, 3))
			}
			for _, f := range second {
				phone.sendFrame(f)
			}
			r := expect[protocol.StillResult](phone, "a refusal", nil)
			if r.Code != protocol.CodeOtherPicture || r.Seq != 1 || r.Accepted || r.StillsLeft != capture.MaxStills {
				t.Fatalf("result %+v, want %s and no still used up", r, protocol.CodeOtherPicture)
			}
			ask := phone.preview("document-front", &seq, a)
			if ask.Seq == 1 {
				t.Error("the next still is asked for under the seq of two pictures")
			}
			phone.still("document-front", ask.Seq, a, 3)
			if r := expect(phone, "the still's result", func(r protocol.StillResult) bool { return r.Seq == ask.Seq }); !r.Accepted {
				t.Errorf("a whole picture after it: %+v", r)
			}
		})
	}
}

// A seq that the shutter has used is not asked for: its kept answer would meet another
// picture.
func TestAUsedSeqIsNotAskedFor(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("identity-card")
	phone.sendFrame(protocol.Frame{
		Kind: protocol.Still, Step: "document-front", Seq: 1, Manual: true, CapturedAt: time.Now(), Parts: 1, Data: []byte("no picture"),
	})
	if r := expect[protocol.StillResult](phone, "a refusal", nil); r.Accepted {
		t.Fatalf("result %+v", r)
	}
	<-time.After(2100 * time.Millisecond) // the reason can be read for so long
	var seq uint32
	ask := phone.preview("document-front", &seq, capturetest.JPEG(t, 1))
	if ask.Seq == 1 {
		t.Fatal("asked for the seq that the shutter used")
	}
	phone.still("document-front", ask.Seq, capturetest.JPEG(t, 1), 3)
	if r := expect(phone, "the still's result", func(r protocol.StillResult) bool { return r.Seq == ask.Seq }); !r.Accepted {
		t.Errorf("a good picture: %+v", r)
	}
}

// A preview that is no frame gets its result, so that a client which sends one at a
// time goes on; whatever else cannot be read is an error that names its seq.
func TestAnUnreadablePreviewGetsItsResult(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("identity-card")
	good := packed(t, protocol.Frame{Kind: protocol.Preview, Step: "selfie", Seq: 77, CapturedAt: time.Now(), Parts: 1, Data: []byte("x")})
	for name, tt := range map[string]struct {
		change func(b []byte) []byte
		code   string
	}{
		"empty":           {func(b []byte) []byte { return b[:protocol.HeaderSize] }, protocol.CodeEmpty},
		"step 9":          {func(b []byte) []byte { b[2] = 9; return b }, protocol.CodeBadHeader},
		"step 0":          {func(b []byte) []byte { b[2] = 0; return b }, protocol.CodeBadHeader},
		"unknown flags":   {func(b []byte) []byte { b[3] = 0x80; return b }, protocol.CodeBadHeader},
		"two parts":       {func(b []byte) []byte { b[19] = 2; return b }, protocol.CodeBadHeader},
		"half a nonce":    {func(b []byte) []byte { b[3] = protocol.FlagNonce; return b }, protocol.CodeBadHeader},
		"a time long off": {func(b []byte) []byte { b[8] = 0xff; return b }, protocol.CodeBadHeader},
	} {
		frame := tt.change(append([]byte(nil), good...))
		if err := phone.conn.Write(t.Context(), websocket.MessageBinary, frame); err != nil {
			t.Fatal(err)
		}
		r := expect[protocol.FrameResult](phone, name, nil)
		if r.Seq != 77 || r.Status != "refused" || r.Code != tt.code {
			t.Errorf("%s: %+v, want refused with %s", name, r, tt.code)
		}
	}
}

// The close frame's reason is that of the end: too many stills, and a bye. One before the
// claim ends this phone's connection alone.
func TestCloseReasons(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("identity-card")
	for n := range capture.MaxStills {
		phone.sendFrame(protocol.Frame{
			Kind: protocol.Still, Step: "document-front", Seq: uint32(100 + n), Manual: true, CapturedAt: time.Now(), Parts: 1,
			Data: fmt.Appendf(nil, "no picture %d", n),
		})
	}
	phone.expectReason(protocol.CloseEnded, protocol.ReasonTooManyStills)
	if p := desktop.expectState(protocol.StateEnded); p.Reason != protocol.ReasonTooManyStills {
		t.Errorf("the desktop hears %q", p.Reason)
	}
	desktop = in.dialDesktop(t, in.openSession(t))
	code := expect[protocol.Pairing](desktop, "a code", nil)
	phone = in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	expect[protocol.Invitation](phone, "the invitation", nil)
	phone.send(protocol.Bye{})
	phone.expectReason(protocol.CloseEnded, protocol.ReasonCancelledPhone)
	another := in.dial(t, "phone", nil)
	another.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	expect[protocol.Invitation](another, "the invitation, since the code stays good", nil)
	another.send(protocol.Claim{})
	expect[protocol.Welcome](another, "the welcome", nil)
}

// expectReason reads until the socket is closed and compares code and reason.
func (c *client) expectReason(code protocol.CloseCode, reason string) {
	c.t.Helper()
	for {
		if _, err := c.next(); err != nil {
			var end websocket.CloseError
			if !errors.As(err, &end) || int(end.Code) != int(code) || end.Reason != reason {
				c.t.Errorf("closed with %v, want %d %s", err, code, reason)
			}
			return
		}
	}
}

// Another document gives no new stills, over the wire.
func TestAnotherDocumentGivesNoNewStillsOverTheWire(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("identity-card")
	seq, documents := uint32(0), []string{"passport", "residence-permit", "identity-card"}
	for n := 1; ; n++ {
		seq++
		phone.sendFrame(protocol.Frame{
			Kind: protocol.Still, Step: "document-front", Seq: seq, Manual: true, CapturedAt: time.Now(), Parts: 1, Data: fmt.Appendf(nil, "no picture %d", n),
		})
		r := expect[protocol.StillResult](phone, "a refusal", nil)
		if r.StillsLeft != capture.MaxStills-n {
			t.Fatalf("after %d stills of %d documents %d are left", n, n, r.StillsLeft)
		}
		if r.StillsLeft == 0 {
			break
		}
		phone.send(protocol.ChooseDocument{Document: documents[n%3]})
	}
	phone.expectReason(protocol.CloseEnded, protocol.ReasonTooManyStills)
}

// Text that is not UTF-8 closes with 1007, on both sockets.
func TestTextThatIsNotUTF8(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, role := range []string{"phone", "desktop"} {
		for _, text := range []string{"{\"type\":\"hello\",\"token\":\"\xff\"}", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff\xd8\xff\xe0 a JPEG"} {
			c := in.dial(t, role, nil)
			c.sendText([]byte(text))
			c.expectClose(closeNotUTF8)
		}
	}
}
