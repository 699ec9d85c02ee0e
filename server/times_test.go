package server

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"visavis/pairing"
	"visavis/protocol"
)

func TestSilentSocketIsClosed(t *testing.T) {
	for _, role := range []string{"desktop", "phone"} {
		withClock(t, func(t *testing.T, in *clocked) {
			f := in.dial(role, "")
			started := time.Now()
			if code := <-f.closed; int(code) != int(protocol.CloseIdle) {
				t.Errorf("%s: close code %d, want 4000", role, code)
			}
			if took := time.Since(started); took != 10*time.Second {
				t.Errorf("%s: closed after %v, want 10 s", role, took)
			}
		})
	}
}

func TestSilentPhoneIsAbsent(t *testing.T) {
	withClock(t, func(t *testing.T, in *clocked) {
		desktop, phone := in.paired()
		for range 5 {
			time.Sleep(4 * time.Second)
			phone.say(t, protocol.Beat{})
		}
		if p := desktop.newest(); p != nil && p.Phone.State != "present" {
			t.Fatalf("a phone that beats is %s", p.Phone.State)
		}
		time.Sleep(8 * time.Second)
		if p := desktop.newest(); p != nil && p.Phone.State != "present" {
			t.Fatalf("after 8 s of silence: %s", p.Phone.State)
		}
		time.Sleep(2 * time.Second)
		if p := desktop.newest(); p == nil || p.Phone.State != "absent" {
			t.Fatalf("after 10 s of silence: %+v, want absent", p)
		}
		phone.say(t, protocol.Beat{})
		if p := desktop.newest(); p == nil || p.Phone.State != "present" {
			t.Fatalf("after a beat: %+v, want present", p)
		}
	})
}

