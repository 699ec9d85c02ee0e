package server

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"visavis/capture/capturetest"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/live"
)

// TestWholeSession walks one person through pairing and all three steps, over
// real sockets, on one instance.
func TestWholeSession(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	desktop := in.dialDesktop(t, cookie)
	welcome := expect[protocol.Welcome](desktop, "the welcome", nil)
	if welcome.Role != "desktop" || welcome.Progress == nil || welcome.Progress.State != protocol.StateWaiting ||
		welcome.Site != "Exemple" {
		t.Fatalf("desktop's welcome: %+v", welcome)
	}
	phone, secret := in.pair(t, desktop)
	phone.start("identity-card")
	var seq uint32
	for _, step := range []string{"document-front", "document-back", "selfie"} {
		phone.captureStep(step, &seq, capturetest.JPEG(t, int(seq)))
		if step != "selfie" { // the last one may come together with the end
			desktop.expect(step)
		}
	}
	phone.expectClose(live.CloseDone)
	done := desktop.expectState(protocol.StateDone)
	for _, s := range done.Steps {
		if s.State != "accepted" {
			t.Errorf("step %s is %s at the end, want accepted", s.Step, s.State)
		}
	}
	desktop.expectClose(live.CloseDone)
	metrics := scrape(in)
	for _, line := range []string{`visavis_sessions_ended_total{reason="done"} 1`, "visavis_sessions_opened_total 1",
		`visavis_verdict_seconds_count{kind="still"} 3`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	sess, err := in.cfg.Service.ByDevice(t.Context(), pairing.Token(secret))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"document-front", "document-back", "selfie"} {
		if still, err := in.cfg.Service.Still(t.Context(), sess.ID, step); err != nil || len(still) == 0 {
			t.Errorf("still of %s: %d bytes, error %v", step, len(still), err)
		}
	}
	for _, s := range []string{secret, cookie.Value} {
		if strings.Contains(in.log.String(), s) {
			t.Error("a secret is in the log")
		}
	}
}

// expect waits until the step is accepted.
func (c *client) expect(step string) {
	c.t.Helper()
	expect(c, step+" accepted", func(p protocol.Progress) bool {
		for _, s := range p.Steps {
			if s.Step == step && s.State == "accepted" {
				return true
			}
		}
		return false
	})
}

// TestTwoInstances has the desktop on one instance and the phone on another, over
// one store; each reconnects to the other instance in the middle.
func TestTwoInstances(t *testing.T) { eachStore(t, twoInstances) }

func twoInstances(t *testing.T, open func(t *testing.T) pairing.Store) {
	one, two := newTestServer(t, open(t)), newTestServer(t, open(t))
	cookie := one.openSession(t)
	desktop := one.dialDesktop(t, cookie)
	phone, secret := two.pair(t, desktop)
	phone.start("passport")
	var seq uint32
	phone.captureStep("document-front", &seq, capturetest.JPEG(t, 1))
	desktop.expect("document-front")

	_ = phone.conn.CloseNow()
	phone = one.dial(t, "phone", nil)
	phone.send(protocol.Hello{DeviceSecret: secret})
	back := expect[protocol.Welcome](phone, "the welcome back", nil)
	if back.Progress.State != protocol.StateCapturing || back.DeviceSecret != "" {
		t.Fatalf("welcome back: %+v", back)
	}
	_ = desktop.conn.CloseNow()
	desktop = two.dialDesktop(t, cookie)
	if w := expect[protocol.Welcome](desktop, "the welcome back", nil); w.Progress.State != protocol.StateCapturing {
		t.Fatalf("welcome back: %+v", w)
	}
	phone.send(protocol.Start{})
	phone.captureStep("selfie", &seq, capturetest.JPEG(t, 2))
	desktop.expectState(protocol.StateDone)
}

// TestResumeMidStill loses the phone while a still is on its way: the other
// instance tells what has arrived, and only the rest is sent.
func TestResumeMidStill(t *testing.T) { eachStore(t, resumeMidStill) }

func resumeMidStill(t *testing.T, open func(t *testing.T) pairing.Store) {
	one, two := newTestServer(t, open(t)), newTestServer(t, open(t))
	desktop := one.dialDesktop(t, one.openSession(t))
	phone, secret := one.pair(t, desktop)
	phone.start("passport")
	var seq uint32
	jpeg := capturetest.JPEG(t, 3)
	request := phone.preview("document-front", &seq, jpeg)
	phone.still("document-front", request.Seq, jpeg, 4, 1, 3)
	for range 2 {
		expect[protocol.PartAck](phone, "an ack", nil)
	}
	_ = phone.conn.CloseNow()

	phone = two.dial(t, "phone", nil)
	phone.send(protocol.Hello{DeviceSecret: secret})
	back := expect[protocol.Welcome](phone, "the welcome back", nil)
	if back.Still == nil || back.Still.Seq != request.Seq || back.Still.Parts != 4 || len(back.Still.Received) != 2 ||
		back.Still.Received[1] != 2 {
		t.Fatalf("unfinished still: %+v, want parts 0 and 2 of 4", back.Still)
	}
	phone.still("document-front", request.Seq, jpeg, 4, 0, 2)
	if r := expect[protocol.StillResult](phone, "the result", nil); !r.Accepted {
		t.Fatalf("still refused: %+v", r)
	}
	desktop.expect("document-front")

	// The result may be lost too: the last part again brings the same answer.
	phone.still("document-front", request.Seq, jpeg, 4, 0, 1, 2)
	if r := expect[protocol.StillResult](phone, "the result again", nil); !r.Accepted {
		t.Fatalf("second answer: %+v", r)
	}
}

