package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"visavis/limits"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/live"
)

// Close codes of RFC 6455, 7.4.1.
const (
	closeProtocol protocol.CloseCode = 1002 // a frame that is forbidden
	closeNotUTF8  protocol.CloseCode = 1007 // text that is not UTF-8
)

// talk is one side's conversation, without its transport. The connection's write loop
// calls Event and Tick, its reading side everything else.
type talk interface {
	// Event handles a session event. Resulting messages go to the outbox.
	Event(ctx context.Context, ev pairing.Event)
	// Tick is called after Due.
	Tick(ctx context.Context)
	// Due returns the time of the next deadline; zero means none.
	Due() time.Time
}

// socket is one WebSocket. The handler's goroutine reads; run writes.
type socket struct {
	conn   *websocket.Conn
	out    *live.Outbox
	limits Limits
	log    *slog.Logger
	wire   Wire
	known  func() // marks the socket as no longer a stranger's
	// events delivers the subscription to run, once the session is known.
	events chan (<-chan pairing.Event)
}

// accept upgrades the request after the checks that need no message: Origin, the sockets
// of the address and in total, the version. The returned function removes the socket from
// register and meter.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, role string) (*socket, func(), bool) {
	if !s.originAllowed(r) {
		writeError(w, protocol.Error{Code: protocol.CodeOriginRefused, Text: "this origin may not connect"})
		return nil, nil, false
	}
	addr := clientAddr(r, s.cfg.TrustedProxies)
	rows := []limits.Limit{limits.SocketsStrangers}
	if role == live.RoleDesktop {
		rows = append(rows, limits.SocketsDesktops)
	}
	held, err := s.holdSocket(addr, rows...)
	if err != nil {
		writeRefused(w, err)
		return nil, nil, false
	}
	out := live.NewOutbox()
	if !s.register.add(out) {
		held.Release()
		writeError(w, protocol.Error{Code: protocol.CodeUnavailable, Text: "going down"})
		return nil, nil, false
	}
	release := func() {
		s.register.remove(out)
		held.Release()
	}
	conn, err := websocket.Accept(s.metered(w, addr, out), r, &websocket.AcceptOptions{
		Subprotocols:       []string{protocol.Subprotocol},
		InsecureSkipVerify: true, // the Origin was checked above, against our list and not against Host
	})
	if err != nil { // Accept has answered
		release()
		return nil, nil, false
	}
	conn.SetReadLimit(maxText)
	if conn.Subprotocol() != protocol.Subprotocol {
		out.Close(&live.Ending{Code: protocol.CloseUnsupportedVersion, Reason: "want " + protocol.Subprotocol})
	}
	return &socket{
		conn: conn, out: out, limits: s.cfg.Limits, log: s.cfg.Logger,
		known:  func() { held.Release(limits.SocketsStrangers) },
		events: make(chan (<-chan pairing.Event), 1),
		// CloseNow fails only on a connection that has ended already.
		wire: s.cfg.Tap.Socket(role, func() { _ = conn.CloseNow() }),
	}, release, true
}

// serve runs a socket until it ends: read in this goroutine, run in another. It returns
// when both have ended, with the reason.
func (k *socket) serve(ctx context.Context, t talk,
	take func(ctx context.Context, kind websocket.MessageType, data []byte)) *live.Ending {
	var (
		writer sync.WaitGroup
		end    *live.Ending
	)
	writer.Go(func() { end = k.run(ctx, t) })
	k.out.Close(k.read(ctx, take))
	writer.Wait()
	if end != nil {
		k.wire.Ended(end.Code)
	}
	return end
}

// read takes messages until the socket ends, and returns the reason.
func (k *socket) read(ctx context.Context, take func(ctx context.Context, kind websocket.MessageType, data []byte)) (
	end *live.Ending) {
	defer func() {
		if p := recover(); p != nil {
			k.log.ErrorContext(ctx, "panic", "panic", p, "stack", string(debug.Stack()))
			end = &live.Ending{Code: live.CloseInternal, Reason: "internal"}
		}
	}()
	for {
		kind, data, err := k.conn.Read(ctx)
		if err != nil {
			return endOfRead(err)
		}
		if kind == websocket.MessageText && !utf8.Valid(data) { // RFC 6455, 8.1
			return &live.Ending{Code: closeNotUTF8, Reason: "text is not UTF-8"}
		}
		k.wire.Received(kind == websocket.MessageBinary, data)
		take(ctx, kind, data)
	}
}

