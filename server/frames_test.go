package server

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"visavis/protocol"
)

// The first byte of a frame, RFC 6455, 5.2: fin, three reserved bits, the opcode.
const (
	fin, rsv1, rsv2, rsv3 = 0x80, 0x40, 0x20, 0x10

	opNext, opText, opBinary, opClose, opPing, opPong = 0, 1, 2, 8, 9, 10
)

// sent is one frame as a browser sends it: masked, its length in as few bytes as it needs.
func sent(first byte, payload string) []byte {
	b := frame(false, first, []byte(payload))
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	at := len(b) - len(payload)
	copy(b[at-4:], mask[:])
	for i := range b[at:] {
		b[at+i] ^= mask[i%4]
	}
	return b
}

// closing is the payload of a close frame.
func closing(code uint16, reason string) string {
	return string(binary.BigEndian.AppendUint16(nil, code)) + reason
}

// received is one frame of the server's.
type received struct {
	first   byte
	payload string
}

// rawPeer is a client that sends whatever bytes it wants.
type rawPeer struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

// rawPeer connects to a path with more lines of a header, offers to compress, and has read
// the answer, which takes no extension.
func (in *instance) rawPeer(t *testing.T, path, header string) rawPeer {
	t.Helper()
	c := in.raw(t, path, header+"Sec-WebSocket-Extensions: permessage-deflate\r\n", nil)
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	p := rawPeer{t, c, bufio.NewReader(c)}
	res, err := http.ReadResponse(p.r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %+v, %v", res, err)
	}
	if got := res.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Fatalf("extensions %q, want none", got)
	}
	return p
}

// send writes frames. The server may have closed before the last of them.
func (p rawPeer) send(frames ...[]byte) {
	_, _ = p.conn.Write(bytes.Join(frames, nil))
}

// next is the server's next frame.
func (p rawPeer) next() (received, error) {
	var head [2]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		return received{}, err
	}
	size := int(head[1])
	if size == 126 {
		var more [2]byte
		if _, err := io.ReadFull(p.r, more[:]); err != nil {
			return received{}, err
		}
		size = int(binary.BigEndian.Uint16(more[:]))
	}
	if size > 1<<16 {
		p.t.Fatalf("a frame of the server's is masked, or longer than any here: %x", head)
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(p.r, payload)
	return received{head[0], string(payload)}, err
}

// closed reads up to the close frame, and returns its code, 1005 for none, and the frames before it.
func (p rawPeer) closed() (code int, before []received) {
	p.t.Helper()
	for {
		f, err := p.next()
		if err != nil {
			p.t.Errorf("the connection ends without a close frame: %v", err)
			return 0, before
		}
		if f.first != fin|opClose {
			before = append(before, f)
			continue
		}
		if len(f.payload) == 0 {
			return 1005, before
		}
		if len(f.payload) < 2 || len(f.payload) > 125 || !utf8.ValidString(f.payload[2:]) {
			p.t.Errorf("close frame %q", f.payload)
			return 0, before
		}
		return int(binary.BigEndian.Uint16([]byte(f.payload))), before
	}
}