// A phone that was put away for two minutes, and lost its socket meanwhile, goes on where it was.
func TestAPhoneThatSleptForTwoMinutesGoesOn(t *testing.T) {
	withClock(t, func(t *testing.T, in *clocked) {
		desktop, phone := in.paired()
		var secret string
		for secret == "" {
			if m, ok := (<-phone.messages).(protocol.Welcome); ok {
				secret = m.DeviceSecret
			}
		}
		phone.say(t, protocol.ChooseDocument{Document: "passport"})
		phone.say(t, protocol.Presence{State: "asleep"})
		if p := desktop.newest(); p == nil || p.Phone.State != "asleep" || p.Document != "passport" {
			t.Fatalf("%+v, want a phone that sleeps and a passport", p)
		}
		if err := phone.conn.CloseNow(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if p := desktop.newest(); p != nil && p.Phone.State != "asleep" {
			t.Errorf("after two minutes %s, want asleep", p.Phone.State)
		}
		phone = in.dial("phone", "")
		phone.say(t, protocol.Hello{DeviceSecret: secret})
		if p := phone.newest(); p == nil || p.State != protocol.StatePaired || p.Document != "passport" {
			t.Errorf("the phone that came back is told %+v, want its document", p)
		}
		phone.say(t, protocol.Presence{State: "awake"})
		if p := desktop.newest(); p == nil || p.Phone.State != "present" {
			t.Errorf("%+v, want a phone that is there", p)
		}
	})
}

func TestSessionWarnsAndEnds(t *testing.T) {
	withClock(t, func(t *testing.T, in *clocked) {
		desktop, phone := in.paired()
		beat := func(d time.Duration) { // a phone that lives but does nothing
			for end := time.Now().Add(d); time.Now().Before(end); {
				time.Sleep(4 * time.Second)
				phone.say(t, protocol.Beat{})
			}
		}
		beat(12*time.Minute + 40*time.Second)
		if p := desktop.newest(); p != nil && p.Warn {
			t.Fatal("warned too early")
		}
		phone.newest()
		beat(40 * time.Second)
		if p := desktop.newest(); p == nil || !p.Warn {
			t.Fatalf("the desktop is not warned: %+v", p)
		}
		if p := phone.newest(); p == nil || !p.Warn {
			t.Fatalf("the phone is not warned: %+v", p)
		}
		desktop.say(t, protocol.Extend{})
		if p := desktop.newest(); p == nil || p.Warn {
			t.Fatalf("after an extension: %+v", p)
		}
		beat(14 * time.Minute)
		if p := desktop.newest(); p == nil || !p.Warn || p.State != protocol.StatePaired {
			t.Fatalf("the second warning: %+v", p)
		}
		time.Sleep(2 * time.Minute)
		if p := desktop.newest(); p == nil || p.State != protocol.StateEnded || p.Reason != protocol.ReasonIdle {
			t.Fatalf("the end: %+v", p)
		}
		if code := <-desktop.closed; int(code) != int(protocol.CloseEnded) {
			t.Errorf("desktop's close code %d, want 4501", code)
		}
		if code := <-phone.closed; int(code) != int(protocol.CloseEnded) {
			t.Errorf("phone's close code %d, want 4501", code)
		}
	})
}

func TestScannedCodeFallsBackToWaiting(t *testing.T) {
	withClock(t, func(t *testing.T, in *clocked) {
		_, secret, err := in.cfg.Service.Open(t.Context(), pairing.OpenRequest{Language: "fr"})
		if err != nil {
			t.Fatal(err)
		}
		desktop := in.dial("desktop", string(secret))
		desktop.say(t, protocol.Hello{})
		var code protocol.Pairing
		for code.URL == "" {
			if m, ok := (<-desktop.messages).(protocol.Pairing); ok {
				code = m
			}
		}
		phone := in.dial("phone", "")
		phone.say(t, protocol.Hello{Token: tokenOf(t, code.URL)})
		if p := desktop.newest(); p == nil || p.State != protocol.StateScanned {
			t.Fatalf("scanned: %+v", p)
		}
		time.Sleep(5*time.Minute + time.Second)
		synctest.Wait()
		shown := false
		var state string
		for len(desktop.messages) > 0 {
			switch m := (<-desktop.messages).(type) {
			case protocol.Pairing:
				shown = true
			case protocol.Progress:
				state = m.State
			}
		}
		if state != protocol.StateWaiting || !shown {
			t.Errorf("five minutes later: state %q, new code %v; want waiting with a new code", state, shown)
		}
		time.Sleep(10 * time.Minute)
		if p := desktop.newest(); p == nil || p.Reason != protocol.ReasonCodesOver {
			t.Errorf("when the codes are over: %+v", p)
		}
	})
}

func TestDeadPeerIsNoticedByPing(t *testing.T) {
	withClock(t, func(t *testing.T, in *clocked) {
		_, secret, err := in.cfg.Service.Open(t.Context(), pairing.OpenRequest{Language: "fr"})
		if err != nil {
			t.Fatal(err)
		}
		conn, _, err := websocket.Dial(t.Context(), "http://visavis.example/ws/desktop", &websocket.DialOptions{
			HTTPClient: in.http, Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: http.Header{
				"Cookie": {cookieName + "=" + string(secret)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		f := &follower{conn: conn}
		f.say(t, protocol.Hello{}) // and reads nothing from now on
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := in.register.len(); n != 0 {
			t.Errorf("%d sockets are open after two minutes of silence, want 0", n)
		}
	})
}

func TestShutdownSaysGoodbye(t *testing.T) {
	withClock(t, func(t *testing.T, in *clocked) {
		desktop, phone := in.paired()
		in.Drain()
		res, err := in.http.Get("http://visavis.example/readyz")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("ready while draining: %d, want 503", res.StatusCode)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if err := in.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		for _, f := range []*follower{desktop, phone} {
			if code := <-f.closed; int(code) != int(protocol.CloseGoingDown) {
				t.Errorf("close code %d, want 4003", code)
			}
		}
	})
}
