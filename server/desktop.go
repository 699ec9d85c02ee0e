package server

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"visavis/pairing"
	"visavis/protocol"
)

// desktopSocket is the reading side of GET /ws/desktop: known by its cookie, it
// follows a session.
type desktopSocket struct {
	srv     *Server
	conn    *socket
	talk    *desktopTalk
	inbox   inbox
	addr    netip.Addr
	secret  pairing.Token
	started func() // stops the limit on the first message

	// Owned by the work on the inbox.
	greeted bool
	cancel  func() // of the subscription; nil before it
}

func (s *Server) serveDesktop(w http.ResponseWriter, r *http.Request) {
	k, release, ok := s.accept(w, r, maxText)
	if !ok {
		return
	}
	d := &desktopSocket{
		srv:    s,
		conn:   k,
		talk:   s.newDesktopTalk("", uuid.NewString(), k.out),
		addr:   clientAddr(r, s.cfg.TrustedProxies),
		secret: pairing.Token(strings.Clone(string(desktopSecret(r)))),
	}
	d.inbox.sock, d.inbox.handle = k, d.handle
	go func() { // the register waits for it; the request with its buffers is let go
		defer release()
		d.run()
	}()
}

// run lives as long as the socket.
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
	if d.cancel != nil {
		d.cancel()
	}
	s.logEnd(ctx, roleDesktop, d.talk.reference(), end)
}

// take checks the address's share of one message and puts it into the inbox.
func (d *desktopSocket) take(ctx context.Context, kind websocket.MessageType, data []byte) {
	if !d.srv.meter.allow(d.addr, len(data)) {
		d.conn.out.close(&ending{code: protocol.CloseRateLimited, reason: "too many messages"})
		return
	}
	d.inbox.put(ctx, kind, data)
}

// handle takes one item of the inbox.
func (d *desktopSocket) handle(ctx context.Context, it inItem) {
	if it.binary {
		d.talk.fail(ctx, refuse(protocol.CodeBadMessage, "a desktop sends text only"))
		return
	}
	m, err := protocol.Decode(it.data)
	if err != nil && d.greeted {
		d.talk.fail(ctx, err)
		return
	}
	if d.greeted {
		d.talk.handle(ctx, m)
		return
	}
	if _, ok := m.(protocol.Hello); !ok {
		d.conn.out.close(&ending{code: protocol.CloseBadMessage, reason: "hello comes first"})
		return
	}
	d.started()
	if err := d.follow(ctx); err != nil {
		d.talk.fail(ctx, err)
		return
	}
	d.greeted = true
	d.talk.handle(ctx, m)
}

// follow finds the session and subscribes before anything is read of it, so that
// nothing falls between.
func (d *desktopSocket) follow(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, d.srv.cfg.Limits.Store)
	defer cancel()
	sess, err := d.srv.cfg.Service.ByDesktop(limited, d.secret)
	if err != nil {
		return err
	}
	events, stop, err := d.srv.cfg.Service.Subscribe(ctx, sess.ID)
	if err != nil {
		return err
	}
	d.cancel = stop
	d.talk.mu.Lock()
	d.talk.id = sess.ID
	d.talk.mu.Unlock()
	d.conn.events <- events
	return nil
}

// reference is the session's, for the log; empty before it is known.
func (t *desktopTalk) reference() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last.Reference
}
