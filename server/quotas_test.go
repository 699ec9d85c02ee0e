package server

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/capture/capturetest"
	"visavis/protocol"
	"visavis/server/live"
)

// What somebody without a session, or with one of their own, may cost others.

func TestASocketTakesLittleUntilItsWelcome(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, role := range []string{"phone", "desktop"} {
		c := in.dial(t, role, nil)
		if err := c.conn.Write(t.Context(), websocket.MessageBinary, make([]byte, maxText+2)); err != nil {
			t.Fatal(err)
		}
		c.expectClose(live.CloseTooBig)
	}
	phone, _ := in.pair(t, in.dialDesktop(t, in.openSession(t)))
	phone.start("passport")
	phone.sendFrame(protocol.Frame{Kind: protocol.Preview, Step: "document-front", Seq: 1, CapturedAt: time.Now(),
		Parts: 1, Data: append(capturetest.JPEG(t, 1), make([]byte, 4*maxText)...)})
	if r := expect[protocol.FrameResult](phone, "a picture's result", nil); r.Status != live.StatusJudged {
		t.Errorf("a picture of %d bytes after the welcome: %+v", 4*maxText, r)
	}
	phone.sendText(append([]byte(`{"type":"beat"`), append(bytes.Repeat([]byte(" "), maxText), '}')...))
	phone.expectClose(live.CloseTooBig)
}

func TestAPictureOverTheLimitClosesTheSocket(t *testing.T) {
	in := newTestServer(t, newStore(t))
	phone, secret := in.pair(t, in.dialDesktop(t, in.openSession(t)))
	phone.start("passport")
	// The write may fail half way, once the server has closed.
	_ = phone.conn.Write(t.Context(), websocket.MessageBinary, make([]byte, 100<<20))
	phone.expectClose(live.CloseTooBig)
	again := in.dial(t, "phone", nil)
	again.send(protocol.Hello{DeviceSecret: secret})
	if w := expect[protocol.Welcome](again, "the welcome back", nil); w.Progress.State != protocol.StateCapturing {
		t.Errorf("after it the session is %s, want capturing", w.Progress.State)
	}
}

func TestATextOverTheLimitOnThePostWay(t *testing.T) {
	in := newTestServer(t, newStore(t))
	long := `{"type":"hello","token":"` + strings.Repeat("A", maxText) + `"}`
	for _, path := range []string{"/api/phone", "/api/desktop?tab=a", "/api/sessions"} {
		if a := in.post(t, path, long, http.Header{"Content-Type": {"application/json"}}); a.status < 400 || a.status >= 500 {
			t.Errorf("POST %s of %d bytes: status %d", path, len(long), a.status)
		}
	}
}

// A picture over the limit is refused on the POST way too, from the phone itself.
func TestAPictureOverTheLimitOnThePostWay(t *testing.T) {
	in := newTestServer(t, newStore(t))
	_, secret := in.pair(t, in.dialDesktop(t, in.openSession(t)))
	header := http.Header{"Content-Type": {"application/octet-stream"}, "Visavis-Device": {secret}}
	if a := in.do(t, http.MethodPost, "/api/phone", bytes.NewReader(make([]byte, maxBinary+1)),
		header); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", a.status)
	}
}

func TestDeepJSONIsRefused(t *testing.T) {
	in := newTestServer(t, newStore(t))
	deep := strings.Repeat("[", maxText/2)
	messages := []string{deep, `{"type":` + deep, `{"type":"hello","unknown":` + deep, strings.Repeat(`{"a":`, maxText/8)}
	phone, _ := in.pair(t, in.dialDesktop(t, in.openSession(t)))
	for _, m := range messages {
		phone.sendText([]byte(m))
		expect(phone, "the Refusal", func(e protocol.Error) bool { return e.Code == protocol.CodeBadMessage })
		for _, path := range []string{"/api/phone", "/api/sessions"} {
			if a := in.post(t, path, m, http.Header{"Content-Type": {"application/json"}}); a.status != http.StatusBadRequest {
				t.Errorf("POST %s of %.20s…: status %d, want 400", path, m, a.status)
			}
		}
	}
	phone.start("passport") // the session goes on
}

func TestAFloodOfPingsIsCut(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.MessagesBurst, c.Limits.Messages = 30, 1 })
	phone := in.dial(t, "phone", nil)
	closed := make(chan error, 1)
	go func() {
		_, _, err := phone.conn.Read(context.Background())
		closed <- err
	}()
	for range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := phone.conn.Ping(ctx)
		cancel()
		if err != nil {
			break
		}
	}
	if err := <-closed; int(websocket.CloseStatus(err)) != int(protocol.CloseRateLimited) {
		t.Errorf("the end: %v, want close code 4002", err)
	}
}

