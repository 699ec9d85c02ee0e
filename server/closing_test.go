package server

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/protocol"
)

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

// Text that is not UTF-8 closes with 1007, on both sockets.
func TestTextThatIsNotUTF8(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, role := range []string{"phone", "desktop"} {
		for _, text := range []string{"{\"type\":\"hello\",\"token\":\"\xff\"}", "\xc0\xaf", "\xed\xa0\x80",
			"\xf4\x90\x80\x80", "\xff\xd8\xff\xe0 a JPEG"} {
			c := in.dial(t, role, nil)
			c.sendText([]byte(text))
			c.expectClose(closeNotUTF8)
		}
	}
}