// TestReplacedPhone gives the session to the newest socket of the phone, also
// across instances.
func TestReplacedPhone(t *testing.T) { eachStore(t, replacedPhone) }

func replacedPhone(t *testing.T, open func(t *testing.T) pairing.Store) {
	one, two := newTestServer(t, open(t)), newTestServer(t, open(t))
	desktop := one.dialDesktop(t, one.openSession(t))
	old, secret := one.pair(t, desktop)
	fresh := two.dial(t, "phone", nil)
	fresh.send(protocol.Hello{DeviceSecret: secret})
	expect[protocol.Welcome](fresh, "the welcome", nil)
	old.expectClose(protocol.CloseReplaced)
}

// TestLive shows the desktop hints and pictures while it watches.
func TestLive(t *testing.T) { eachStore(t, testLive) }

func testLive(t *testing.T, open func(t *testing.T) pairing.Store) {
	one, two := newTestServer(t, open(t)), newTestServer(t, open(t))
	desktop := one.dialDesktop(t, one.openSession(t))
	phone, _ := two.pair(t, desktop)
	phone.start("identity-card")
	pictures := make(chan protocol.Live, 1)
	go func() {
		defer close(pictures)
		for {
			m, err := desktop.next()
			if err != nil {
				return
			}
			if l, ok := m.(protocol.Live); ok && len(l.Thumbnail) > 0 {
				pictures <- l
				return
			}
		}
	}()
	for seq := uint32(1); ; seq++ {
		phone.sendFrame(protocol.Frame{Kind: protocol.Preview, Step: "document-front", Seq: seq, CapturedAt: time.Now(),
			Parts: 1, Data: capturetest.JPEG(t, 1)})
		expect[protocol.FrameResult](phone, "a result", nil)
		select {
		case l, ok := <-pictures:
			if !ok || l.Step != "document-front" || l.Progress == 0 {
				t.Fatalf("live: %+v", l)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
		if seq > 300 {
			t.Fatal("no live picture reached the desktop")
		}
	}
}

// The body that opens a session is one JSON object: whatever else comes is told what is wanted.
func TestASessionIsOpenedByOneObject(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, test := range []struct {
		body   string
		status int
		said   string
	}{
		{`{"language":"de"}`, http.StatusOK, ""},
		{" {} \n", http.StatusOK, ""},
		{"", http.StatusBadRequest, "one JSON object"},
		{"{", http.StatusBadRequest, "one JSON object"},
		{"[]", http.StatusBadRequest, "one JSON object"},
		{"null", http.StatusBadRequest, "one JSON object"},
		{`{} x`, http.StatusBadRequest, "one JSON object"},
		{`{}{"new":true}`, http.StatusBadRequest, "one JSON object"},
		{"\xff\xfe{\x00}\x00", http.StatusBadRequest, "one JSON object"},
		{strings.Repeat("[", maxText-1), http.StatusBadRequest, "one JSON object"},
		{`{"language":3}`, http.StatusBadRequest, "language: number"},
		{`{"new":"yes"}`, http.StatusBadRequest, "new: string"},
		{`{"language":"` + strings.Repeat("x", maxText) + `"}`, http.StatusRequestEntityTooLarge, "16384 bytes at most"},
	} {
		a := in.post(t, "/api/sessions", test.body, nil)
		if a.status != test.status || !strings.Contains(string(a.body), test.said) {
			t.Errorf("%.40q: %d %s, want %d and %q", test.body, a.status, a.body, test.status, test.said)
		}
		if (len(a.cookies) > 0) != (test.status == http.StatusOK) {
			t.Errorf("%.40q: cookies %v", test.body, a.cookies)
		}
	}
}

// arriving is a body that notes when it ended.
type arriving struct {
	io.Reader
	ended time.Time
}

func (b *arriving) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil {
		b.ended = time.Now()
	}
	return n, err
}

// The time that a body takes is not the store's: a desktop on a slow line has both.
func TestASlowBodyTakesNoneOfTheStoresTime(t *testing.T) {
	body := &arriving{Reader: strings.NewReader("{}")}
	var until time.Time
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.Policy = func(ctx context.Context, _ *http.Request) error {
			until, _ = ctx.Deadline()
			return nil
		}
	})
	w := httptest.NewRecorder()
	in.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/sessions", body))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if want := body.ended.Add(in.cfg.Limits.Store); body.ended.IsZero() || until.Before(want) {
		t.Errorf("the store has until %v, want %v or later: the body ended at %v", until, want, body.ended)
	}
}
