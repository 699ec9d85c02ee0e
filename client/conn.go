package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"visavis/protocol"
)

// Times that the protocol asks for.
const (
	beatEvery = 4 * time.Second // of a phone
	pollEvery = 2 * time.Second // of a desktop whose streams are held back
	// socketWait is how long a client tries the socket before it uses the HTTP fallback.
	socketWait = 5 * time.Second
	// The delay before a reconnect grows and has a random part, so that the clients of a
	// restarted server do not all reconnect at once.
	resumeFirst = 500 * time.Millisecond
	resumeMost  = 15 * time.Second
)

// conn is what a Desktop and a Phone have in common: one connection after the other, and
// the events of all of them, which wait until they are asked for.
type conn struct {
	*web
	name  string                 // in the server's paths: desktop or phone
	hello func() protocol.Hello  // the first message; mu is held
	note  func(protocol.Message) // sees each message before Next returns it; mu is held
	// again sends what is repeated after the welcome of a connection that Events resumed.
	again func(ctx context.Context, w protocol.Welcome)
	// Of the HTTP fallback: headers adds to those of a POST, with mu held; stream is what the
	// event stream asks for, nil for a phone, whose heartbeat polls; tab names the page.
	headers func(h http.Header)
	stream  func() url.Values
	tab     string
	beat    time.Duration // of the heartbeat once hello is said; 0 or less: none

	live transport // nil while it is not open; owned by Resume, Drop and Close
	stop func()    // ends the heartbeat of live, and waits for it

	mu     sync.Mutex
	rev    int64
	ready  bool // the heartbeat may begin
	events []Event
	fresh  chan struct{} // closed and replaced when something arrives
}

// transport sends messages. Received ones become events of its conn.
type transport interface {
	send(ctx context.Context, binary bool, data []byte) error
	// end closes in good order, or abruptly, like a phone that lost its network. It returns
	// when the transport's goroutines have ended.
	end(orderly bool)
}

// Resume connects, again after a lost or dropped connection, and says hello with the last
// rev and what the client holds by then: its cookie or its device secret.
func (c *conn) Resume(ctx context.Context) error {
	c.Drop()
	if c.noSocket {
		c.live = c.openPosted()
	} else {
		s, err := c.dialSocket(ctx)
		if err != nil {
			return err
		}
		c.live = s
	}
	if c.cfg.NoHello {
		return nil
	}
	c.mu.Lock()
	hello := c.hello()
	hello.Rev, hello.Language = c.rev, c.cfg.Language
	c.mu.Unlock()
	if err := c.Send(ctx, hello); err != nil {
		return err
	}
	c.startBeat(c.live)
	return nil
}

// startBeat starts the heartbeat of a connection.
func (c *conn) startBeat(live transport) {
	if c.beat <= 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var beating sync.WaitGroup
	c.stop = func() { cancel(); beating.Wait() }
	beating.Go(func() {
		tick := time.NewTicker(c.beat)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			c.mu.Lock()
			ready := c.ready
			c.mu.Unlock()
			if ready && send(ctx, live, protocol.Beat{}) != nil {
				return // the reader tells how the connection ended
			}
		}
	})
}

// Send sends one message.
func (c *conn) Send(ctx context.Context, m protocol.Message) error { return send(ctx, c.live, m) }

func send(ctx context.Context, live transport, m protocol.Message) error {
	if live == nil {
		return fmt.Errorf("send %s: %w", m.MessageType(), ErrClosed)
	}
	data, err := protocol.Encode(m)
	if err != nil {
		return err
	}
	return live.send(ctx, false, data)
}

// SendRaw sends data unchanged, as one text or one binary message.
func (c *conn) SendRaw(ctx context.Context, binary bool, data []byte) error {
	if c.live == nil {
		return fmt.Errorf("send: %w", ErrClosed)
	}
	return c.live.send(ctx, binary, data)
}

// Drop closes the connection abruptly, without a close frame.
func (c *conn) Drop() { c.end(false) }

// Close closes the connection in good order. The session lives on.
func (c *conn) Close() {
	c.end(true)
	c.http.CloseIdleConnections()
}

func (c *conn) end(orderly bool) {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
	if c.live != nil {
		c.live.end(orderly)
		c.live = nil
	}
}

// arrived takes a message. One that cannot be read becomes an error that says so.
func (c *conn) arrived(data []byte) protocol.Message {
	m, err := protocol.Decode(data)
	if err != nil {
		m = protocol.Error{Code: protocol.CodeUnknownType, Text: "from the server: " + err.Error()}
	}
	c.put(Event{Message: m})
	return m
}

func (c *conn) put(e Event) {
	e.At = time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Message != nil {
		c.rev = max(c.rev, protocol.RevOf(e.Message))
		c.note(e.Message)
	}
	c.events = append(c.events, e)
	close(c.fresh)
	c.fresh = make(chan struct{})
}

// Next waits for the next event.
func (c *conn) Next(ctx context.Context) (Event, error) {
	for {
		c.mu.Lock()
		fresh := c.fresh
		if len(c.events) > 0 {
			e := c.events[0]
			c.events = c.events[1:]
			c.mu.Unlock()
			return e, nil
		}
		c.mu.Unlock()
		select {
		case <-fresh:
		case <-ctx.Done():
			return Event{}, context.Cause(ctx)
		}
	}
}

// Events yields events until the final end and reconnects by the rules of the protocol in
// between: after a retryable close code, with growing, random delays, and over HTTP if no
// socket opens within 5 s. A phone then sends start again, and the missing parts of an
// unfinished still. It also yields an end after which it reconnects, so that a caller can
// show that the connection is lost. The last event is a final end, unless ctx ends or the
// caller stops.
//
// Call it from the goroutine that owns Drop, Resume and Close.
func (c *conn) Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			e, err := c.Next(ctx)
			if err != nil {
				return
			}
			if w, ok := e.Message.(protocol.Welcome); ok {
				c.again(ctx, w)
			}
			if !yield(e) || e.Ended && (e.Code.Final() || c.comeBack(ctx) != nil) {
				return
			}
		}
	}
}

// comeBack retries until connected. A final refusal is returned as the error, and is also
// an event.
func (c *conn) comeBack(ctx context.Context) error {
	began := time.Now()
	c.noSocket = c.cfg.NoSocket // a socket may open again where none did before
	for delay := resumeFirst; ; delay = min(2*delay, resumeMost) {
		select {
		case <-time.After(delay/2 + rand.N(delay/2+1)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		err := c.Resume(ctx)
		if err == nil {
			return nil
		}
		if refused, ok := errors.AsType[*HTTPError](err); ok && refused.Status < 500 && refused.Status != 429 {
			return err
		}
		if time.Since(began) > socketWait {
			c.noSocket = true
		}
	}
}
