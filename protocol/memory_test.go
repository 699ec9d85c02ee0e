package protocol

import (
	"net/http"
	"testing"
	"time"
)

func TestAPhoneSaysWhoItIsByWhatItHolds(t *testing.T) {
	m, origin, err := Scanned("https://one.example:8443/p#token")
	if err != nil || origin != "https://one.example:8443" {
		t.Fatalf("link: %q, %v", origin, err)
	}
	typed, origin, err := Scanned("ABCDEFGH")
	if err != nil || origin != "" || typed.Hello() != (Hello{Code: "ABCDEFGH"}) {
		t.Errorf("typed code: %+v, %q, %v", typed.Hello(), origin, err)
	}
	for _, bad := range []string{"https://one.example/p", "https://one.example/p#", "https://%zz/#token"} {
		if _, _, err := Scanned(bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	if h := m.Hello(); h != (Hello{Token: "token"}) {
		t.Errorf("first hello %+v", h)
	}
	if c := m.Say(Claim{}, true).(Claim); c.Token != "token" {
		t.Errorf("a claim over HTTP: %+v, want the token again", c)
	}
	if c := m.Say(Claim{}, false).(Claim); c.Token != "" {
		t.Errorf("a claim on a socket: %+v, want no token", c)
	}
	m.Hear(Welcome{DeviceSecret: "secret", Progress: &Progress{Rev: 4}})
	m.Hear(Welcome{Progress: &Progress{Rev: 3}})
	if h := m.Hello(); h != (Hello{DeviceSecret: "secret", Rev: 4}) {
		t.Errorf("hello of a return %+v", h)
	}
	h := http.Header{}
	m.Header(h)
	if h.Get("Visavis-Rev") != "4" || h.Get("Visavis-Device") != "secret" {
		t.Errorf("headers %v", h)
	}
	m.Forget()
	if h := m.Hello(); h != (Hello{DeviceSecret: "secret"}) {
		t.Errorf("hello after a reload %+v", h)
	}
}

func TestAPreviewAnswersTheNewestChallenge(t *testing.T) {
	var m Memory
	m.Hear(Challenge{Nonce: "one"})
	m.Hear(Challenge{Nonce: "two"})
	if f := m.Preview("selfie", 7, []byte("jpeg")); f.Nonce != "two" || f.Seq != 7 || f.Kind != Preview || f.Parts != 1 {
		t.Errorf("%+v", f)
	}
	m.Hear(Challenge{Nonce: "two", Done: true})
	if f := m.Preview("selfie", 8, nil); f.Nonce != "" {
		t.Errorf("nonce %q after the challenge was done", f.Nonce)
	}
}

func TestAReturnSaysStartAndWhatIsLacking(t *testing.T) {
	m := Memory{Secret: "secret"}
	unfinished := Welcome{Still: &StillParts{Step: "selfie", Seq: 3, Parts: 4, Received: []int{0, 2}}}
	if start, frames := m.Again(unfinished); start != nil || frames != nil {
		t.Errorf("before start: %v, %v", start, frames)
	}
	m.Say(Start{}, false)
	still := Frame{Step: "selfie", Seq: 3, Data: []byte("0123456789")}
	if first := m.Still(still, 3, map[int]bool{1: true}); len(first) != 3 {
		t.Errorf("%d parts sent first, want 3 of 4", len(first))
	}
	start, frames := m.Again(unfinished)
	if start == nil || len(frames) != 2 || frames[0].Part != 1 || frames[1].Part != 3 {
		t.Errorf("after a return: %v, %+v, want start and parts 1 and 3", start, frames)
	}
	for name, w := range map[string]Welcome{
		"another seq":  {Still: &StillParts{Step: "selfie", Seq: 4}},
		"another step": {Still: &StillParts{Step: "document-back", Seq: 3}},
		"no still":     {},
	} {
		if start, frames := m.Again(w); start == nil || frames != nil {
			t.Errorf("%s: %v, %+v, want start alone", name, start, frames)
		}
	}
	if start, _ := m.Again(Welcome{DeviceSecret: "secret"}); start != nil {
		t.Error("the welcome of the claim is no return")
	}
}

func TestThePaceOfReturning(t *testing.T) {
	for attempt, most := range []time.Duration{500, 1000, 2000, 4000, 8000, 15000, 15000} {
		for range 50 {
			if d := ResumeAfter(attempt); d < most*time.Millisecond/2 || d > most*time.Millisecond {
				t.Fatalf("attempt %d after %v, want between half of %d ms and all of it", attempt, d, most)
			}
		}
	}
	for status, want := range map[int]bool{400: false, 404: false, 429: true, 500: true, 503: true} {
		if RetryStatus(status) != want {
			t.Errorf("status %d is tried again: %v", status, !want)
		}
	}
}
