package server

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/limits"
	"visavis/protocol"
	"visavis/server/live"
)

// frame is one frame of a client, masked with zeros.
func frame(fin bool, opcode byte, payload []byte) []byte {
	first := opcode
	if fin {
		first |= 0x80
	}
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

func TestFramesAreCountedHoweverTheyArrive(t *testing.T) {
	var stream []byte
	sizes := []int{0, 1, 125, 126, 127, 65535, 65536, 200_000, 0, 0, 5}
	for _, n := range sizes {
		stream = append(stream, frame(true, 2, make([]byte, n))...)
	}
	for _, step := range []int{1, 2, 3, 7, 13, 4096, len(stream)} {
		var f frameCounter
		got := 0
		for i := 0; i < len(stream); i += step {
			piece := stream[i:min(i+step, len(stream))]
			n, readable, fault := f.count(piece)
			if fault != nil || readable != len(piece) {
				t.Fatalf("in pieces of %d bytes: %d can be read, %v", step, readable, fault)
			}
			got += n
		}
		if got != len(sizes) {
			t.Errorf("in pieces of %d bytes: %d frames, want %d", step, got, len(sizes))
		}
	}
	var f frameCounter // the longest frame
	f.count([]byte{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	if n, readable, fault := f.count(make([]byte, 1000)); n != 0 || readable != 1000 || fault != nil {
		t.Errorf("%d frames within a frame, %d can be read, %v", n, readable, fault)
	}
}

// What follows a close frame is neither read nor counted (RFC 6455, 7.1.1). What precedes a fault is both.
func TestTheStreamEndsWithACloseFrameOrAFault(t *testing.T) {
	ping, end := frame(true, 9, []byte("p")), frame(true, 8, []byte("\x03\xe8bye"))
	bare, wrong := []byte{0x89, 0}, frame(true, 8, []byte("\x03\xe8\xff"))
	long := []byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	for name, test := range map[string]struct {
		stream           [][]byte
		frames, readable int
		fault            *live.Ending
	}{
		"pings behind a close frame":    {[][]byte{ping, end, ping, ping}, 2, len(ping) + len(end), nil},
		"a fault behind a close frame":  {[][]byte{end, bare}, 1, len(end), nil},
		"a second, wrong close frame":   {[][]byte{end, wrong}, 1, len(end), nil},
		"a close frame without a code":  {[][]byte{frame(true, 8, nil), long}, 1, 6, nil},
		"a frame without a mask":        {[][]byte{ping, bare, ping}, 2, len(ping), faultUnmasked},
		"a wrong reason":                {[][]byte{ping, ping, wrong, end}, 3, 2 * len(ping), faultReason},
		"a wrong length":                {[][]byte{ping, long, end}, 2, len(ping), faultLength},
		"a wrong reason and no mask":    {[][]byte{wrong, bare}, 1, 0, faultReason},
		"no mask, then a wrong reason":  {[][]byte{bare, wrong}, 1, 0, faultUnmasked},
		"half a frame without its mask": {[][]byte{ping, {0x89}}, 2, len(ping) + 1, nil},
	} {
		var f frameCounter
		frames, readable, fault := f.count(bytes.Join(test.stream, nil))
		if frames != test.frames || readable != test.readable || fault != test.fault {
			t.Errorf("%s: %d frames, %d bytes, %v; want %d, %d, %v", name, frames, readable, fault, test.frames,
				test.readable, test.fault)
		}
		f = frameCounter{}
		frames = 0
		fault = nil
		for _, b := range bytes.Join(test.stream, nil) {
			if fault == nil {
				var n int
				n, _, fault = f.count([]byte{b})
				frames += n
			}
		}
		if frames != test.frames || fault != test.fault {
			t.Errorf("%s, byte by byte: %d frames, %v; want %d, %v", name, frames, fault, test.frames, test.fault)
		}
	}
}

// raw upgrades a connection by hand, so that frames can be sent that no library sends. header
// is more lines of the request, early goes with it.
func (in *instance) raw(t *testing.T, path, header string, early []byte) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(in.http.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	head := "GET " + path + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: " +
		"Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " + protocol.Subprotocol + "\r\n" + header + "\r\n"
	if _, err := c.Write(append([]byte(head), early...)); err != nil {
		t.Fatal(err)
	}
	return c
}

// closeCode reads what the server sends until its close frame and returns the code; zero: there was none.
func closeCode(t *testing.T, c net.Conn) int {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the connection stays open")
	}
	_, b, _ = bytes.Cut(b, []byte("\r\n\r\n"))
	for len(b) >= 4 && b[1] <= 126 { // none of ours is longer than 64 kB here
		if b[0] == 0x88 {
			return int(binary.BigEndian.Uint16(b[2:]))
		}
		end := 2 + int(b[1])
		if b[1] == 126 {
			end = 4 + int(binary.BigEndian.Uint16(b[2:]))
		}
		b = b[min(len(b), end):]
	}
	return 0
}

// What no message is counts like one: pings, pongs, the pieces of a message that never ends, frames of nothing, and
// what was sent before the answer.
func TestEveryFrameIsPaid(t *testing.T) {
	begin := frame(false, 1, []byte(`{"type":`))
	floods := map[string]struct {
		first, flood []byte
		times        int
	}{
		"pongs":                      {nil, frame(true, 10, []byte("p")), 100},
		"pings":                      {nil, frame(true, 9, []byte("p")), 100},
		"pieces of an open message":  {begin, frame(false, 0, []byte(" ")), 100},
		"pieces of nothing":          {begin, frame(false, 0, nil), 100},
		"pongs inside a message":     {begin, frame(true, 10, nil), 100},
		"pongs of 125 bytes, slowly": {nil, frame(true, 10, make([]byte, 125)), 100},
	}
	for name, f := range floods {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, early %v", name, early), func(t *testing.T) {
				in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.MessagesBurst, c.Limits.Messages = 50, 0.001 })
				all := append(bytes.Clone(f.first), bytes.Repeat(f.flood, f.times)...)
				if early {
					c := in.raw(t, "/ws/phone", "", all)
					if got := closeCode(t, c); got != int(protocol.CloseRateLimited) {
						t.Errorf("closed with %d, want 4002", got)
					}
					return
				}
				c := in.raw(t, "/ws/phone", "", nil)
				go func() { _, _ = c.Write(all) }()
				if got := closeCode(t, c); got != int(protocol.CloseRateLimited) {
					t.Errorf("closed with %d, want 4002", got)
				}
			})
		}
	}
}

