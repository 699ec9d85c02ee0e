package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/protocol"
)

const cookieName = "__Host-visavis"

// testServer answers as the protocol says, by a script: each message that arrives
// is recorded, and reply says what goes back.
type testServer struct {
	*httptest.Server
	reply func(role string, m protocol.Message, binary []byte) []protocol.Message

	mu      sync.Mutex
	got     []string // role and type
	headers []http.Header
	socks   []*websocket.Conn
	parts   [][]byte
}

func newTestServer(t *testing.T, reply func(role string, m protocol.Message, binary []byte) []protocol.Message) *testServer {
	t.Helper()
	s := &testServer{reply: reply}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/sessions", s.session)
	mux.HandleFunc("GET /ws/desktop", s.socket("desktop"))
	mux.HandleFunc("GET /ws/phone", s.socket("phone"))
	mux.HandleFunc("POST /api/desktop", s.post("desktop"))
	mux.HandleFunc("POST /api/phone", s.post("phone"))
	mux.HandleFunc("GET /api/desktop/state", s.stream)
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *testServer) config(t *testing.T) Config {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return Config{Server: s.URL, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Language: "fr", BeatEvery: -1}
}

func (s *testServer) session(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != s.URL {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"error":{"code":"origin-refused","text":"not from here"}}`)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: "secret", Path: "/", Secure: true, HttpOnly: true})
	fmt.Fprint(w, `{"reference":"K7Q2MX","state":"waiting"}`)
}

func (s *testServer) take(role string, r *http.Request, binary bool, data []byte) []protocol.Message {
	var m protocol.Message
	kind := "binary"
	if !binary {
		var err error
		if m, err = protocol.Decode(data); err != nil {
			return []protocol.Message{protocol.Error{Code: "bad-message", Text: err.Error()}}
		}
		kind = string(m.MessageType())
	}
	s.mu.Lock()
	s.got = append(s.got, role+" "+kind)
	s.headers = append(s.headers, r.Header.Clone())
	if binary {
		s.parts = append(s.parts, data)
	}
	s.mu.Unlock()
	return s.reply(role, m, data)
}

func (s *testServer) socket(role string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie(cookieName); (err == nil) != (role == "desktop") {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"error":{"code":"no-session","text":"wrong cookies"}}`)
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
		if err != nil {
			return
		}
		defer conn.CloseNow()
		s.mu.Lock()
		s.socks = append(s.socks, conn)
		s.mu.Unlock()
		for {
			kind, data, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			for _, m := range s.take(role, r, kind == websocket.MessageBinary, data) {
				text, err := protocol.Encode(m)
				if err != nil || conn.Write(r.Context(), websocket.MessageText, text) != nil {
					return
				}
			}
		}
	}
}

func (s *testServer) post(role string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		all := []json.RawMessage{}
		for _, m := range s.take(role, r, r.Header.Get("Content-Type") == "application/octet-stream", data) {
			text, err := protocol.Encode(m)
			if err != nil {
				return
			}
			all = append(all, text)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"messages": all})
	}
}

func (s *testServer) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, ": hello\n\ndata: {\"type\":\"progress\",\"rev\":7,\"state\":\"waiting\",\"reference\":\"since-%s\"}\n\n", r.URL.Query().Get("since"))
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func (s *testServer) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.got, ", ")
}

// expect reads until a message of the type M comes.
func expect[M protocol.Message](t *testing.T, next func(context.Context) (Event, error)) (M, time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		e, err := next(ctx)
		if err != nil {
			t.Fatalf("waiting for %T: %v", *new(M), err)
		}
		if m, ok := e.Message.(M); ok {
			return m, e.At
		}
	}
}

func expectEnd(t *testing.T, next func(context.Context) (Event, error)) Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		e, err := next(ctx)
		if err != nil {
			t.Fatalf("waiting for the end: %v", err)
		}
		if e.Ended {
			return e
		}
	}
}

