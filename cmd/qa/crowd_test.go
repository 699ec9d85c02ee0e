package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/limits"
	"visavis/pairing"
	"visavis/qa/hands"
	"visavis/qa/lab"
	"visavis/qa/mock"
)

// A load counts verdicts, and sessions that end before their time as failures.
func TestLoadMeasuresVerdicts(t *testing.T) {
	notUnderRace(t)
	pair, _, err := mock.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	for name, idle := range map[string]time.Duration{"all stay": 0, "idle sessions end": time.Second} {
		t.Run(name, func(t *testing.T) {
			server, err := mock.Start(mock.Config{TLS: pair, NoChallenge: true, Pairing: pairing.Config{IdleLife: idle}})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			figures := filepath.Join(t.TempDir(), "load.json")
			var out bytes.Buffer
			err = runLoad(t.Context(), []string{
				"-server", server.URL, "-insecure", "-tagged", "-phones", "4", "-sessions", "4", "-duration", "3s", "-rate", "10",
				"-json", figures,
			}, &out, &out)
			data, readErr := os.ReadFile(figures)
			if readErr != nil {
				t.Fatalf("%v, %v\n%s", err, readErr, out.String())
			}
			var f loadFigures
			if err := json.Unmarshal(data, &f); err != nil {
				t.Fatal(err)
			}
			if f.Statuses["judged"] < 8 || f.Verdict.P50 <= 0 || f.Verdict.P50 > f.Verdict.P95 ||
				f.Verdict.P95 > f.Verdict.P99 || f.Verdict.P99 > f.Verdict.Max {
				t.Errorf("figures %+v", f)
			}
			if idle > 0 && (err == nil || f.Failures["ended early with 4501"] == 0) {
				t.Errorf("%v: %+v", err, f)
			}
			if idle == 0 && (err != nil || len(f.Failures) > 0 || f.Slowest <= 0) {
				t.Errorf("%v: %+v", err, f)
			}
			if strings.Count(out.String(), "\n") < 5 {
				t.Errorf("printed %s", out.String())
			}
		})
	}
}

// Each phone shows a sequence of the folder, of the document that it chooses. A still that is asked
// for is counted, and the previews go on.
func TestLoadShowsTheSequencesOfAFolder(t *testing.T) {
	notUnderRace(t)
	pair, _, err := mock.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		conditions []string
		asked      bool
	}{
		"on their way": {[]string{"far", "tilted", "dark", "blurred"}, false},
		"good":         {[]string{"good", "good", "good", "good"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := mock.Start(mock.Config{TLS: pair, NoChallenge: true})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			var show hands.Show
			for _, document := range hands.Documents() {
				var pictures [][]byte
				for _, condition := range test.conditions {
					data, err := mock.JPEG(mock.Shown{View: "front", Kind: document, Condition: condition}, 640, 360)
					if err != nil {
						t.Fatal(err)
					}
					pictures = append(pictures, data)
				}
				s, err := hands.New(document+"-1", pictures)
				if err != nil {
					t.Fatal(err)
				}
				show = append(show, s)
			}
			folder := t.TempDir()
			if err := show.Write(folder); err != nil {
				t.Fatal(err)
			}
			c := &crowd{show: show}
			chosen := map[string]bool{}
			for phone := range len(show) {
				document, _, err := c.shownBy(phone)
				if err != nil {
					t.Fatal(err)
				}
				chosen[document] = true
			}
			if len(chosen) != len(show) {
				t.Errorf("%d phones choose %v", len(show), chosen)
			}
			figures := filepath.Join(t.TempDir(), "load.json")
			var out bytes.Buffer
			if err := runLoad(t.Context(), []string{
				"-server", server.URL, "-insecure", "-show", folder, "-phones", "3", "-duration", "3s", "-rate", "10",
				"-json", figures,
			}, &out, &out); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			data, err := os.ReadFile(figures)
			if err != nil {
				t.Fatal(err)
			}
			var f loadFigures
			if err := json.Unmarshal(data, &f); err != nil {
				t.Fatal(err)
			}
			if f.Statuses["judged"] < 9 || len(f.Failures) > 0 || (f.Stills > 0) != test.asked {
				t.Errorf("%+v", f)
			}
			if strings.Contains(out.String(), "stills asked for") != test.asked {
				t.Errorf("printed %s", out.String())
			}
		})
	}
}

