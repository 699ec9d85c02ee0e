package client

import (
	"fmt"
	"net/http"
	"testing"

	"visavis/protocol"
)

// What a server refuses over HTTP arrives as it would on a socket.
func TestRefusalWithoutSockets(t *testing.T) {
	s := newTestServer(t, ordinary)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":{"code":"invalid-token","text":"unknown, expired or used"}}`)
	})
	cfg := s.config(t)
	cfg.NoSocket = true
	p := s.openPhone(t, cfg)
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
	p := s.openPhone(t, cfg)
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

// An enrolment that is deleted between the hello and the GET of the event stream:
// the refusal at the stream's door is the error that the socket would have brought.
func TestRefusalAtTheDoorOfTheStream(t *testing.T) {
	s := newTestServer(t, func(string, protocol.Message, []byte) []protocol.Message {
		return []protocol.Message{protocol.Welcome{Role: "desktop"}}
	})
	inner := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"code":"no-enrolment","text":"no enrolment of this login"}}`)
			return
		}
		inner.ServeHTTP(w, r)
	})
	cfg := s.config(t)
	cfg.NoSocket, cfg.Enrolment = true, "0b9d3c1e-7a52-4d0e-9f41-2f6f2a7d1c55"
	d, err := Follow(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if m, _ := expect[protocol.Error](t, d.Next); m.Code != protocol.CodeNoEnrolment {
		t.Errorf("error %q, want no-enrolment", m.Code)
	}
	if e := expectEnd(t, d.Next); e.Code != protocol.CloseNoEnrolment {
		t.Errorf("ended with %d, want %d", e.Code, protocol.CloseNoEnrolment)
	}
}