// ordinary answers hello and claim as a server does.
func ordinary(role string, m protocol.Message, _ []byte) []protocol.Message {
	progress := &protocol.Progress{Rev: 5, State: protocol.StateWaiting}
	switch m := m.(type) {
	case protocol.Hello:
		if role == "desktop" {
			return []protocol.Message{protocol.Welcome{Role: role, Progress: progress}, protocol.Pairing{URL: "https://h/p#TOKEN", TypedCode: "BCDFGHJK"}}
		}
		if m.DeviceSecret != "" {
			return []protocol.Message{protocol.Welcome{Role: role, Progress: progress}}
		}
		return []protocol.Message{protocol.Invitation{Site: "QA"}}
	case protocol.Claim:
		return []protocol.Message{protocol.Welcome{Role: role, DeviceSecret: "DEVICE", Choices: []string{"12", "34", "56"}, Progress: progress}}
	}
	return nil
}

func TestDesktopOpensAndComesBack(t *testing.T) {
	s := newTestServer(t, ordinary)
	start := time.Now()
	d, err := OpenDesktop(t.Context(), s.config(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.Reference != "K7Q2MX" {
		t.Errorf("reference %q, want K7Q2MX", d.Reference)
	}
	_, at := expect[protocol.Welcome](t, d.Next)
	if at.Before(start) || at.After(time.Now()) {
		t.Errorf("welcome at %v, want between %v and now", at, start)
	}
	expect[protocol.Pairing](t, d.Next)
	if got := d.Pairing().TypedCode; got != "BCDFGHJK" {
		t.Errorf("typed code %q, want BCDFGHJK", got)
	}
	d.Drop()
	if e := expectEnd(t, d.Next); e.Code != 0 {
		t.Errorf("dropped with code %d, want none", e.Code)
	}
	if err := d.Send(t.Context(), protocol.Renew{}); !errors.Is(err, ErrClosed) {
		t.Errorf("sent after a drop: %v, want ErrClosed", err)
	}
	if err := d.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Welcome](t, d.Next)
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Welcome](t, d.Next)
	if got, want := s.seen(), "desktop hello, desktop hello, desktop hello"; got != want {
		t.Errorf("server saw %s, want %s", got, want)
	}
}

func TestDesktopSaysWhyItWasRefused(t *testing.T) {
	s := newTestServer(t, ordinary)
	cfg := s.config(t)
	cfg.Server = strings.Replace(s.URL, "127.0.0.1", "localhost", 1) // another Origin
	cfg.TLS.ServerName = "127.0.0.1"
	_, err := OpenDesktop(t.Context(), cfg)
	var refused *HTTPError
	if !errors.As(err, &refused) || refused.Status != http.StatusForbidden || refused.Answer.Code != "origin-refused" {
		t.Errorf("error %v, want 403 origin-refused", err)
	}
}

func TestPhoneClaimsAndResumes(t *testing.T) {
	s := newTestServer(t, ordinary)
	p, err := NewPhone(s.config(t), s.URL+"/p#TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Invitation](t, p.Next)
	if p.Claimed() {
		t.Error("claimed before the claim")
	}
	if err := p.Send(t.Context(), protocol.Claim{}); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Welcome](t, p.Next)
	if !p.Claimed() {
		t.Error("no device secret after the welcome")
	}
	p.Drop()
	if err := p.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Welcome](t, p.Next)
}

func TestNewPhoneRefusesALinkWithoutToken(t *testing.T) {
	if _, err := NewPhone(Config{}, "https://h/p"); err == nil {
		t.Error("a link without a token was taken")
	}
	if _, err := NewPhone(Config{Server: "localhost:8443"}, "BCDFGHJK"); err == nil {
		t.Error("a server without a scheme was taken")
	}
}

func TestPhoneBeats(t *testing.T) {
	s := newTestServer(t, ordinary)
	cfg := s.config(t)
	cfg.BeatEvery = 5 * time.Millisecond
	p, err := NewPhone(cfg, s.URL+"/p#TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Invitation](t, p.Next)
	if err := p.Send(t.Context(), protocol.Claim{}); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Welcome](t, p.Next)
	deadline := time.Now().Add(10 * time.Second)
	for strings.Count(s.seen(), "phone beat") < 3 {
		if time.Now().After(deadline) {
			t.Fatalf("server saw %s, want three beats", s.seen())
		}
		<-time.After(5 * time.Millisecond)
	}
	p.Close()
	before := s.seen()
	<-time.After(30 * time.Millisecond)
	if after := s.seen(); after != before {
		t.Error("a closed phone beats")
	}
}