// A phone that is refused is counted under the code of the refusal: of a network eight may claim
// where each of its addresses may claim once.
func TestLoadCountsARefusedPhoneByItsCode(t *testing.T) {
	notUnderRace(t)
	pair, _, err := mock.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	server, err := mock.Start(mock.Config{TLS: pair, NoChallenge: true, Pairing: pairing.Config{ClaimsPer10Min: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	figures := filepath.Join(t.TempDir(), "load.json")
	var out bytes.Buffer
	err = runLoad(t.Context(), []string{"-server", server.URL, "-insecure", "-tagged", "-phones", "0", "-sessions", "10",
		"-duration", "10ms", "-json", figures}, &out, &out)
	data, readErr := os.ReadFile(figures)
	if err == nil || readErr != nil {
		t.Fatalf("%v, %v\n%s", err, readErr, out.String())
	}
	var f loadFigures
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Failures) != 1 || f.Failures["rate-limited"] != 2 || !strings.Contains(out.String(), "-first") {
		t.Errorf("%v\n%s", f.Failures, out.String())
	}
}

// The addresses of the largest load reach no limit of a network with one server, twice in ten
// minutes: 249 of one /24, which may claim 240 times, measured the limit and not the server.
func TestPhonesOfALoadReachNoLimitOfANetwork(t *testing.T) {
	for _, first := range []int{0, 1000, 999_990, mostFirst} {
		of := map[netip.Prefix]int64{}
		for i := range mostPhones + mostSessions {
			at, ok := loopbackOf("https://localhost:8443", first+i+1)
			if !ok {
				t.Skip("one loopback address alone")
			}
			for _, tier := range limits.Tiers(at) {
				of[tier.Net]++
				n := of[tier.Net]
				if most := tier.Times * int64(limits.Claims.Number()); 2*n > most {
					t.Fatalf("-first %d: number %d is the %d. of %s, which may claim %d times", first, i, n, tier.Net, most)
				}
				if most := tier.Times * int64(limits.Messages.Number()); n*mostRate*10 > most {
					t.Fatalf("-first %d: number %d is the %d. of %s, which may send %d messages in 10 s", first, i, n, tier.Net, most)
				}
			}
		}
	}
}

// Load is put on one's own machine, or on the host that was named.
func TestLoadIsForOnesOwnServers(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-server", "https://example.com"}, "-allow example.com"},
		{[]string{"-server", "https://192.0.2.7:8443"}, "is not this machine"},
		{[]string{"-server", "https://127.0.0.1.example.com"}, "is not this machine"},
		{[]string{"-phones", "100000"}, "want up to 2000"},
		{[]string{"-first", "-1"}, "want 0 to 1000000"},
		{[]string{"-rate", "0"}, "-rate"},
		{[]string{"-duration", "24h"}, "30m"},
		{[]string{"-condition", "foggy"}, "foggy"},
		{[]string{"-show", "folder", "-condition", "dark"}, "without -condition"},
		{[]string{"-show", "folder", "-tagged"}, "without -condition and -tagged"},
		{[]string{"-phones", "0"}, "one at least"},
	} {
		var l loadFlags
		var said bytes.Buffer
		if err := l.parse(test.args, &said); err == nil || !strings.Contains(said.String(), test.want) {
			t.Errorf("%q: %v %s; want %q", test.args, err, said.String(), test.want)
		}
	}
	var l loadFlags
	if err := l.parse([]string{"-server", "https://test.example.com", "-allow", "test.example.com"},
		io.Discard); err != nil {
		t.Errorf("a host that is allowed: %v", err)
	}
}

// What is triggered is heard, and handed on with a signature that verifies.
func TestTriggeredEventsAreHandedOnSigned(t *testing.T) {
	notUnderRace(t)
	_, address := labServer(t, lab.Config{})
	key := []byte("0123456789abcdef01234567")
	received := make(chan string, 10)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(r.Header.Get("Webhook-Id") + "." + r.Header.Get("Webhook-Timestamp") + "." + string(body)))
		if got, want := r.Header.Get("Webhook-Signature"),
			"v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
			t.Errorf("signature %s, want %s", got, want)
		}
		var e lab.Event
		if err := json.Unmarshal(body, &e); err != nil || e.ID != r.Header.Get("Webhook-Id") {
			t.Errorf("%v: %s", err, body)
		}
		received <- e.Type
	}))
	defer site.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	begun, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := runListen(ctx, []string{
			"-server", address, "-insecure", "-forward", site.URL, "-secret", "whsec_" + base64.StdEncoding.EncodeToString(key),
			"-events", lab.EventDone + "," + lab.EventEnded, "-count", "2",
		}, out, io.Discard)
		out.Close()
		ended <- err
	}()
	heard := make(chan string, 1)
	first := make([]byte, 12)
	if _, err := io.ReadFull(begun, first); err != nil || string(first) != "# listening " {
		t.Fatalf("%q, %v", first, err)
	}
	go func() {
		rest, _ := io.ReadAll(begun) // the pipe of this test
		heard <- string(rest)
	}()
	for _, event := range []string{lab.EventEnded, lab.EventDone} {
		var said bytes.Buffer
		if err := runTrigger(ctx, []string{"-server", address, "-insecure", "-tagged", event}, &said, &said); err != nil {
			t.Fatalf("%s: %v\n%s", event, err, said.String())
		}
		select {
		case got := <-received:
			if got != event {
				t.Errorf("handed on %s, want %s", got, event)
			}
		case <-ctx.Done():
			t.Fatalf("%s was not handed on", event)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if lines := <-heard; strings.Count(lines, "-> 200 OK") != 2 || strings.Contains(lines, lab.EventJoined) {
		t.Errorf("printed %s", lines)
	}
	var said bytes.Buffer
	if err := runTrigger(ctx, []string{"-server", address, "session.don"}, &said, &said); err == nil ||
		!strings.Contains(said.String(), `did you mean "session.done"?`) {
		t.Errorf("a wrong event: %v %s", err, said.String())
	}
}

// What cannot be triggered ends the listening and is told: nothing would be heard.
func TestATriggerThatFailsIsTold(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/qa/events" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(": here\n\n"))
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		<-r.Context().Done()
	}))
	defer site.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := runListen(ctx, []string{"-server", site.URL, "-tagged", "-trigger", lab.EventOpened}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-trigger "+lab.EventOpened) {
		t.Errorf("ended with %v", err)
	}
}

// Every event can be triggered, by steps that can be played.
func TestEveryEventHasItsSteps(t *testing.T) {
	for _, event := range lab.EventTypes() {
		if s, err := triggering(event); err != nil || len(s.Steps) == 0 {
			t.Errorf("%s: %v", event, err)
		}
	}
}