// Frames that RFC 6455 forbids end the connection with the code that it names, on both
// sockets. The cases are those of the Autobahn test suite.
func TestFramesThatBreakTheProtocol(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for name, test := range map[string]struct {
		code   int
		frames [][]byte
	}{
		// 5.2: reserved bits without an extension, reserved opcodes
		"reserved bit 1, text":         {1002, [][]byte{sent(fin|rsv1|opText, "{}")}},
		"reserved bit 1, in the midst": {1002, [][]byte{sent(opText, "{"), sent(fin|rsv1|opNext, "}")}},
		"reserved bit 2, binary":       {1002, [][]byte{sent(fin|rsv2|opBinary, "x")}},
		"reserved bit 3, ping":         {1002, [][]byte{sent(fin|rsv3|opPing, "")}},
		"all reserved bits, close":     {1002, [][]byte{sent(fin|rsv1|rsv2|rsv3|opClose, closing(1000, ""))}},
		"opcode 3":                     {1002, [][]byte{sent(fin|3, "x")}},
		"opcode 7":                     {1002, [][]byte{sent(fin|7, "")}},
		"opcode 11":                    {1002, [][]byte{sent(fin|11, "x")}},
		"opcode 15":                    {1002, [][]byte{sent(fin|15, "")}},
		"opcode 5 within a message":    {1002, [][]byte{sent(opText, "{"), sent(fin|5, "}")}},
		// 7.2.3 of RFC 7692: the bit of a compressed message that was offered and not agreed upon
		"compressed": {1002, [][]byte{sent(fin|rsv1|opText, "\xaa\xae\x05\x00")}},
		// 5.4: fragments
		"a continuation of nothing":          {1002, [][]byte{sent(fin|opNext, "x")}},
		"a continuation of nothing, not fin": {1002, [][]byte{sent(opNext, "x")}},
		"a message within a message":         {1002, [][]byte{sent(opText, "{"), sent(fin|opText, "{}")}},
		"a picture within a message":         {1002, [][]byte{sent(opText, "{"), sent(opBinary, "x")}},
		// 5.5: control frames
		"ping in fragments":     {1002, [][]byte{sent(opPing, "a"), sent(fin|opNext, "b")}},
		"pong in fragments":     {1002, [][]byte{sent(opPong, "a")}},
		"close in fragments":    {1002, [][]byte{sent(opClose, closing(1000, ""))}},
		"ping of 126 bytes":     {1002, [][]byte{sent(fin|opPing, strings.Repeat("p", 126))}},
		"pong of 65,536 bytes":  {1002, [][]byte{sent(fin|opPong, strings.Repeat("p", 1<<16))}},
		"close of 126 bytes":    {1002, [][]byte{sent(fin|opClose, closing(1000, strings.Repeat("r", 124)))}},
		"ping of 126 in pieces": {1002, [][]byte{sent(opText, "{"), sent(fin|opPing, strings.Repeat("p", 126))}},
		// 5.5.1, 7.4: close frames
		"close of one byte":              {1002, [][]byte{sent(fin|opClose, "\x03")}},
		"close reason not UTF-8":         {1007, [][]byte{sent(fin|opClose, closing(1000, "gone \xff"))}},
		"close reason, a surrogate":      {1007, [][]byte{sent(fin|opClose, closing(1000, "\xed\xa0\x80"))}},
		"close reason, half a character": {1007, [][]byte{sent(fin|opClose, closing(4000, strings.Repeat("r", 122)+"\xc3"))}},
		// 5.1: a client masks
		"text without a mask":   {1002, [][]byte{{fin | opText, 2, '{', '}'}}},
		"ping without a mask":   {1002, [][]byte{{fin | opPing, 0}}},
		"close without a mask":  {1002, [][]byte{{fin | opClose, 2, 0x03, 0xe8}}},
		"the second not masked": {1002, [][]byte{sent(opText, "{"), {fin | opNext, 1, '}'}}},
		// 5.2: the first bit of a length of 64 bits is 0
		"a length of 64 bits": {1002, [][]byte{{fin | opBinary, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}},
		// 8.1: text that is not UTF-8, also in pieces
		"text not UTF-8 in pieces": {1007, [][]byte{sent(opText, "\xc3"), sent(opNext, ""), sent(fin|opNext, "x")}},
		// 7.4.1: messages that are too large
		"text too large": {1009, [][]byte{sent(fin|opText, strings.Repeat(" ", maxText+1))}},
		"text too large in pieces": {1009, append([][]byte{sent(opText, "{")},
			slices.Repeat([][]byte{sent(opNext, strings.Repeat(" ", maxText/4))}, 4)...)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/ws/phone", "/ws/desktop"} {
				p := in.rawPeer(t, path, "")
				p.send(test.frames...)
				if code, before := p.closed(); code != test.code {
					t.Errorf("%s: closed with %d after %q, want %d", path, code, before, test.code)
				}
				_ = p.conn.Close()
			}
		})
	}
}

// A close frame is answered with its own code where RFC 6455, 7.4, or IANA's register lets
// a peer send it, and is a protocol error where not. Then the connection ends.
func TestCloseFramesAreAnswered(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, test := range []struct {
		want  int
		codes []uint16
	}{
		{0, []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}},
		{1002, []uint16{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}},
	} {
		for _, code := range test.codes {
			p := in.rawPeer(t, "/ws/phone", "")
			p.send(sent(fin|opClose, closing(code, "au revoir, à bientôt")))
			want := test.want
			if want == 0 {
				want = int(code)
			}
			if got, before := p.closed(); got != want || len(before) != 0 {
				t.Errorf("close %d: answered with %d after %q, want %d", code, got, before, want)
			}
			if f, err := p.next(); err == nil {
				t.Errorf("close %d: %v after the close frame", code, f)
			}
		}
	}
	p := in.rawPeer(t, "/ws/phone", "")
	p.send(sent(fin|opClose, ""))
	if got, _ := p.closed(); got != 1005 {
		t.Errorf("close without a code: answered with %d, want none", got)
	}
}

