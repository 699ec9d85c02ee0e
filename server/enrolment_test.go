package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"visavis/protocol"
	"visavis/server/live"
)

const enrolmentWelcome = "welcome desktop Exemple <nil>"

func TestAnEnrolmentIsFollowedOnTheDesktopsSocket(t *testing.T) {
	j := newRecords()
	withClock(t, func(t *testing.T, in *clocked) {
		f := in.followed(protocol.Hello{Enrolment: "mine"})
		steps := []struct {
			name string
			do   func()
			want string
		}{
			{"at once", func() {}, enrolmentWelcome + ` {"rev":1}`},
			{"a change", func() { j.become(2, `{"rev":2}`, true) }, `{"rev":2}`},
			{"told of, and the same", func() { j.become(2, `{"rev":2}`, true) }, ""},
			{"time passes and changes nothing", func() { time.Sleep(2 * time.Minute) }, ""},
			{"time alone changes", func() { j.become(2, `{"rev":2,"wait":1}`, false); time.Sleep(2 * live.LookEvery) }, `{"rev":2,"wait":1}`},
			{"a message", func() { f.say(t, protocol.Cancel{}) }, "not-allowed"},
			{"no message", func() { f.say(t, badMessage{}) }, "unknown-type"},
			{"a change after them", func() { j.become(3, `{"rev":3}`, true) }, `{"rev":3}`},
		}
		for _, s := range steps {
			s.do()
			if got := f.heard(); got != s.want {
				t.Errorf("%s: heard %q, want %q", s.name, got, s.want)
			}
		}
		_ = f.conn.Close(websocket.StatusNormalClosure, "")
		synctest.Wait()
		if n := j.followers(); n != 0 {
			t.Errorf("%d follow after the page left", n)
		}
	}, j.with)
}

// badMessage is of no type.
type badMessage struct{}

func (badMessage) MessageType() protocol.Type { return "dance" }

func TestAPageThatComesBackIsToldWhatItMissed(t *testing.T) {
	j := newRecords()
	j.become(5, `{"rev":5}`, false)
	for rev, want := range map[int64]string{0: ` {"rev":5}`, 4: ` {"rev":5}`, 5: "", 6: ` {"rev":5}`} {
		withClock(t, func(t *testing.T, in *clocked) {
			f := in.followed(protocol.Hello{Enrolment: "mine", Rev: rev})
			if got := f.heard(); got != enrolmentWelcome+want {
				t.Errorf("rev %d: heard %q, want the welcome and %q", rev, got, want)
			}
			time.Sleep(2 * live.LookEvery)
			if got := f.heard(); want == "" && got != `{"rev":5}` {
				t.Errorf("what time changed of rev %d: heard %q", rev, got)
			}
			english := in.followed(protocol.Hello{Enrolment: "mine", Language: "en"})
			if got := english.heard(); !strings.Contains(got, `"language":"en"`) {
				t.Errorf("in English: %q", got)
			}
		}, j.with)
	}
}

func TestWhoMayNotFollowAnEnrolment(t *testing.T) {
	cases := map[string]struct {
		id    string
		err   error
		heard string
		code  protocol.CloseCode
	}{
		"another's":            {"other", nil, "no-enrolment", protocol.CloseNoEnrolment},
		"no login":             {"mine", fmt.Errorf("cookie: %w", live.ErrNoLogin), "no-session", protocol.CloseNoSession},
		"records that are out": {"mine", errors.New("database is locked"), "", live.CloseBusy},
		"records that are slow": {
			"mine", context.DeadlineExceeded, "", live.CloseBusy,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			j := newRecords()
			withClock(t, func(t *testing.T, in *clocked) {
				j.fail(c.err)
				f := in.followed(protocol.Hello{Enrolment: c.id})
				if got := f.heard(); got != c.heard {
					t.Errorf("heard %q, want %q", got, c.heard)
				}
				if got := <-f.closed; int(got) != int(c.code) {
					t.Errorf("closed with %d, want %d", got, c.code)
				}
				if c.err == nil {
					return
				}
				j.fail(nil)
				f = in.followed(protocol.Hello{Enrolment: c.id})
				_ = f.heard()
				j.fail(c.err) // in the middle: deleted, logged out, out of order
				j.become(2, `{"rev":2}`, true)
				if got := f.heard(); got != c.heard {
					t.Errorf("in the middle: heard %q, want %q", got, c.heard)
				}
				if got := <-f.closed; int(got) != int(c.code) {
					t.Errorf("in the middle: closed with %d, want %d", got, c.code)
				}
			}, j.with)
			if n := j.followers(); n != 0 {
				t.Errorf("%d still follow", n)
			}
		})
	}
	withClock(t, func(t *testing.T, in *clocked) {
		f := in.followed(protocol.Hello{Enrolment: "mine"})
		if got := <-f.closed; int(got) != int(protocol.CloseBadMessage) {
			t.Errorf("a server without enrolments closes with %d, want 4504", got)
		}
	})
}

func TestFollowersOfAnEnrolmentHearTheGoodbye(t *testing.T) {
	j := newRecords()
	withClock(t, func(t *testing.T, in *clocked) {
		f := in.followed(protocol.Hello{Enrolment: "mine"})
		_ = f.heard()
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if err := in.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if got := f.heard(); got != protocol.NoticeGoingDown {
			t.Errorf("heard %q, want going-down", got)
		}
		if got := <-f.closed; int(got) != int(protocol.CloseGoingDown) {
			t.Errorf("closed with %d, want 4003", got)
		}
	}, j.with)
}