// run is the only writer. It sends the close frame before anything is cancelled.
func (k *socket) run(ctx context.Context, t talk) (end *live.Ending) {
	defer k.conn.CloseNow()
	defer func() {
		if p := recover(); p != nil {
			end = k.panicked(ctx, p)
		}
	}()
	var pings sync.WaitGroup
	defer pings.Wait()
	ping := time.NewTicker(live.Jitter(k.limits.Ping))
	defer ping.Stop()
	limit := newAlarm(t.Due())
	defer limit.stop()
	var events <-chan pairing.Event
	for {
		select {
		case <-ctx.Done():
			return &live.Ending{Cause: context.Cause(ctx)}
		case events = <-k.events:
			limit.set(t.Due())
		case ev, ok := <-events:
			if !ok {
				k.out.Close(&live.Ending{Code: protocol.CloseGoingDown, Reason: "news lost"})
				events = nil
				continue
			}
			t.Event(ctx, ev)
			if end := k.flush(ctx); end != nil { // at once: what the timer is set to can wait
				return end
			}
			limit.set(t.Due())
		case <-limit.c():
			t.Tick(ctx)
			limit.set(t.Due())
		case <-ping.C:
			pings.Go(func() { k.ping(ctx) })
		case <-k.out.Ready():
			if end := k.flush(ctx); end != nil {
				return end
			}
			limit.set(t.Due())
		}
	}
}

// panicked ends one connection after a panic. The others go on.
func (k *socket) panicked(ctx context.Context, p any) *live.Ending {
	k.log.ErrorContext(ctx, "panic", "panic", p, "stack", string(debug.Stack()))
	_ = k.conn.Close(websocket.StatusInternalError, "internal")
	return &live.Ending{Code: live.CloseInternal, Reason: "internal"}
}

// flush writes the waiting messages. It returns the ending if the socket is over.
func (k *socket) flush(ctx context.Context) *live.Ending {
	items, end := k.out.Take()
	for _, it := range items {
		if err := k.write(ctx, it.Data); err != nil {
			if end == nil {
				end = &live.Ending{Cause: err}
			}
			break
		}
	}
	if end != nil && end.Code != 0 {
		// The peer has five seconds to answer; its silence changes nothing.
		_ = k.conn.Close(websocket.StatusCode(end.Code), end.Reason)
	}
	return end
}

func (k *socket) write(ctx context.Context, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, k.limits.Write)
	defer cancel()
	if err := k.conn.Write(ctx, websocket.MessageText, data); err != nil {
		return err
	}
	k.wire.Sent(data)
	return nil
}

func (k *socket) ping(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, k.limits.Pong)
	defer cancel()
	if err := k.conn.Ping(ctx); err != nil {
		k.out.Close(&live.Ending{Code: protocol.CloseIdle, Reason: "no pong", Cause: err})
	}
}

// endOfRead returns why reading ended. The library itself has answered a close frame or
// an oversized message.
func endOfRead(err error) *live.Ending {
	switch {
	case websocket.CloseStatus(err) != -1, errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, context.Canceled):
		return &live.Ending{}
	}
	return &live.Ending{Cause: err}
}

// helloLimit closes a connection without a first message in time.
func (k *socket) helloLimit() *time.Timer {
	return time.AfterFunc(k.limits.Hello, func() {
		k.out.Close(&live.Ending{Code: protocol.CloseIdle, Reason: "no hello"})
	})
}

// alarm is a timer for an optional point in time.
type alarm struct{ timer *time.Timer }

func newAlarm(at time.Time) *alarm {
	a := &alarm{}
	a.set(at)
	return a
}

func (a *alarm) set(at time.Time) {
	switch {
	case at.IsZero():
		a.stop()
	case a.timer == nil:
		a.timer = time.NewTimer(time.Until(at))
	default:
		a.timer.Reset(time.Until(at))
	}
}

func (a *alarm) c() <-chan time.Time {
	if a.timer == nil {
		return nil
	}
	return a.timer.C
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}
