package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"visavis/pairing"
	"visavis/protocol"
)

// pipeListener hands both ends of an in-memory pipe to a server and its client,
// so that hours of protocol run in a moment.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// clocked is a server with a clock of its own.
type clocked struct {
	*Server
	t      *testing.T
	http   *http.Client
	opened string // the newest session of paired
}

// withClock runs do in a bubble of its own time.
func withClock(t *testing.T, do func(t *testing.T, in *clocked), options ...option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := pairing.NewMemory(pairing.MemoryLimits{})
		cfg := testConfig(t, store, io.Discard)
		for _, o := range options {
			o(&cfg)
		}
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		web := &http.Server{Handler: s.Handler()}
		served := make(chan error, 1)
		go func() { served <- web.Serve(l) }()
		transport := &http.Transport{DialContext: l.dial}
		do(t, &clocked{Server: s, t: t, http: &http.Client{Transport: transport}})
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		transport.CloseIdleConnections()
		_ = web.Close()
		<-served
		_ = store.Close()
	})
}

// follower is a socket whose messages are read as they come.
type follower struct {
	conn     *websocket.Conn
	messages chan protocol.Message
	closed   chan websocket.StatusCode
}

func (in *clocked) dial(role, cookie string) *follower {
	in.t.Helper()
	header := http.Header{}
	if cookie != "" {
		header.Set("Cookie", cookieName+"="+cookie)
	}
	conn, _, err := websocket.Dial(in.t.Context(), "http://visavis.example/ws/"+role, &websocket.DialOptions{
		HTTPClient: in.http, Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: header,
	})
	if err != nil {
		in.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	f := &follower{conn: conn, messages: make(chan protocol.Message, 1000), closed: make(chan websocket.StatusCode, 1)}
	go func() {
		for {
			_, b, err := conn.Read(context.Background())
			if err != nil {
				f.closed <- websocket.CloseStatus(err)
				_ = conn.CloseNow()
				return
			}
			if m, err := protocol.Decode(b); err == nil {
				f.messages <- m
			}
		}
	}()
	in.t.Cleanup(func() { _ = conn.CloseNow() })
	return f
}

func (f *follower) say(t *testing.T, m protocol.Message) {
	t.Helper()
	b, err := protocol.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.conn.Write(t.Context(), websocket.MessageText, b); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// newest drains what came and returns the last progress, or nil.
func (f *follower) newest() *protocol.Progress {
	synctest.Wait()
	var last *protocol.Progress
	for {
		select {
		case m := <-f.messages:
			switch m := m.(type) {
			case protocol.Progress:
				last = &m
			case protocol.Welcome:
				last = m.Progress
			}
		default:
			return last
		}
	}
}

// paired opens a session and pairs a phone with it.
func (in *clocked) paired() (desktop, phone *follower) {
	in.t.Helper()
	ctx := in.t.Context()
	opened, secret, err := in.cfg.Service.Open(ctx, pairing.OpenRequest{Language: "fr"})
	if err != nil {
		in.t.Fatal(err)
	}
	in.opened = opened.ID
	desktop = in.dial("desktop", string(secret))
	desktop.say(in.t, protocol.Hello{})
	var code protocol.Pairing
	for code.URL == "" {
		if m, ok := (<-desktop.messages).(protocol.Pairing); ok {
			code = m
		}
	}
	phone = in.dial("phone", "")
	phone.say(in.t, protocol.Hello{Token: tokenOf(in.t, code.URL)})
	phone.say(in.t, protocol.Claim{})
	phone.say(in.t, protocol.ChooseCode{Code: desktop.newest().Code})
	if p := desktop.newest(); p == nil || p.State != protocol.StatePaired {
		in.t.Fatalf("not paired: %+v", p)
	}
	return desktop, phone
}
