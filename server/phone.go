package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"visavis/pairing"
	"visavis/protocol"
)

// phoneSocket is the reading side of GET /ws/phone.
type phoneSocket struct {
	srv     *Server
	conn    *socket
	talk    *phoneTalk
	inbox   inbox
	started func() // stops the limit on the first message

	// Owned by the work on the inbox.
	greeted bool
	cancel  func() // of the subscription; nil before it
}

func (s *Server) servePhone(w http.ResponseWriter, r *http.Request) {
	k, release, ok := s.accept(w, r, maxText)
	if !ok {
		return
	}
	p := &phoneSocket{srv: s, conn: k}
	p.inbox.sock, p.inbox.handle = k, p.handle
	p.talk = &phoneTalk{
		srv: s, out: k.out, conn: uuid.NewString(), agent: strings.Clone(r.UserAgent()),
		addr: clientAddr(r, s.cfg.TrustedProxies), follow: p.follow, last: &pairing.Session{},
	}
	go func() { // the register waits for it; the request with its buffers is let go
		defer release()
		p.run()
	}()
}

// run lives as long as the socket.
func (p *phoneSocket) run() {
	s := p.srv
	ctx, cancel := s.socketContext()
	defer cancel()
	limit := p.conn.helloLimit()
	defer limit.Stop()
	p.started = func() { limit.Stop() }
	end := p.conn.serve(ctx, p.talk, p.take)
	cancel()
	p.inbox.worker.Wait()
	if p.cancel != nil {
		p.cancel()
	}
	if p.talk.cap != nil {
		s.captures.done(p.talk.cap)
	}
	s.logEnd(ctx, rolePhone, p.talk.reference(), end)
}

// take checks the address's share of one message and puts it into the inbox.
func (p *phoneSocket) take(ctx context.Context, kind websocket.MessageType, data []byte) {
	switch {
	case !p.srv.meter.allow(p.talk.addr, len(data)):
		p.conn.out.close(&ending{code: protocol.CloseRateLimited, reason: "too many messages"})
		return
	case kind == websocket.MessageText && len(data) > maxText:
		p.conn.out.close(&ending{code: closeTooBig, reason: "text message over the limit"})
		return
	}
	p.inbox.put(ctx, kind, data)
}

// handle takes one item of the inbox.
func (p *phoneSocket) handle(ctx context.Context, it inItem) {
	if it.binary {
		if !p.greeted {
			p.conn.out.close(&ending{code: protocol.CloseBadMessage, reason: "hello comes first"})
			return
		}
		p.talk.binary(ctx, it.data)
		return
	}
	m, err := protocol.Decode(it.data)
	if !p.greeted {
		if _, ok := m.(protocol.Hello); !ok {
			p.conn.out.close(&ending{code: protocol.CloseBadMessage, reason: "hello comes first"})
			return
		}
		p.greeted = true
		p.started()
	}
	if err != nil {
		p.talk.fail(ctx, err)
		return
	}
	p.talk.handle(ctx, m)
}

// follow subscribes the socket to its session, and lets it send pictures from now
// on. The subscription outlives the call that asks for it, and ends with the
// handler.
func (p *phoneSocket) follow(ctx context.Context, id string) error {
	events, stop, err := p.srv.cfg.Service.Subscribe(context.WithoutCancel(ctx), id)
	if err != nil {
		return err
	}
	p.cancel = stop
	p.conn.conn.SetReadLimit(maxBinary)
	p.conn.events <- events
	return nil
}

// reference is the session's, for the log; empty before it is known.
func (t *phoneTalk) reference() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last.Reference
}
