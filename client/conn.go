package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"sync"
	"time"

	"visavis/protocol"
)

// conn is what a Desktop and a Phone have in common: one connection after the other, and
// the events of all of them, which wait until they are asked for.
type conn struct {
	cfg      Config
	server   *url.URL
	http     *http.Client // with its own cookies and connections
	role     string       // in the server's paths: desktop or phone
	noSocket bool         // use HTTP: by Config.NoSocket, or because no socket opens
	tab      string       // names a desktop's page
	beat     time.Duration

	live transport // nil while it is not open; owned by Resume, Drop and Close
	stop func()    // ends the heartbeat of live, and waits for it

	mu     sync.Mutex
	memory protocol.Memory
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

// remember works with the memory; mu is held meanwhile.
func remember[T any](c *conn, with func(m *protocol.Memory) T) T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return with(&c.memory)
}

// Resume connects, again after a lost or dropped connection, and says hello with the last
// rev and what the client holds by then: its cookie or its device secret.
func (c *conn) Resume(ctx context.Context) error {
	c.Drop()
	var err error
	if c.noSocket {
		c.live = c.openPosted()
	} else if c.live, err = c.dialSocket(ctx); err != nil {
		return err
	}
	if c.cfg.NoHello {
		return nil
	}
	if err = c.Send(ctx, remember(c, (*protocol.Memory).Hello)); err != nil || c.beat <= 0 {
		return err
	}
	beating, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	c.stop = func() { cancel(); done.Wait() }
	done.Go(func() { c.beats(beating, c.live) })
	return nil
}

// beats sends the heartbeat of a phone that has claimed, until its connection is gone.
func (c *conn) beats(ctx context.Context, live transport) {
	for tick := time.Tick(c.beat); ; {
		select {
		case <-tick:
		case <-ctx.Done():
			return
		}
		claimed := remember(c, func(m *protocol.Memory) bool { return m.Secret != "" })
		if claimed && send(ctx, live, protocol.Beat{}) != nil {
			return // the reader tells how the connection ended
		}
	}
}

// Send sends one message.
func (c *conn) Send(ctx context.Context, m protocol.Message) error { return send(ctx, c.live, m) }

func send(ctx context.Context, live transport, m protocol.Message) error {
	data, err := protocol.Encode(m)
	if err != nil {
		return err
	}
	return sendRaw(ctx, live, false, data)
}

// SendRaw sends data unchanged, as one text or one binary message.
func (c *conn) SendRaw(ctx context.Context, binary bool, data []byte) error {
	return sendRaw(ctx, c.live, binary, data)
}

func sendRaw(ctx context.Context, live transport, binary bool, data []byte) error {
	err := ErrClosed
	if live != nil {
		err = live.send(ctx, binary, data)
	}
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
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
	}
	if c.live != nil {
		c.live.end(orderly)
	}
	c.stop, c.live = nil, nil
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
		c.memory.Hear(e.Message)
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

// again repeats what the server lacks after a return. A failed send shows as the end of the
// connection.
func (c *conn) again(ctx context.Context, w protocol.Welcome) {
	c.mu.Lock()
	start, lacking := c.memory.Again(w)
	c.mu.Unlock()
	if start != nil && c.Send(ctx, *start) == nil {
		_ = c.sendFrames(ctx, lacking...)
	}
}

// sendFrames sends pictures, or parts of one.
func (c *conn) sendFrames(ctx context.Context, frames ...protocol.Frame) error {
	for _, f := range frames {
		data, err := protocol.PackFrame(f)
		if err == nil {
			err = c.SendRaw(ctx, true, data)
		}
		if err != nil {
			return fmt.Errorf("part %d of %d: %w", f.Part+1, f.Parts, err)
		}
	}
	return nil
}

// comeBack retries until connected. A final refusal is returned as the error, and is also
// an event.
func (c *conn) comeBack(ctx context.Context) error {
	began := time.Now()
	c.noSocket = c.cfg.NoSocket // a socket may open now although earlier ones did not
	for attempt := 0; ; attempt++ {
		select {
		case <-time.After(protocol.ResumeAfter(attempt)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		err := c.Resume(ctx)
		refused, ok := errors.AsType[*HTTPError](err)
		if err == nil || ok && !protocol.RetryStatus(refused.Status) {
			return err
		}
		c.noSocket = c.noSocket || time.Since(began) > protocol.SocketWait
	}
}