func TestStillGoesInParts(t *testing.T) {
	for _, test := range []struct {
		name        string
		size, parts int
		skip        map[int]bool
		want        []string
	}{
		{"one byte over", 9, 4, nil, []string{"0/3:4", "1/3:4", "2/3:1"}},
		{"even", 8, 4, nil, []string{"0/2:4", "1/2:4"}},
		{"smaller than a part", 3, 4, nil, []string{"0/1:3"}},
		{"whole", 9, 0, nil, []string{"0/1:9"}},
		{"the rest", 9, 4, map[int]bool{0: true, 2: true}, []string{"1/3:4"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newTestServer(t, func(_ string, m protocol.Message, _ []byte) []protocol.Message {
				if m == nil {
					return []protocol.Message{protocol.PartAck{}}
				}
				return nil
			})
			p, err := NewPhone(s.config(t), s.URL+"/p#TOKEN")
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if err := p.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			data := bytes.Repeat([]byte{1}, test.size)
			if err := p.SendStill(t.Context(), protocol.Frame{Step: "selfie", Seq: 3, CapturedAt: time.Now(), Data: data}, test.parts, test.skip); err != nil {
				t.Fatal(err)
			}
			var got []string
			for range test.want {
				expect[protocol.PartAck](t, p.Next)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, part := range s.parts {
				f, err := protocol.UnpackFrame(part)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprintf("%d/%d:%d", f.Part, f.Parts, len(f.Data)))
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("parts %v, want %v", got, test.want)
			}
		})
	}
}

// The server's close code reaches the caller.
func TestEndCarriesTheCode(t *testing.T) {
	s := newTestServer(t, ordinary)
	p, err := NewPhone(s.config(t), s.URL+"/p#TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Invitation](t, p.Next)
	s.mu.Lock()
	sock := s.socks[0]
	s.mu.Unlock()
	_ = sock.Close(websocket.StatusCode(protocol.CloseWrongCode), "wrong-code")
	if e := expectEnd(t, p.Next); e.Code != protocol.CloseWrongCode || e.Code.Retry() {
		t.Errorf("ended with %d, want %d, not to be tried again", e.Code, protocol.CloseWrongCode)
	}
}

// What a server refuses over HTTP arrives as it would on a socket.
func TestRefusalWithoutSockets(t *testing.T) {
	s := newTestServer(t, ordinary)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":{"code":"invalid-token","text":"unknown, expired or used"}}`)
	})
	cfg := s.config(t)
	cfg.NoSocket = true
	p, err := NewPhone(cfg, s.URL+"/p#TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m, _ := expect[protocol.Error](t, p.Next); m.Code != protocol.CodeInvalidToken {
		t.Errorf("error %q, want invalid-token", m.Code)
	}
	if e := expectEnd(t, p.Next); e.Code != protocol.CloseInvalidToken {
		t.Errorf("ended with %d, want %d", e.Code, protocol.CloseInvalidToken)
	}
}

func TestWithoutSockets(t *testing.T) {
	s := newTestServer(t, ordinary)
	cfg := s.config(t)
	cfg.NoSocket = true
	d, err := OpenDesktop(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	expect[protocol.Progress](t, d.Next) // by the stream
	p, err := NewPhone(cfg, s.URL+"/p#TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Invitation](t, p.Next)
	if err := p.Send(t.Context(), protocol.Claim{}); err != nil {
		t.Fatal(err)
	}
	expect[protocol.Welcome](t, p.Next)
	if err := p.SendPreview(t.Context(), "selfie", 1, []byte{1}); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.headers[len(s.headers)-1]
	if last.Get("Visavis-Device") != "DEVICE" || last.Get("Visavis-Rev") != "5" || last.Get("Cookie") != "" {
		t.Errorf("headers %v, want the device secret, rev 5 and no cookie", last)
	}
}