// An honest phone whose browser cuts a picture into pieces pays for each and goes on.
func TestAMessageInPiecesIsOneMessage(t *testing.T) {
	in := newTestServer(t, newStore(t))
	c := in.raw(t, "/ws/phone", "", nil)
	hello := []byte(`{"type":"hello","token":"` + strings.Repeat("A", 43) + `"}`)
	for i, b := range hello {
		opcode := byte(0)
		if i == 0 {
			opcode = 1
		}
		if _, err := c.Write(frame(i == len(hello)-1, opcode, []byte{b})); err != nil {
			t.Fatal(err)
		}
	}
	if got := closeCode(t, c); got != int(protocol.CloseInvalidToken) {
		t.Errorf("closed with %d, want 4500: the hello was read", got)
	}
}

func TestRequestsArePaid(t *testing.T) {
	for path, most := range map[string]int{
		"/": 40, "/api/me": 40, "/no/such/page": 40, "/css/app.css": 400, "/a/0/home.js": 400,
		"/js/app.js": 400, "/img/app.svg": 400, "/app.css": 40, "/api/enrolments/x/export": 2, "/api/desktop/state": 40,
		"/api/console/sites/x/funnel": 2,
		"/login/callback":             40,
	} {
		in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.MessagesBurst, c.Limits.Messages = 40, 0.001 })
		get := func(path string) answer { return in.do(t, http.MethodGet, path, nil, nil) }
		passed := 0
		for range most + 1 {
			if a := get(path); a.status != http.StatusTooManyRequests {
				passed++
			} else if a.header.Get("Retry-After") == "" || !strings.Contains(string(a.body), "try again in") {
				t.Errorf("GET %s: refused with %s", path, a.body)
			}
		}
		if passed != most {
			t.Errorf("GET %s: %d passed, want %d", path, passed, most)
		}
		for _, path := range []string{"/healthz", "/readyz"} {
			if a := get(path); a.status != http.StatusOK {
				t.Errorf("GET %s of an address over its share: %d", path, a.status)
			}
		}
	}
	in := newTestServer(t, newStore(t))
	families, err := in.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	have := 0
	for _, f := range families {
		if f.GetName() == "visavis_limit_refused_total" {
			have = len(f.GetMetric())
		}
	}
	if have != len(limits.All()) {
		t.Errorf("%d limits have a metric, want all %d", have, len(limits.All()))
	}
}