// What comes behind a close frame is discarded (RFC 6455, 7.1.1): it changes neither the answer nor what it costs.
// Of several faults the first one is told, and what comes before it is answered first.
func TestTheFirstFrameThatEndsAConnectionDecides(t *testing.T) {
	in := newTestServer(t, newStore(t))
	bye := sent(fin|opClose, closing(1000, "bye"))
	wrong := sent(fin|opClose, closing(1000, "\xff"))
	bare := []byte{fin | opPing, 0}
	for name, test := range map[string]struct {
		code   int
		pongs  int
		frames [][]byte
	}{
		"a frame without a mask":      {1000, 0, [][]byte{bye, bare}},
		"a second close frame":        {1000, 0, [][]byte{bye, sent(fin|opClose, closing(4000, ""))}},
		"a wrong close frame":         {1000, 0, [][]byte{bye, wrong}},
		"a length of 64 bits":         {1000, 0, [][]byte{bye, {fin | opBinary, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}},
		"text that is not UTF-8":      {1000, 0, [][]byte{bye, sent(fin|opText, "\xff")}},
		"no frame at all":             {1000, 0, [][]byte{bye, []byte("GET / HTTP/1.1\r\n\r\n")}},
		"within a message":            {1000, 0, [][]byte{sent(opText, "{"), bye, bare}},
		"a code that nobody may send": {1002, 0, [][]byte{sent(fin|opClose, closing(1006, "")), wrong}},
		"an opcode, a reason":         {1002, 0, [][]byte{sent(fin|opPing, "a"), sent(fin|3, ""), wrong}},
		"a reason, no mask":           {1007, 0, [][]byte{wrong, bare}},
		"a ping, no mask":             {1002, 1, [][]byte{sent(fin|opPing, "a"), bare}},
		"two pings, a reason":         {1007, 2, [][]byte{sent(fin|opPing, "a"), sent(fin|opPing, "b"), wrong}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/ws/phone", "/ws/desktop"} {
				p := in.rawPeer(t, path, "")
				p.send(test.frames...)
				code, before := p.closed()
				pongs := 0
				for _, f := range before {
					if f.first == fin|opPong {
						pongs++
					}
				}
				if code != test.code || pongs < test.pongs {
					t.Errorf("%s: closed with %d after %q, want %d after %d pongs", path, code, before, test.code, test.pongs)
				}
				_ = p.conn.Close()
			}
		})
	}
}

// Whatever RFC 6455 allows is a message like any other: fragments at any place, also within a
// character, control frames between them, empty frames, pongs that nobody asked for.
func TestFramesThatTheProtocolAllows(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	p := in.rawPeer(t, "/ws/desktop", "Cookie: "+cookie.Name+"="+cookie.Value+"\r\n")
	long := strings.Repeat("p", 125)
	hello, err := protocol.Encode(protocol.Hello{})
	if err != nil {
		t.Fatal(err)
	}
	// Nothing reads the member: its only purpose is a character of two bytes.
	text := strings.Replace(string(hello), "{", `{"remark":"é",`, 1)
	cut := strings.Index(text, "é") + 1
	p.send(sent(fin|opPong, "unasked"), sent(fin|opPing, ""), sent(opText, ""), sent(opNext, text[:cut]),
		sent(fin|opPing, "between"), sent(opNext, ""), sent(fin|opPong, ""), sent(opNext, text[cut:]),
		sent(fin|opPing, long), sent(fin|opNext, ""))
	var pongs []string
	for {
		f, err := p.next()
		if err != nil {
			t.Fatal(err)
		}
		if f.first == fin|opPong {
			pongs = append(pongs, f.payload)
		}
		if f.first == fin|opText && strings.Contains(f.payload, `"pairing"`) {
			break
		}
		if f.first == fin|opClose {
			t.Fatalf("closed: %q", f.payload)
		}
	}
	if want := []string{"", "between", long}; !slices.Equal(pongs, want) {
		t.Errorf("pongs %q, want %q", pongs, want)
	}
	p.send(sent(fin|opClose, closing(1000, "")))
	if code, _ := p.closed(); code != 1000 {
		t.Errorf("closed with %d, want 1000", code)
	}
	if _, err := p.next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the close frame: %v, want the end", err)
	}
}
