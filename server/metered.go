package server

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
	"unicode/utf8"

	"visavis/limits"
	"visavis/protocol"
	"visavis/server/live"
)

// Every byte and frame that a peer sends on a socket is charged to its network on
// arrival. Pings, pongs, fragments of an endless message and empty frames count like
// messages.

// partingBytes and partingTime bound what is still read and discarded from a peer over
// its limit, so that the close frame reaches it.
const (
	partingBytes = 1 << 20
	partingTime  = time.Second
)

// readBuffer and writeBuffer are a socket's own, in bytes: the head of a frame, and a
// message of the usual size in one write.
const (
	readBuffer  = 256
	writeBuffer = 1 << 10
)

var errOverShare = errors.New("the network's share is used up")

var errFrame = errors.New("a frame that RFC 6455 forbids")

// What a client's frames may break that the library does not tell the client.
var (
	faultUnmasked = &live.Ending{Code: closeProtocol, Reason: "a frame is not masked", Cause: errFrame}
	faultLength   = &live.Ending{Code: closeProtocol, Reason: "a length has more than 63 bits", Cause: errFrame}
	faultReason   = &live.Ending{Code: closeNotUTF8, Reason: "the reason is not UTF-8", Cause: errFrame}
)

// The layout of frames, RFC 6455, 5.2 and 5.5.
const (
	maskLength    = 4
	maxControl    = 125 // bytes of a control frame's payload
	opcodeClose   = 8
	closeReasonAt = 2 // where the reason begins in a close frame's payload
)

// frameCounter counts the frames of an RFC 6455 stream up to the first close frame. Of
// their payload it reads that of close frames alone.
type frameCounter struct {
	head    [10]byte // of the current frame: two bytes and the length
	have    int
	skip    uint64 // remaining bytes of mask and payload
	closing []byte // of a close frame: mask and payload as far as they are there; nil in others
	closed  bool   // a close frame is complete: nothing behind it counts
}

// count returns how many frames begin in the next bytes of the stream, and how many of the
// bytes are to be read: those up to a close frame's end (RFC 6455, 7.1.1), or to the
// beginning of a frame with a fault. fault is what that frame breaks and the library leaves
// unsaid, else nil; the stream ends with it.
func (f *frameCounter) count(b []byte) (frames, readable int, fault *live.Ending) {
	at, begun := 0, 0 // of this byte, and of the frame that it belongs to; 0 for one that began before
	for at < len(b) && !f.closed {
		n := 1
		if f.skip > 0 {
			n, fault = f.payload(b[at:])
		} else {
			if f.have == 0 {
				begun = at
				frames++
			}
			fault = f.header(b[at])
		}
		if fault != nil {
			return frames, begun, fault
		}
		at += n
	}
	return frames, at, nil
}

// payload passes over mask and payload of the current frame as far as they are there: n bytes.
func (f *frameCounter) payload(b []byte) (n int, fault *live.Ending) {
	n = int(min(f.skip, uint64(len(b))))
	f.skip -= uint64(n)
	if f.closing == nil {
		return n, nil
	}
	f.closing = append(f.closing, b[:n]...)
	if f.skip > 0 {
		return n, nil
	}
	if !validReason(f.closing) {
		return n, faultReason
	}
	f.closing, f.closed = nil, true
	return n, nil
}

// header takes the next byte of the current frame's header. Once it is complete, mask and payload follow.
func (f *frameCounter) header(c byte) *live.Ending {
	f.head[f.have] = c
	f.have++
	if f.have < 2 {
		return nil
	}
	if f.head[1]&0x80 == 0 {
		return faultUnmasked
	}
	need, length := 2, uint64(f.head[1]&0x7f)
	switch length {
	case 126:
		need, length = 4, uint64(binary.BigEndian.Uint16(f.head[2:]))
	case 127:
		need, length = 10, binary.BigEndian.Uint64(f.head[2:])
	}
	if f.have < need {
		return nil
	}
	if length > math.MaxInt64 {
		return faultLength
	}
	if f.head[0]&0x0f == opcodeClose && length <= maxControl {
		f.closing = make([]byte, 0, maskLength+int(length))
	}
	f.have, f.skip = 0, uint64(maskLength)+length
	return nil
}

