package server

import (
	"context"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"visavis/pairing"
	"visavis/protocol"
)

// maxInbox bounds what a phone's read loop may be ahead of its work loop: more
// than the parts of a still, with some messages.
const maxInbox = 64

// phoneSocket is the reading side of GET /ws/phone: a read loop that only reads
// and checks limits, and a work loop that never makes it wait.
type phoneSocket struct {
	srv     *Server
	conn    *socket
	talk    *phoneTalk
	started func() // stops the limit on the first message
	cancel  func() // of the subscription; nil before it
	greeted bool   // owned by the work loop

	worker sync.WaitGroup // the work loop, which runs only while there is work

	mu      sync.Mutex // guards what follows, never held over work
	inbox   []inItem
	working bool
}

type inItem struct {
	binary bool
	data   []byte
}

// preview tells whether the item is a preview frame, of which the newest wins.
func (it inItem) preview() bool {
	return it.binary && len(it.data) > 1 && it.data[1] == byte(protocol.Preview)
}

func (s *Server) servePhone(w http.ResponseWriter, r *http.Request) {
	k, release, ok := s.accept(w, r, protocol.HeaderSize+maxBody)
	if !ok {
		return
	}
	defer release()
	ctx, cancel := s.socketContext()
	defer cancel()
	limit := k.helloLimit()
	defer limit.Stop()
	p := &phoneSocket{srv: s, conn: k, started: func() { limit.Stop() }}
	p.talk = &phoneTalk{
		srv: s, out: k.out, conn: uuid.NewString(), agent: r.UserAgent(),
		addr: clientAddr(r, s.cfg.TrustedProxies), follow: p.follow, last: &pairing.Session{},
	}
	end := k.serve(ctx, p.talk, p.take)
	cancel()
	p.worker.Wait()
	if p.cancel != nil {
		p.cancel()
	}
	if p.talk.cap != nil {
		s.captures.done(p.talk.cap)
	}
	s.logEnd(ctx, rolePhone, p.talk.reference(), end)
}

// take puts one message into the inbox. A newer preview takes the place of one
// that waits.
func (p *phoneSocket) take(ctx context.Context, kind websocket.MessageType, data []byte) {
	if !p.srv.meter.allow(p.talk.addr, len(data)) {
		p.conn.out.close(&ending{code: protocol.CloseRateLimited, reason: "too many messages"})
		return
	}
	it := inItem{binary: kind == websocket.MessageBinary, data: data}
	p.mu.Lock()
	replaced := false
	if it.preview() {
		for i := range p.inbox {
			if p.inbox[i].preview() {
				p.inbox[i], replaced = it, true
				break
			}
		}
	}
	full := !replaced && len(p.inbox) >= maxInbox
	if !replaced && !full {
		p.inbox = append(p.inbox, it)
	}
	if !p.working && !full {
		p.working = true
		p.worker.Go(func() { p.work(ctx) })
	}
	p.mu.Unlock()
	if full {
		p.conn.out.close(&ending{code: protocol.CloseRateLimited, reason: "too many messages at once"})
		return
	}
}

// work handles what is in the inbox, in order, and returns when it is empty: an
// idle phone holds neither a stack nor a buffer for it.
func (p *phoneSocket) work(ctx context.Context) {
	for {
		p.mu.Lock()
		if len(p.inbox) == 0 || ctx.Err() != nil {
			p.inbox, p.working = nil, false
			p.mu.Unlock()
			return
		}
		it := p.inbox[0]
		p.inbox = p.inbox[1:]
		p.mu.Unlock()
		p.handle(ctx, it)
	}
}

// handle takes one item of the inbox. A panic ends this connection alone.
func (p *phoneSocket) handle(ctx context.Context, it inItem) {
	defer func() {
		if v := recover(); v != nil {
			p.srv.log.ErrorContext(ctx, "panic", "panic", v, "stack", string(debug.Stack()))
			p.conn.out.close(&ending{code: closeInternal, reason: "internal"})
		}
	}()
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

// follow subscribes the socket to its session. The subscription outlives the
// call that asks for it, and ends with the handler.
func (p *phoneSocket) follow(ctx context.Context, id string) error {
	events, stop, err := p.srv.cfg.Service.Subscribe(context.WithoutCancel(ctx), id)
	if err != nil {
		return err
	}
	p.cancel = stop
	p.conn.events <- events
	return nil
}

// reference is the session's, for the log; empty before it is known.
func (t *phoneTalk) reference() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last.Reference
}
