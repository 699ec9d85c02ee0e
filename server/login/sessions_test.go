package login

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/mux"
)

// person is a browser with a login, at instances that share a list.
type person struct {
	t *testing.T
	h http.Handler
	l *Login
	c *http.Cookie
}

func open(t *testing.T, ended Ended, idle time.Duration) (http.Handler, *Login) {
	t.Helper()
	l := newLogin(t, Config{Ended: ended, Idle: idle})
	r := mux.NewRouter()
	l.Routes(r, Host{Post: func(next http.HandlerFunc) http.Handler { return next }})
	r.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return r, l
}

func logIn(t *testing.T, h http.Handler, l *Login, account string) *person {
	t.Helper()
	p := &person{t, h, l, nil}
	w := p.call(http.MethodPost, "/api/login/demo", `{"account":"`+account+`"}`)
	p.c = w.Result().Cookies()[0]
	return p
}

func (p *person) call(method, path, body string) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), method, path, strings.NewReader(body))
	if p.c != nil {
		r.AddCookie(p.c)
	}
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w
}

func (p *person) in() bool {
	p.t.Helper()
	_, ok := p.l.Account(withCookie(p.t, p.c))
	return ok
}

func TestACopiedCookieIsWorthNothingAfterTheLogout(t *testing.T) {
	list := &Memory{}
	h, l := open(t, list, 0)
	_, other := open(t, list, 0) // another instance
	a, b, c := logIn(t, h, l, "maeva"), logIn(t, h, l, "maeva"), logIn(t, h, l, "elouan")
	w := a.call(http.MethodPost, "/api/logout", "")
	if w.Code != http.StatusOK || w.Header().Get("Clear-Site-Data") != `"cache", "storage"` {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
	if _, ok := other.Account(withCookie(t, a.c)); ok || a.in() {
		t.Error("the copy is still a login")
	}
	if _, ok := l.Watching(withCookie(t, a.c)); ok {
		t.Error("the copy still follows")
	}
	if !b.in() || !c.in() {
		t.Error("another login of the account, or of somebody else, ended with it")
	}
	if d := logIn(t, h, l, "maeva"); !d.in() || d.c.Value == a.c.Value {
		t.Error("the next login is none, or the same")
	}
}

func TestLoggingOutEverywhere(t *testing.T) {
	h, l := open(t, &Memory{}, 0)
	a, b, c := logIn(t, h, l, "maeva"), logIn(t, h, l, "maeva"), logIn(t, h, l, "elouan")
	if w := a.call(http.MethodPost, "/api/logout", `{"everywhere":true}`); w.Code != http.StatusOK {
		t.Fatalf("status %d", w.Code)
	}
	if a.in() || b.in() || !c.in() {
		t.Errorf("logged in: %v, %v, somebody else %v; want only somebody else", a.in(), b.in(), c.in())
	}
	if !logIn(t, h, l, "maeva").in() {
		t.Error("nobody can log in again")
	}
	for bad, want := range map[string]int{
		"{": http.StatusBadRequest, `{"everywhere":"yes"}`: http.StatusBadRequest,
		strings.Repeat("x", maxBody+1): http.StatusRequestEntityTooLarge,
	} {
		if w := c.call(http.MethodPost, "/api/logout", bad); w.Code != want || !c.in() {
			t.Errorf("%.20q: status %d, want %d; still in: %v", bad, w.Code, want, c.in())
		}
	}
}

// broken is a list that cannot be asked.
type broken struct{}

func (broken) End(context.Context, string, time.Time, time.Time) error { return errors.New("no list") }
func (broken) EndedAt(context.Context, ...string) (time.Time, error) {
	return time.Time{}, errors.New("no list")
}

func TestNobodyIsLoggedInWhereTheListCannotBeAsked(t *testing.T) {
	h, l := open(t, broken{}, 0)
	if p := logIn(t, h, l, "maeva"); p.in() {
		t.Error("logged in")
	}
}

func TestInactivityEndsALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, l := open(t, &Memory{}, 30*time.Minute)
		p := logIn(t, h, l, "maeva")
		for range 4 { // somebody who does something now and then
			time.Sleep(20 * time.Minute)
			w := p.call(http.MethodGet, "/page", "")
			renewed := w.Result().Cookies()
			if len(renewed) != 1 || renewed[0].Name != cookieName {
				t.Fatalf("cookies %v, want the login renewed", renewed)
			}
			p.c = renewed[0]
		}
		if p.c.MaxAge != int((lasts - 80*time.Minute).Seconds()) {
			t.Errorf("the cookie lasts %d s: want the eight hours from the login on", p.c.MaxAge)
		}
		if w := p.call(http.MethodGet, "/page", ""); len(w.Result().Cookies()) != 0 {
			t.Error("renewed at each request")
		}
		time.Sleep(30 * time.Minute)
		if p.in() {
			t.Error("still logged in after half an hour of nothing")
		}
		if _, ok := l.Watching(withCookie(t, p.c)); !ok {
			t.Error("a page that only waits hears nothing any more")
		}
		if w := p.call(http.MethodGet, "/page", ""); len(w.Result().Cookies()) != 0 {
			t.Error("a request brings it back to life")
		}
	})
}