// validReason tells whether a close frame's reason is UTF-8, as RFC 6455 wants it in 5.5.1.
// sent is the mask and the masked payload.
func validReason(sent []byte) bool {
	mask, payload := sent[:maskLength], sent[maskLength:]
	reason := make([]byte, 0, len(payload))
	for i := closeReasonAt; i < len(payload); i++ {
		reason = append(reason, payload[i]^mask[i%maskLength])
	}
	return utf8.Valid(reason)
}

// meteredWriter hijacks an upgraded connection as a meteredConn.
type meteredWriter struct {
	http.ResponseWriter
	take func(frames, bytes int) error
	over func(*live.Ending)
}

// Hijack implements [http.Hijacker].
func (w meteredWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, both, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, err := both.Reader.Peek(both.Reader.Buffered()) // sent before the answer came
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	m := &meteredConn{Conn: conn, take: w.take, over: w.over, said: make(chan struct{})}
	if len(early) > 0 {
		m.early = bytes.NewReader(bytes.Clone(early))
	}
	// The buffers of net/http, 4 kB each, are released: an idle socket needs none of that size. Larger writes
	// bypass the buffer.
	return m, bufio.NewReadWriter(bufio.NewReaderSize(m, readBuffer), bufio.NewWriterSize(m, writeBuffer)), nil
}

// meteredConn is a connection whose received bytes are charged to its peer.
type meteredConn struct {
	net.Conn
	early  io.Reader // nil once read
	frames frameCounter
	take   func(frames, bytes int) error
	over   func(*live.Ending)

	fault *live.Ending // of the frame that follows what was read: the next read ends with it
	gone  error        // why nothing more is read; of the reader alone, as fault

	once sync.Once
	said chan struct{} // closed by the first write after over, or by Close
	late sync.Mutex
	tell bool // under late: over was called
}

// Read implements [net.Conn].
func (c *meteredConn) Read(p []byte) (n int, err error) {
	switch {
	case c.gone != nil:
		return 0, c.gone
	case c.fault != nil:
		return 0, c.part(c.fault)
	case c.frames.closed:
		return 0, io.EOF
	}
	if c.early != nil {
		if n, err = c.early.Read(p); errors.Is(err, io.EOF) {
			c.early, err = nil, nil
		}
	}
	if n == 0 && err == nil {
		n, err = c.Conn.Read(p)
	}
	if n == 0 {
		return n, err
	}
	frames, readable, fault := c.frames.count(p[:n])
	switch {
	case c.take(frames, n) != nil:
		return 0, c.part(&live.Ending{Code: protocol.CloseRateLimited, Reason: "too many messages", Cause: errOverShare})
	case fault != nil && readable == 0:
		return 0, c.part(fault)
	}
	c.fault = fault // what comes before it may end the connection otherwise
	return readable, err
}

// part waits until the close frame is written and the peer, which may still be sending,
// can read it. It returns the ending's cause, which every later read returns.
func (c *meteredConn) part(end *live.Ending) error {
	c.gone = end.Cause
	c.late.Lock()
	c.tell = true
	c.late.Unlock()
	c.over(end)
	patience := time.NewTimer(partingTime)
	defer patience.Stop()
	select {
	case <-c.said:
	case <-patience.C:
	}
	if c.SetReadDeadline(time.Now().Add(partingTime)) == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(c.Conn, partingBytes)) // normally until the peer closes
	}
	return c.gone
}

// Write implements [net.Conn].
func (c *meteredConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.late.Lock()
	tell := c.tell
	c.late.Unlock()
	if tell {
		c.once.Do(func() { close(c.said) })
	}
	return n, err
}

// Close implements [net.Conn].
func (c *meteredConn) Close() error {
	c.once.Do(func() { close(c.said) })
	return c.Conn.Close()
}

// metered charges a socket's incoming traffic to its address.
func (s *Server) metered(w http.ResponseWriter, addr netip.Addr, out *live.Outbox) http.ResponseWriter {
	return meteredWriter{
		ResponseWriter: w,
		take: func(frames, bytes int) error {
			return s.meter.TakeBoth(addr, limits.Messages, float64(frames), limits.Bytes, float64(bytes))
		},
		over: func(end *live.Ending) { out.Close(end) },
	}
}
