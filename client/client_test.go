package client

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/protocol"
)

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
	p := s.openPhone(t, s.config(t))
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
	p := s.openPhone(t, cfg)
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
	s.open.Wait() // a beat that was under way has arrived
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
			p := s.openPhone(t, s.config(t))
			data := bytes.Repeat([]byte{1}, test.size)
			if err := p.SendStill(t.Context(), protocol.Frame{Step: "selfie", Seq: 3, CapturedAt: time.Now(), Data: data},
				test.parts, test.skip); err != nil {
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
	p := s.openPhone(t, s.config(t))
	expect[protocol.Invitation](t, p.Next)
	s.mu.Lock()
	sock := s.socks[0]
	s.mu.Unlock()
	_ = sock.Close(websocket.StatusCode(protocol.CloseWrongCode), "wrong-code")
	if e := expectEnd(t, p.Next); e.Code != protocol.CloseWrongCode || e.Code.Retry() {
		t.Errorf("ended with %d, want %d, not to be tried again", e.Code, protocol.CloseWrongCode)
	}
}