func TestALogoutEndsThePairingToo(t *testing.T) {
	l := newLogin(t, Config{})
	ended := 0
	r := mux.NewRouter()
	l.Routes(r, Host{
		Post:       func(next http.HandlerFunc) http.Handler { return next },
		EndSession: func(http.ResponseWriter, *http.Request) { ended++ },
	})
	p := logIn(t, r, l, "maeva")
	if p.call(http.MethodPost, "/api/logout", ""); ended != 1 {
		t.Errorf("ended %d times, want once", ended)
	}
}

func TestEventsOfLoginsAreAudited(t *testing.T) {
	f := newForger(t)
	var seen []Event
	l := newLogin(t, Config{Audit: func(_ *http.Request, e Event) { seen = append(seen, e) },
		OIDC: &OIDC{Issuer: f.url, ClientID: "visavis", Origin: func() string { return "https://visavis.example" }}})
	routes := mux.NewRouter()
	l.Routes(routes, Host{Post: func(next http.HandlerFunc) http.Handler { return next }})
	through := func(good bool) answered {
		begun := call(t, routes, "/login/oidc", nil)
		f.token["nonce"] = "another"
		if good {
			f.token["nonce"] = begun.query(t).Get("nonce")
		}
		return call(t, routes, "/login/callback?code=x&state="+begun.query(t).Get("state"), begun.cookies)
	}
	through(false)
	done := through(true)
	p := &person{t, routes, l, done.cookies[len(done.cookies)-1]}
	p.call(http.MethodPost, "/api/logout", `{"everywhere":true}`)
	want := []Event{{"login-failed", "", "", Failed}, {"login", "oidc:someone", Applicant, ""},
		{"logout-everywhere", "oidc:someone", Applicant, ""}}
	if len(seen) != len(want) {
		t.Fatalf("%+v, want %+v", seen, want)
	}
	for i := range want {
		if seen[i] != want[i] {
			t.Errorf("event %d: %+v, want %+v", i, seen[i], want[i])
		}
	}
}

