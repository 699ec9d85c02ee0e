package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/protocol"
)

// client is one end of a socket in a test.
type client struct {
	t    *testing.T
	conn *websocket.Conn
	rev  int64
}

func (in *instance) dial(t *testing.T, role string, header http.Header) *client {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), in.http.URL+"/ws/"+role, &websocket.DialOptions{
		Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: header,
	})
	if err != nil {
		t.Fatalf("dial %s: %v", role, err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t: t, conn: conn}
}

// dialDesktop connects a desktop and says hello.
func (in *instance) dialDesktop(t *testing.T, cookie *http.Cookie) *client {
	t.Helper()
	c := in.dial(t, "desktop", http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}})
	c.send(protocol.Hello{})
	return c
}

func (c *client) send(m protocol.Message) {
	c.t.Helper()
	b, err := protocol.Encode(m)
	if err != nil {
		c.t.Fatal(err)
	}
	c.sendText(b)
}

func (c *client) sendText(b []byte) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, b); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

func (c *client) sendFrame(f protocol.Frame) {
	c.t.Helper()
	b, err := protocol.PackFrame(f)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.conn.Write(c.t.Context(), websocket.MessageBinary, b); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// next reads one message, within 10 s.
func (c *client) next() (protocol.Message, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	_, b, err := c.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	m, err := protocol.Decode(b)
	if p, ok := m.(protocol.Progress); ok {
		c.rev = p.Rev
	}
	return m, err
}

// expect reads until a message of the type M that ok takes comes.
func expect[M protocol.Message](c *client, what string, ok func(M) bool) M {
	c.t.Helper()
	var seen []string
	for {
		m, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v; seen %s", what, err, strings.Join(seen, " "))
		}
		if want, is := m.(M); is && (ok == nil || ok(want)) {
			return want
		}
		b, _ := json.Marshal(m)
		seen = append(seen, string(m.MessageType())+string(b[:min(len(b), 300)]))
	}
}

func (c *client) expectState(state string) protocol.Progress {
	c.t.Helper()
	return expect(c, "state "+state, func(p protocol.Progress) bool { return p.State == state })
}

// expectClose reads until the socket is closed and compares the code.
func (c *client) expectClose(code protocol.CloseCode) {
	c.t.Helper()
	for {
		if _, err := c.next(); err != nil {
			if got := websocket.CloseStatus(err); int(got) != int(code) {
				c.t.Fatalf("close code %d, want %d (%v)", got, code, err)
			}
			return
		}
	}
}

// tokenOf is the token in a link's fragment.
func tokenOf(t *testing.T, url string) string {
	t.Helper()
	_, token, ok := strings.Cut(url, "#")
	if !ok {
		t.Fatalf("link %q has no fragment", url)
	}
	return token
}

// claim joins a phone to the session that the desktop shows a code of, up to the comparison.
// It returns the phone, its device secret and the digits that the desktop shows.
func (in *instance) claim(t *testing.T, desktop *client) (phone *client, secret, digits string) {
	t.Helper()
	pairing := expect[protocol.Pairing](desktop, "a code", nil)
	phone = in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, pairing.URL)})
	expect[protocol.Invitation](phone, "the invitation", nil)
	desktop.expectState(protocol.StateScanned)
	phone.send(protocol.Claim{})
	secret = expect[protocol.Welcome](phone, "the welcome", nil).DeviceSecret
	return phone, secret, desktop.expectState(protocol.StateComparing).Code
}

// pair joins a phone as claim does, and types the digits. It returns the phone and its
// device secret.
func (in *instance) pair(t *testing.T, desktop *client) (*client, string) {
	t.Helper()
	phone, secret, digits := in.claim(t, desktop)
	phone.send(protocol.ChooseCode{Code: digits})
	phone.expectState(protocol.StatePaired)
	desktop.expectState(protocol.StatePaired)
	return phone, secret
}

// start chooses a document and opens the camera.
func (c *client) start(doc string) {
	c.t.Helper()
	c.send(protocol.ChooseDocument{Document: doc})
	c.send(protocol.Start{CameraWidth: 1280, CameraHeight: 720})
	c.expectState(protocol.StateCapturing)
}

// captureStep sends previews until the still is asked for, and the still.
func (c *client) captureStep(step string, seq *uint32, jpeg []byte) {
	c.t.Helper()
	request := c.preview(step, seq, jpeg)
	c.still(step, request.Seq, jpeg, 3)
	result := expect[protocol.StillResult](c, "the still's result", nil)
	if !result.Accepted {
		c.t.Fatalf("still of %s refused: %+v", step, result)
	}
}

// preview sends previews until a still is asked for.
func (c *client) preview(step string, seq *uint32, jpeg []byte) protocol.CaptureStill {
	c.t.Helper()
	for range 5 {
		*seq++
		c.sendFrame(protocol.Frame{Kind: protocol.Preview, Step: step, Seq: *seq, CapturedAt: time.Now(),
			Parts: 1, Data: jpeg})
		r := expect(c, "the frame's result", func(r protocol.FrameResult) bool { return r.Seq == *seq })
		if r.Status != "judged" || !r.Good {
			c.t.Fatalf("preview of %s: %+v", step, r)
		}
		if r.Streak == capture.StreakGood {
			return expect[protocol.CaptureStill](c, "the still's request", nil)
		}
	}
	c.t.Fatalf("no still of %s was asked for", step)
	return protocol.CaptureStill{}
}

// still sends a picture in n parts, of which those in skip are left out.
func (c *client) still(step string, seq uint32, jpeg []byte, n int, skip ...int) {
	c.t.Helper()
	size := (len(jpeg) + n - 1) / n
	for i := range n {
		left := false
		for _, s := range skip {
			left = left || s == i
		}
		if left {
			continue
		}
		c.sendFrame(protocol.Frame{
			Kind: protocol.Still, Step: step, Seq: seq, CapturedAt: time.Now(), Part: i, Parts: n,
			Data: jpeg[i*size : min(len(jpeg), (i+1)*size)],
		})
	}
}
