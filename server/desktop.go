package server

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/live"
)

// desktopSocket is the reading side of GET /ws/desktop. Identified by its session cookie
// it follows a session; identified by its login, an enrolment.
type desktopSocket struct {
	srv     *Server
	conn    *socket
	talk    *live.DesktopTalk
	inbox   inbox
	addr    netip.Addr
	secret  pairing.Token
	started func() // stops the limit on the first message

	// Owned by the inbox's worker.
	asked    *http.Request                                 // who asks; nil after the hello
	speak    func(ctx context.Context, m protocol.Message) // takes what follows the hello; nil before it
	cancel   func()                                        // of the subscription; nil before it
	watching sync.WaitGroup                                // the goroutine that watches an enrolment
}

func (s *Server) serveDesktop(w http.ResponseWriter, r *http.Request) {
	k, release, ok := s.accept(w, r, live.RoleDesktop)
	if !ok {
		return
	}
	d := &desktopSocket{
		srv:    s,
		conn:   k,
		talk:   s.plane.NewDesktop("", uuid.NewString(), k.out),
		addr:   clientAddr(r, s.cfg.TrustedProxies),
		secret: pairing.Token(strings.Clone(string(desktopSecret(r)))),
		asked:  r,
	}
	d.inbox.sock, d.inbox.crew, d.inbox.handle = k, s.crew, d.handle
	go func() { // the register waits for it; returning frees the request's buffers
		defer release()
		d.run()
	}()
}

// run returns when the socket has ended.
func (d *desktopSocket) run() {
	s := d.srv
	ctx, cancel := s.socketContext()
	defer cancel()
	limit := d.conn.helloLimit()
	defer limit.Stop()
	d.started = func() { limit.Stop() }
	end := d.conn.serve(ctx, d.talk, d.take)
	cancel()
	d.inbox.worker.Wait()
	d.watching.Wait()
	if d.cancel != nil {
		d.cancel()
	}
	s.logEnd(ctx, live.RoleDesktop, d.talk.Reference(), end)
}

// take adds one message to the inbox.
func (d *desktopSocket) take(ctx context.Context, kind websocket.MessageType, data []byte) {
	d.inbox.put(ctx, kind, data)
}

// handle takes one item of the inbox.
func (d *desktopSocket) handle(ctx context.Context, it inItem) {
	if it.binary {
		d.talk.Fail(ctx, live.Refuse(protocol.CodeBadMessage, "a desktop sends text only"))
		return
	}
	m, err := protocol.Decode(it.data)
	if err != nil && d.speak != nil {
		d.talk.Fail(ctx, err)
		return
	}
	if d.speak != nil {
		d.speak(ctx, m)
		return
	}
	hello, ok := m.(protocol.Hello)
	if !ok {
		d.conn.out.Close(&live.Ending{Code: protocol.CloseBadMessage, Reason: "hello comes first"})
		return
	}
	d.started()
	if hello.Enrolment != "" {
		d.watch(ctx, hello)
		return
	}
	events, err := d.follow(ctx)
	if err != nil {
		d.talk.Fail(ctx, err)
		return
	}
	d.asked, d.speak = nil, d.talk.Handle
	d.speak(ctx, m)
	d.conn.events <- events // the welcome goes first
}

// watch starts following an enrolment.
func (d *desktopSocket) watch(ctx context.Context, hello protocol.Hello) {
	t, err := d.srv.newEnrolmentTalk(d.asked, hello, d.conn.out)
	d.asked = nil
	if err != nil {
		d.talk.Fail(ctx, err)
		return
	}
	d.conn.known()
	d.cancel, d.speak = t.Stop, t.Handle
	if err := t.Greet(ctx, hello.Rev); err != nil {
		t.Fail(ctx, err)
		return
	}
	d.watching.Go(func() { t.Watch(ctx) })
}

// follow finds the session and subscribes before reading it, so that no event is missed.
func (d *desktopSocket) follow(ctx context.Context) (<-chan pairing.Event, error) {
	limited, cancel := context.WithTimeout(ctx, d.srv.cfg.Limits.Store)
	defer cancel()
	sess, err := d.srv.cfg.Service.ByDesktop(limited, d.secret)
	if err != nil {
		return nil, err
	}
	events, stop, err := d.srv.cfg.Service.Subscribe(ctx, sess.ID)
	if err != nil {
		return nil, err
	}
	release, err := d.srv.sessions.hold(sess.ID)
	if err != nil {
		stop()
		return nil, &live.Ending{Code: protocol.CloseRateLimited, Reason: "too many tabs", Cause: err}
	}
	d.conn.known()
	d.cancel = func() { stop(); release() }
	d.talk.Follow(sess.ID)
	return events, nil
}