func TestTheProviderLogsOut(t *testing.T) {
	now := time.Now()
	good := func(f *forger) map[string]any {
		return map[string]any{
			"iss": f.url, "aud": "visavis", "sub": "someone", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "jti": "1",
			"events": map[string]any{logoutEvent: map[string]any{}},
		}
	}
	for name, tt := range map[string]struct {
		change func(c map[string]any)
		ends   bool
		bad    bool
	}{
		"somebody":                   {func(map[string]any) {}, true, false},
		"a session":                  {func(c map[string]any) { delete(c, "sub"); c["sid"] = "session-1" }, true, false},
		"a session of somebody":      {func(c map[string]any) { c["sid"] = "session-1" }, true, false},
		"another session":            {func(c map[string]any) { c["sid"] = "session-2" }, false, false},
		"somebody else":              {func(c map[string]any) { c["sub"] = "somebody else" }, false, false},
		"without an end":             {func(c map[string]any) { delete(c, "exp") }, true, false},
		"for several, us among them": {func(c map[string]any) { c["aud"] = []string{"another", "visavis"} }, true, false},
		"nobody":                     {func(c map[string]any) { delete(c, "sub") }, false, true},
		"an ID token":                {func(c map[string]any) { c["nonce"] = "x" }, false, true},
		"about something else":       {func(c map[string]any) { c["events"] = map[string]any{"http://x": map[string]any{}} }, false, true},
		"an event that is no object": {func(c map[string]any) { c["events"] = map[string]any{logoutEvent: "yes"} }, false, true},
		"without an id":              {func(c map[string]any) { delete(c, "jti") }, false, true},
		"without a time":             {func(c map[string]any) { delete(c, "iat") }, false, true},
		"of the future":              {func(c map[string]any) { c["iat"] = now.Add(time.Hour).Unix() }, false, true},
		"that is over":               {func(c map[string]any) { c["exp"] = now.Add(-time.Hour).Unix() }, false, true},
		"old, without an end":        {func(c map[string]any) { delete(c, "exp"); c["iat"] = now.Add(-time.Hour).Unix() }, false, true},
		"for another client":         {func(c map[string]any) { c["aud"] = "another" }, false, true},
		"of another provider":        {func(c map[string]any) { c["iss"] = "https://evil.example" }, false, true},
		"with a number for a person": {func(c map[string]any) { c["sub"] = 7 }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForger(t)
			f.token["sid"] = "session-1"
			p := f.person(t)
			c := good(f)
			tt.change(c)
			w := p.backChannel(f.sign(c))
			if bad := w.Code == http.StatusBadRequest; bad != tt.bad || !bad && w.Code != http.StatusOK ||
				w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, %s", w.Code, w.Body)
			}
			if p.in() == tt.ends {
				t.Errorf("logged in: %v, want it ended: %v", p.in(), tt.ends)
			}
		})
	}
	nameless := newForger(t)
	q := nameless.person(t) // the ID token names no session
	c := good(nameless)
	c["sid"] = "session-3"
	if w := q.backChannel(nameless.sign(c)); w.Code != http.StatusOK || q.in() {
		t.Errorf("a login whose session has no name: status %d, still in %v", w.Code, q.in())
	}
	again := logInThrough(t, nameless, q)
	if w := again.backChannel(nameless.sign(c)); w.Code != http.StatusOK || !again.in() {
		t.Errorf("a token that was used: status %d, still in %v", w.Code, again.in())
	}
	f := newForger(t)
	p := f.person(t)
	for name, token := range map[string]string{
		"nothing": "", "no token": "a.b.c", "unsigned": "eyJhbGciOiJub25lIn0." + "e30."} {
		if w := p.backChannel(token); w.Code != http.StatusBadRequest || !p.in() {
			t.Errorf("%s: status %d, logged in %v", name, w.Code, p.in())
		}
	}
}

// person is somebody who logged in through the forger.
func (f *forger) person(t *testing.T) *person {
	t.Helper()
	return logInThrough(t, f, nil)
}

// logInThrough logs in at the server of somebody before, or at a new one.
func logInThrough(t *testing.T, f *forger, before *person) *person {
	t.Helper()
	l := newLogin(t, Config{OIDC: &OIDC{Issuer: f.url, ClientID: "visavis", Origin: func() string {
		return "https://visavis.example"
	}}})
	var routes http.Handler = mux.NewRouter()
	l.Routes(routes.(*mux.Router), Host{Post: func(next http.HandlerFunc) http.Handler { return next }})
	if before != nil {
		l, routes = before.l, before.h
	}
	begun := call(t, routes, "/login/oidc", nil)
	f.token["nonce"] = begun.query(t).Get("nonce")
	done := call(t, routes, "/login/callback?code=x&state="+begun.query(t).Get("state"), begun.cookies)
	p := &person{t, routes, l, done.cookies[len(done.cookies)-1]}
	if !p.in() {
		t.Fatal("not logged in")
	}
	return p
}

func (p *person) backChannel(token string) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodPost, "/login/backchannel",
		strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	if w.Code != http.StatusOK && !json.Valid(w.Body.Bytes()) {
		p.t.Errorf("%s", w.Body)
	}
	return w
}