// A request is paid whatever its method, its route and its answer.
func TestRequestsThatNobodyWantsArePaid(t *testing.T) {
	for _, of := range []struct{ method, path, origin string }{
		{http.MethodPost, "/no/such/route", ""},
		{http.MethodPost, "/api/phone", "https://elsewhere.example"},
		{http.MethodDelete, "/", ""},
		{http.MethodOptions, "/api/sessions", ""},
		{"NONSENSE", "/", ""},
		{http.MethodGet, "/ws/phone", ""}, // no upgrade
		{http.MethodGet, "/ws/desktop", "https://elsewhere.example"},
	} {
		in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.MessagesBurst, c.Limits.Messages = 20, 0.001 })
		header := http.Header{}
		if of.origin != "" {
			header.Set("Origin", of.origin)
		}
		for i := range 21 {
			if a := in.do(t, of.method, of.path, nil, header); (a.status == http.StatusTooManyRequests) != (i == 20) {
				t.Errorf("%s %s, request %d: status %d", of.method, of.path, i+1, a.status)
			}
		}
	}
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.BytesBurst, c.Limits.Bytes = 1000, 1 })
	for i, want := range []int{http.StatusNotFound, http.StatusTooManyRequests} {
		if a := in.do(t, http.MethodPost, "/no/such/route", bytes.NewReader(make([]byte, 600)), nil); a.status != want {
			t.Errorf("600 bytes, request %d: status %d, want %d", i+1, a.status, want)
		}
	}
}

func TestBeginningsOfALoginAreLimited(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for i := range limits.Logins.Number() + 1 {
		a := in.do(t, http.MethodGet, "/login/oidc", nil, nil)
		if want := i == limits.Logins.Number(); (a.status == http.StatusTooManyRequests) != want {
			t.Fatalf("beginning %d: status %d", i+1, a.status)
		}
	}
}

// Strangers and desktops leave sockets to the phones of sessions that are open.
func TestSocketsOfAllHaveAReserveForPhones(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.SocketsTotal = 16 }) // 12 desktops, 2 strangers
	cookie := in.openSession(t)
	for range 11 {
		expect[protocol.Welcome](in.dialDesktop(t, cookie), "a welcome", nil)
	}
	code := expect[protocol.Pairing](in.dialDesktop(t, cookie), "the newest code", nil)
	refused := func(role string) bool {
		c, res, err := websocket.Dial(t.Context(), in.http.URL+"/ws/"+role, &websocket.DialOptions{
			Subprotocols: []string{protocol.Subprotocol}})
		if err == nil {
			_ = c.CloseNow()
		}
		return res != nil && res.StatusCode == http.StatusTooManyRequests
	}
	if !refused("desktop") {
		t.Error("desktops take what is kept for phones")
	}
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	expect[protocol.Invitation](phone, "the invitation of a phone", nil)
	in.dial(t, "phone", nil)
	in.dial(t, "phone", nil)
	if !refused("phone") {
		t.Error("a third stranger is let in")
	}
}

func TestSocketsOfOneSession(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	for range limits.SocketsSession.Number() {
		expect[protocol.Welcome](in.dialDesktop(t, cookie), "a welcome", nil)
	}
	late := in.dialDesktop(t, cookie)
	late.expectClose(protocol.CloseRateLimited)
	expect[protocol.Welcome](in.dialDesktop(t, in.openSession(t)), "the welcome of another session", nil)
	header := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}, "Accept": {"text/event-stream"}}
	if a := in.do(t, http.MethodGet, "/api/desktop/state?tab=a", nil, header); a.status != http.StatusTooManyRequests {
		t.Errorf("an event stream over it: status %d, want 429", a.status)
	}
}

// A reader that is told of a limit is told when to come again, on the socket too.
func TestALimitOnASocketSaysWhenToComeAgain(t *testing.T) {
	answer, end := live.AnswerTo(limits.Refuse(limits.Claims, time.Minute), live.RolePhone)
	if answer.Code != protocol.CodeRateLimited || end != nil || !strings.Contains(answer.Text, "try again in 60 s") ||
		answer.Wanted != "30 claims in 10 min" {
		t.Errorf("%+v, ending %v", answer, end)
	}
}