// TestAFollowerThatStopsReading keeps a page from reading while the enrolment
// changes all the time: the write to it ends within its limit.
func TestAFollowerThatStopsReading(t *testing.T) {
	j := newRecords()
	withClock(t, func(t *testing.T, in *clocked) {
		conn, _, err := websocket.Dial(t.Context(), "http://visavis.example/ws/desktop", &websocket.DialOptions{
			HTTPClient: in.http, Subprotocols: []string{protocol.Subprotocol},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		silent := &follower{conn: conn}
		silent.say(t, protocol.Hello{Enrolment: "mine"})
		for rev := range int64(1000) {
			j.become(rev, fmt.Sprintf(`{"rev":%d}`, rev), true)
			synctest.Wait()
		}
		time.Sleep(30 * time.Second)
		if n := in.register.len(); n != 0 {
			t.Errorf("%d sockets are open, want none", n)
		}
	}, j.with)
}

func TestOfAnEnrolmentTheNewestViewWaits(t *testing.T) {
	out := live.NewOutbox()
	out.Put(protocol.Welcome{})
	for rev := range 1000 {
		out.Put(protocol.Enrolment{View: json.RawMessage(fmt.Sprintf(`{"rev":%d}`, rev))})
	}
	items, end := out.Take()
	if end != nil || len(items) != 2 || string(items[1].Data) != `{"type":"enrolment","view":{"rev":999}}` {
		t.Errorf("%d messages wait, ending %v", len(items), end)
	}
}

// A panic in the records ends the connection alone.
func TestAPanicOfTheRecordsEndsOneConnection(t *testing.T) {
	j := newRecords()
	withClock(t, func(t *testing.T, in *clocked) {
		f := in.followed(protocol.Hello{Enrolment: "mine"})
		_ = f.heard()
		j.fail(panicking{})
		j.become(2, `{"rev":2}`, true)
		if got := <-f.closed; int(got) != int(live.CloseInternal) {
			t.Errorf("closed with %d, want 1011", got)
		}
	}, j.with)
}

// panicking is an error that cannot even be compared.
type panicking struct{ error }

func (panicking) Is(error) bool { panic("records") }

func TestAnEnrolmentIsFollowedWithoutSockets(t *testing.T) {
	j := newRecords()
	in := newTestServer(t, newStore(t), j.with)
	type answer struct {
		Messages []struct {
			Type string
			View json.RawMessage
		}
		Error protocol.Error
	}
	read := func(status int, b []byte, want int) (a answer) {
		t.Helper()
		if err := json.Unmarshal(b, &a); err != nil || status != want {
			t.Fatalf("%d %s, want %d (%v)", status, b, want, err)
		}
		return a
	}
	said := in.post(t, "/api/desktop?tab=a", `{"type":"hello","enrolment":"mine"}`, nil)
	if a := read(said.status, said.body, 200); len(a.Messages) != 2 || a.Messages[0].Type != "welcome" ||
		string(a.Messages[1].View) != `{"rev":1}` {
		t.Errorf("hello: %s", said.body)
	}
	said = in.post(t, "/api/desktop?tab=a", `{"type":"hello","enrolment":"mine","rev":1}`, nil)
	if a := read(said.status, said.body, 200); len(a.Messages) != 1 {
		t.Errorf("hello with the rev: %s", said.body)
	}
	said = in.post(t, "/api/desktop?tab=a", `{"type":"hello","enrolment":"other"}`, nil)
	if a := read(said.status, said.body, 404); a.Error.Code != protocol.CodeNoEnrolment {
		t.Errorf("another's: %s", said.body)
	}
	asked := in.do(t, http.MethodGet, "/api/desktop/state?enrolment=mine&language=en&since=1", nil, nil)
	if a := read(asked.status, asked.body, 200); len(a.Messages) != 1 ||
		string(a.Messages[0].View) != `{"language":"en","rev":1}` {
		t.Errorf("asked: %s", asked.body)
	}
	j.fail(live.ErrNoLogin)
	stream := http.Header{"Accept": {"text/event-stream"}}
	asked = in.do(t, http.MethodGet, "/api/desktop/state?enrolment=mine", nil, stream)
	if a := read(asked.status, asked.body, 401); a.Error.Code != protocol.CodeSessionMissing {
		t.Errorf("no login: %s", asked.body)
	}
	if n := j.followers(); n != 0 {
		t.Errorf("%d still follow", n)
	}
}

func TestAnEnrolmentIsFollowedAsEvents(t *testing.T) {
	j := newRecords()
	in := newTestServer(t, newStore(t), j.with)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.http.URL+
		"/api/desktop/state?enrolment=mine", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func(want string) {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if data != want {
					t.Fatalf("event %s, want %s", data, want)
				}
				return
			}
		}
		t.Fatalf("the stream ended before %s", want)
	}
	next(`{"type":"enrolment","view":{"rev":1}}`)
	j.become(2, `{"rev":2}`, true)
	next(`{"type":"enrolment","view":{"rev":2}}`)
	in.waitOpen(t, 1)
	j.fail(live.ErrNoEnrolment)
	j.become(3, `{}`, true)
	next(`{"type":"error","code":"no-enrolment","text":"no enrolment of this login"}`)
	for lines.Scan() {
		if lines.Text() != "" {
			t.Errorf("after the end: %q", lines.Text())
		}
	}
	in.waitOpen(t, 0)
	if n := j.followers(); n != 0 {
		t.Errorf("%d still follow", n)
	}
}
