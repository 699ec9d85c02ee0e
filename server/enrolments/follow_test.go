package enrolments_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/client"
	"visavis/enrolment"
	"visavis/protocol"
)

// ways are the socket and what there is where it is blocked.
func ways(t *testing.T, do func(t *testing.T, noSocket bool)) {
	t.Run("socket", func(t *testing.T) { do(t, false) })
	t.Run("events", func(t *testing.T) { do(t, true) })
}

func TestAPersonFollowsTheirEnrolment(t *testing.T) {
	in := sqlitePlace(t).start(t, "a")
	ways(t, func(t *testing.T, noSocket bool) {
		maeva := in.browser(t, "maeva")
		v := maeva.begin()
		page := maeva.follow(v.ID, noSocket)
		if seen := page.until(enrolment.Declared); seen.ID != v.ID || seen.Declared.Surname == "" ||
			seen.Texts[0].Language != "fr" {
			t.Errorf("seen: %+v", seen)
		}
		maeva.act(v.ID, "in-person", nil)
		if seen := page.until(enrolment.InPerson); !slices.Contains(seen.Allowed, "go-remote") {
			t.Errorf("in person: %+v", seen.Allowed)
		}
		page.desktop.Drop() // and meanwhile it goes on
		maeva.act(v.ID, "remote", nil)
		must(t, page.desktop.Resume(t.Context()))
		page.until(enrolment.Declared)
		maeva.act(v.ID, "cancel", nil) // of which nothing is kept
		if code := page.error(); code != protocol.CodeNoEnrolment {
			t.Errorf("after it is deleted: %s", code)
		}
	})
}

func TestNobodyElseFollowsAnEnrolment(t *testing.T) {
	in := sqlitePlace(t).start(t, "a")
	id := in.browser(t, "maeva").begin().ID
	ways(t, func(t *testing.T, noSocket bool) {
		for name, c := range map[string]struct {
			account, id, code string
			end               protocol.CloseCode
		}{
			"nobody":               {"", id, protocol.CodeSessionMissing, protocol.CloseNoSession},
			"another applicant":    {"elouan", id, protocol.CodeNoEnrolment, protocol.CloseNoEnrolment},
			"a reviewer":           {"reviewer-1", id, protocol.CodeNoEnrolment, protocol.CloseNoEnrolment},
			"of an id of nobody's": {"maeva", "0b9d3c1e-7a52-4d0e-9f41-2f6f2a7d1c55", protocol.CodeNoEnrolment, protocol.CloseNoEnrolment},
			"of no id":             {"maeva", "'; --\x00é" + strings.Repeat("x", 5000), protocol.CodeNoEnrolment, protocol.CloseNoEnrolment},
		} {
			code, end := in.browser(t, c.account).follow(c.id, noSocket).refused()
			if code != c.code || end != c.end {
				t.Errorf("%s: %s and %d, want %s and %d", name, code, end, c.code, c.end)
			}
		}
	})
	if strings.Contains(in.log.String(), "panic") {
		t.Error("something panicked")
	}
}

// The session's own cookie is no login, and the login opens no session.
func TestALoginIsNoPairingCookie(t *testing.T) {
	in := sqlitePlace(t).start(t, "a")
	maeva := in.browser(t, "maeva")
	status, _, answer := maeva.do(http.MethodPost, "/api/desktop?tab=a", map[string]string{"type": "hello"})
	if status != http.StatusUnauthorized {
		t.Errorf("a hello without an enrolment: %d %s", status, answer)
	}
}

// following is a page that follows an enrolment.
type following struct {
	b       *browser
	desktop *client.Desktop
}

// follow follows an enrolment, over the socket or without one.
func (b *browser) follow(id string, noSocket bool) *following {
	b.t.Helper()
	d, err := client.Follow(b.t.Context(), client.Config{
		Server: b.in.URL, TLS: b.roots(), Language: "fr", Enrolment: id, Cookies: b.cookies, NoSocket: noSocket,
	})
	must(b.t, err)
	b.t.Cleanup(d.Close)
	return &following{b, d}
}

// read reads until an event fits, and gives it.
func (f *following) read(what string, fits func(client.Event) bool) client.Event {
	f.b.t.Helper()
	ctx, cancel := context.WithTimeout(f.b.t.Context(), 30*time.Second)
	defer cancel()
	for {
		ev, err := f.desktop.Next(ctx)
		if err != nil {
			f.b.t.Fatalf("waiting for %s: %v", what, err)
		}
		if fits(ev) {
			return ev
		}
	}
}

// error reads until an error comes.
func (f *following) error() (code string) {
	f.b.t.Helper()
	f.read("an error", func(ev client.Event) bool {
		m, ok := ev.Message.(protocol.Error)
		code = m.Code
		return ok
	})
	return code
}

// until reads what comes until the state is there.
func (f *following) until(want enrolment.State) (v view) {
	f.b.t.Helper()
	f.read(string(want), func(ev client.Event) bool {
		if ev.Ended && !errors.Is(ev.Err, net.ErrClosed) { // dropped by ourselves, and resumed
			f.b.t.Fatalf("it ended with %d (%v), want %s", ev.Code, ev.Err, want)
		}
		m, ok := ev.Message.(protocol.Enrolment)
		if !ok {
			return false
		}
		v = view{}
		must(f.b.t, json.Unmarshal(m.View, &v))
		f.b.t.Logf("followed: %s", v.State)
		return v.State == want
	})
	return v
}

// refused reads until the end, and tells the error and the close code.
func (f *following) refused() (code string, end protocol.CloseCode) {
	f.b.t.Helper()
	last := f.read("the end", func(ev client.Event) bool {
		if m, ok := ev.Message.(protocol.Error); ok {
			code = m.Code
		}
		return ev.Ended && ev.Code != 0
	})
	return code, last.Code
}
