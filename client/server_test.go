package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
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

	open sync.WaitGroup // sockets

	mu      sync.Mutex
	got     []string // role and type
	headers []http.Header
	socks   []*websocket.Conn
	parts   [][]byte
}

func newTestServer(t *testing.T,
	reply func(role string, m protocol.Message, binary []byte) []protocol.Message) *testServer {
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
	return Config{Server: s.URL, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Language: "fr",
		BeatEvery: -1}
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
		s.open.Add(1)
		defer s.open.Done()
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
	fmt.Fprintf(w,
		": hello\n\ndata: {\"type\":\"progress\",\"rev\":7,\"state\":\"waiting\",\"reference\":\"since-%s\"}\n\n",
		r.URL.Query().Get("since"))
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func (s *testServer) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.got, ", ")
}

// openPhone opens a phone with the token of the server's link.
func (s *testServer) openPhone(t *testing.T, cfg Config) *Phone {
	t.Helper()
	p, err := NewPhone(cfg, s.URL+"/p#TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// await reads until an event fits, and gives it.
func await(t *testing.T, what string, next func(context.Context) (Event, error), fits func(Event) bool) Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		e, err := next(ctx)
		if err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		if fits(e) {
			return e
		}
	}
}

// expect reads until a message of the type M comes.
func expect[M protocol.Message](t *testing.T, next func(context.Context) (Event, error)) (m M, at time.Time) {
	t.Helper()
	e := await(t, fmt.Sprintf("%T", m), next, func(e Event) (ok bool) { m, ok = e.Message.(M); return ok })
	return m, e.At
}

func expectEnd(t *testing.T, next func(context.Context) (Event, error)) Event {
	t.Helper()
	return await(t, "the end", next, func(e Event) bool { return e.Ended })
}

// ordinary answers hello and claim as a server does.
func ordinary(role string, m protocol.Message, _ []byte) []protocol.Message {
	progress := &protocol.Progress{Rev: 5, State: protocol.StateWaiting}
	switch m := m.(type) {
	case protocol.Hello:
		if role == "desktop" {
			return []protocol.Message{protocol.Welcome{Role: role, Progress: progress},
				protocol.Pairing{URL: "https://h/p#TOKEN", TypedCode: "BCDFGHJK"}}
		}
		if m.DeviceSecret != "" {
			return []protocol.Message{protocol.Welcome{Role: role, Progress: progress}}
		}
		return []protocol.Message{protocol.Invitation{Site: "QA"}}
	case protocol.Claim:
		return []protocol.Message{protocol.Welcome{Role: role, DeviceSecret: "DEVICE", Progress: progress}}
	}
	return nil
}
