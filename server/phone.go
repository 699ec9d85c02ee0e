package server

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"visavis/limits"
	"visavis/protocol"
	"visavis/server/live"
)

// phoneSocket is the reading side of GET /ws/phone.
type phoneSocket struct {
	srv     *Server
	conn    *socket
	talk    *live.PhoneTalk
	addr    netip.Addr
	inbox   inbox
	started func() // stops the limit on the first message

	// Owned by the inbox's worker.
	greeted bool
	cancel  func() // of the subscription; nil before it
}

func (s *Server) servePhone(w http.ResponseWriter, r *http.Request) {
	k, release, ok := s.accept(w, r, live.RolePhone)
	if !ok {
		return
	}
	p := &phoneSocket{srv: s, conn: k}
	p.inbox.sock, p.inbox.crew, p.inbox.handle = k, s.crew, p.handle
	p.addr = clientAddr(r, s.cfg.TrustedProxies)
	p.talk = s.plane.NewPhone(k.out, live.Caller{
		Conn: uuid.NewString(), Agent: strings.Clone(r.UserAgent()), Addr: p.addr, Network: limits.NetworkOf(p.addr),
		Follow: p.follow, Invited: k.known,
	})
	go func() { // the register waits for it; returning frees the request's buffers
		defer release()
		p.run()
	}()
}

// run returns when the socket has ended.
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
	p.talk.Leave()
	s.logEnd(ctx, live.RolePhone, p.talk.Reference(), end)
}

// take adds one message to the inbox.
func (p *phoneSocket) take(ctx context.Context, kind websocket.MessageType, data []byte) {
	switch {
	case kind == websocket.MessageText && len(data) > maxText:
		p.conn.out.Close(&live.Ending{Code: live.CloseTooBig, Reason: "text message over the limit"})
		return
	}
	p.inbox.put(ctx, kind, data)
}

// handle takes one item of the inbox.
func (p *phoneSocket) handle(ctx context.Context, it inItem) {
	if it.binary {
		if !p.greeted {
			p.conn.out.Close(&live.Ending{Code: protocol.CloseBadMessage, Reason: "hello comes first"})
			return
		}
		p.talk.Binary(ctx, it.data)
		return
	}
	m, err := protocol.Decode(it.data)
	if !p.greeted {
		if _, ok := m.(protocol.Hello); !ok {
			p.conn.out.Close(&live.Ending{Code: protocol.CloseBadMessage, Reason: "hello comes first"})
			return
		}
		p.greeted = true
		p.started()
	}
	if err != nil {
		p.talk.Fail(ctx, err)
		return
	}
	p.talk.Handle(ctx, m)
}

// follow subscribes the socket to its session and permits pictures from then on. The
// subscription outlives the call and ends with the handler.
func (p *phoneSocket) follow(ctx context.Context, id string) (deliver func(), err error) {
	events, stop, err := p.srv.cfg.Service.Subscribe(context.WithoutCancel(ctx), id)
	if err != nil {
		return nil, err
	}
	release, err := p.srv.sessions.hold(id)
	if err != nil {
		stop()
		return nil, err
	}
	p.conn.known()
	p.cancel = func() { stop(); release() }
	p.conn.conn.SetReadLimit(maxBinary)
	return func() { p.conn.events <- events }, nil
}