func TestEventStreamsCountAsSockets(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.Sockets = 1 })
	cookie := in.openSession(t)
	header := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}, "Accept": {"text/event-stream"}}
	open := func() *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.http.URL+"/api/desktop/state?tab=a", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	first := open()
	second := open()
	_ = second.Body.Close()
	if first.StatusCode != http.StatusOK || second.StatusCode != http.StatusTooManyRequests ||
		second.Header.Get("Retry-After") == "" {
		t.Fatalf("status %d and %d, want 200 and 429 with Retry-After", first.StatusCode, second.StatusCode)
	}
	_ = first.Body.Close()
	in.waitOpen(t, 0)
	for deadline := time.Now().Add(10 * time.Second); ; {
		third := open()
		_ = third.Body.Close()
		if third.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a stream that is gone still counts")
		}
	}
}

func TestSocketsOfOneAddress(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.Sockets = 2 })
	in.dial(t, "phone", nil)
	in.dial(t, "desktop", nil)
	_, res, err := websocket.Dial(t.Context(), in.http.URL+"/ws/phone", &websocket.DialOptions{
		Subprotocols: []string{protocol.Subprotocol}})
	if err == nil || res == nil || res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the third socket: %v, want status 429", err)
	}
}

func TestABodyOfUnknownLengthTakesItsShare(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.BytesBurst, c.Limits.Bytes = 3*maxBody/2, 1 })
	for i, want := range []int{http.StatusUnauthorized, http.StatusTooManyRequests} {
		body := io.MultiReader(strings.NewReader(`{"type":"beat"}`)) // its length is not known: chunked
		if a := in.do(t, http.MethodPost, "/api/phone", body, nil); a.status != want {
			t.Errorf("chunked body %d: status %d, want %d", i+1, a.status, want)
		}
	}
}

// deadlined remembers the deadline of its connection.
type deadlined struct {
	*httptest.ResponseRecorder
	write time.Time
}

func (d *deadlined) SetWriteDeadline(at time.Time) error { d.write = at; return nil }

func TestEveryAnswerHasADeadline(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, path := range []string{"/", "/js/app.js", "/metrics", "/api/desktop/state", "/none"} {
		w := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		in.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if left := time.Until(w.write); left < answerWithin/2 || left > answerWithin {
			t.Errorf("GET %s: the write may last %v, want %v", path, left, answerWithin)
		}
	}
}

// TestAReaderThatStops keeps a phone from reading: the writes to it end within
// their limit, and the session lives on.
func TestAReaderThatStops(t *testing.T) {
	withClock(t, func(t *testing.T, in *clocked) {
		desktop, phone := in.paired()
		conn, _, err := websocket.Dial(t.Context(), "http://visavis.example/ws/phone", &websocket.DialOptions{
			HTTPClient: in.http, Subprotocols: []string{protocol.Subprotocol},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		silent := &follower{conn: conn}
		silent.say(t, protocol.Hello{Token: strings.Repeat("A", 43)}) // answered, and never read
		time.Sleep(30 * time.Second)
		phone.say(t, protocol.Beat{})
		if n := in.register.len(); n != 2 {
			t.Errorf("%d sockets are open, want the two that read", n)
		}
		if p := desktop.newest(); p != nil && p.State != protocol.StatePaired {
			t.Errorf("the session is %s", p.State)
		}
	})
}

// TestTheInboxIsBounded fills a socket's inbox while its work stands still.
func TestTheInboxIsBounded(t *testing.T) {
	for name, item := range map[string][]byte{"messages": []byte("{}"), "bytes": make([]byte, maxBody)} {
		stand := make(chan struct{})
		in := &inbox{sock: &socket{out: live.NewOutbox()}, handle: func(context.Context, inItem) { <-stand }}
		for range maxInbox + 2 {
			in.put(t.Context(), websocket.MessageText, item)
		}
		in.mu.Lock()
		waiting, size := len(in.items), in.bytes
		in.mu.Unlock()
		if _, end := in.sock.out.Take(); end == nil || end.Code != protocol.CloseRateLimited {
			t.Errorf("%s: ending %v, want 4002", name, end)
		}
		if waiting > maxInbox || size > maxInboxBytes {
			t.Errorf("%s: %d items of %d bytes wait", name, waiting, size)
		}
		close(stand)
		in.worker.Wait()
		if in.bytes != 0 {
			t.Errorf("%s: %d bytes are counted in an empty inbox", name, in.bytes)
		}
	}
}
