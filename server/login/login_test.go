package login

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/mux"
)

var secret = bytes.Repeat([]byte{7}, 32)

func newLogin(t *testing.T, c Config) *Login {
	t.Helper()
	if c.Secret == nil {
		c.Secret = secret
	}
	l, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// routes are the login behind a guard; guarded counts what passes it.
func routes(l *Login, guarded *int) http.Handler {
	r := mux.NewRouter()
	l.Routes(r, Host{Post: func(next http.HandlerFunc) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			*guarded++
			next(w, r)
		})
	}})
	return r
}

// post returns the answer, with what it says.
func post(t *testing.T, l *Login, path, body string) (*http.Response, map[string]any) {
	t.Helper()
	guarded := 0
	rec := httptest.NewRecorder()
	routes(l, &guarded).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path,
		strings.NewReader(body)))
	if guarded != 1 {
		t.Errorf("%s passed the guard %d times, want once", path, guarded)
	}
	var said map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &said); err != nil {
		t.Fatalf("%s: %v", rec.Body, err)
	}
	return rec.Result(), said
}

func withCookie(t *testing.T, c *http.Cookie) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/signature", nil)
	r.AddCookie(c)
	return r
}

func TestDemoLogin(t *testing.T) {
	l := newLogin(t, Config{})
	for _, choice := range l.Choices().Demo {
		answer, said := post(t, l, "/api/login/demo", `{"account":"`+choice.ID+`"}`)
		cookies := answer.Cookies()
		if answer.StatusCode != http.StatusOK || len(cookies) != 1 {
			t.Fatalf("%s: status %d, %d cookies", choice.ID, answer.StatusCode, len(cookies))
		}
		c := cookies[0]
		if c.Name != "__Host-visavis-login" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Path != "/" || c.Domain != "" || c.MaxAge != 8*3600 {
			t.Errorf("cookie %v", c)
		}
		if strings.Contains(c.Value, "demo") {
			t.Errorf("the cookie can be read: %s", c.Value)
		}
		// Another instance that shares the secret knows it.
		account, ok := newLogin(t, Config{}).Account(withCookie(t, c))
		if !ok || account.Subject != "demo:"+choice.ID || account.Surname != "Specimen" || !account.Has(choice.Roles[0]) ||
			account.Has("king") {
			t.Errorf("account %+v, %v", account, ok)
		}
		if said["next"] != account.home() {
			t.Errorf("next %v, want %s", said["next"], account.home())
		}
	}
}

func TestDemoHasWhoTheJourneyNeeds(t *testing.T) {
	count := map[string]int{}
	for _, c := range newLogin(t, Config{}).Choices().Demo {
		for _, r := range c.Roles {
			count[r]++
		}
	}
	if count[Applicant] != 2 || count[Reviewer] != 3 || count[Registrar] != 1 {
		t.Errorf("%v", count)
	}
	for _, a := range demoAccounts() {
		if a.Has(Applicant) && (!strings.HasSuffix(a.Email, "@example.org") || !strings.HasPrefix(a.Mobile, "+3363998") ||
			len(a.Mobile) != 12) {
			t.Errorf("%+v is not of the ranges for examples", a)
		}
	}
}

func TestDemoLoginRefuses(t *testing.T) {
	for body, want := range map[string]int{
		`{"account":"nobody"}`: http.StatusNotFound,
		`{"account":""}`:       http.StatusNotFound,
		`{`:                    http.StatusBadRequest,
		`{"account":"` + strings.Repeat("x", maxBody) + `"}`: http.StatusRequestEntityTooLarge,
	} {
		answer, said := post(t, newLogin(t, Config{}), "/api/login/demo", body)
		problem, ok := said["error"].(map[string]any)
		if answer.StatusCode != want || !ok || problem["code"] == "" || len(answer.Cookies()) != 0 {
			t.Errorf("%.40s: status %d, %v, want %d", body, answer.StatusCode, said, want)
		}
	}
}

func TestProductionRefusesTheDemo(t *testing.T) {
	if _, err := New(Config{Secret: secret, Production: true}); err == nil ||
		!strings.Contains(err.Error(), "production") {
		t.Errorf("error %v", err)
	}
	if _, err := New(Config{Secret: secret[:31]}); err == nil || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("a short secret: %v", err)
	}
}

func TestACookieThatIsNotOurs(t *testing.T) {
	l := newLogin(t, Config{})
	answer, _ := post(t, l, "/api/login/demo", `{"account":"maeva"}`)
	good := answer.Cookies()[0]
	if _, ok := l.Account(withCookie(t, good)); !ok {
		t.Fatal("the good cookie is refused")
	}
	tests := map[string]string{"empty": "", "no base64": "%%%", "short": "AAAA", "cut": good.Value[:len(good.Value)-4]}
	for i := range good.Value { // every character counts, but for the last's unused bits
		if i < len(good.Value)-1 {
			flipped := byte('A')
			if good.Value[i] == 'A' {
				flipped = 'B'
			}
			tests[fmt.Sprint("flipped at ", i)] = good.Value[:i] + string(flipped) + good.Value[i+1:]
		}
	}
	for name, value := range tests {
		c := *good
		c.Value = value
		if a, ok := l.Account(withCookie(t, &c)); ok {
			t.Errorf("%s: %+v", name, a)
		}
	}
	other := newLogin(t, Config{Secret: bytes.Repeat([]byte{8}, 32)})
	if _, ok := other.Account(withCookie(t, good)); ok {
		t.Error("an instance with another secret takes it")
	}
	// A sealed value of another name does not pass for a login.
	w := httptest.NewRecorder()
	if err := setCookie(w, l.seal, "__Host-other",
		held{Account: Account{Subject: "demo:maeva"}, ID: "x", Begun: time.Now(), Seen: time.Now()},
		time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	c := w.Result().Cookies()[0]
	c.Name = cookieName
	if _, ok := l.Account(withCookie(t, c)); ok {
		t.Error("a cookie of another name passes for a login")
	}
	if _, ok := l.Account(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)); ok {
		t.Error("no cookie passes for a login")
	}
}

func TestALoginEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLogin(t, Config{Idle: 2 * lasts})
		answer, _ := post(t, l, "/api/login/demo", `{"account":"maeva"}`)
		c := answer.Cookies()[0]
		time.Sleep(lasts - time.Second)
		if _, ok := l.Account(withCookie(t, c)); !ok {
			t.Error("over too early")
		}
		time.Sleep(time.Second)
		if _, ok := l.Account(withCookie(t, c)); ok {
			t.Error("not over after its time")
		}
	})
}

func TestLogout(t *testing.T) {
	answer, _ := post(t, newLogin(t, Config{}), "/api/logout", "")
	c := answer.Cookies()[0]
	if answer.StatusCode != http.StatusOK || c.Name != cookieName || c.MaxAge >= 0 || c.Value != "" || !c.Secure {
		t.Errorf("status %d, cookie %v", answer.StatusCode, c)
	}
}

func TestACookieThatNoBrowserKeeps(t *testing.T) {
	l := newLogin(t, Config{})
	if err := l.begin(httptest.NewRecorder(), Account{Name: strings.Repeat("x", 4000)}, ""); err == nil {
		t.Error("made all the same")
	}
}

func TestOwnPath(t *testing.T) {
	own := []string{"/", "/signature", "/request?id=a-b&x=%2F", "/texts/terms?lang=fr", "/a:b"}
	for _, next := range own {
		if got := ownPath(next, "other"); got != next {
			t.Errorf("%q became %q", next, got)
		}
	}
	for _, next := range []string{
		"", "signature", "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
		"/\t/evil.example",
		"/\n/evil.example", "javascript:alert(1)", "/%zz", "/login?next=/", "/login/oidc", "/api/logout",
		"/" + strings.Repeat("a", maxNext),
		"/%2F/evil.example", "/..//evil.example\x00",
	} {
		if got := ownPath(next, "other"); got != "other" {
			t.Errorf("%q became %q", next, got)
		}
	}
}

func TestTo(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/request?id=7&a=b", nil)
	u, err := url.Parse(To(r))
	if err != nil || u.Path != "/login" || ownPath(u.Query().Get("next"), "") != "/request?id=7&a=b" {
		t.Errorf("%s, %v", To(r), err)
	}
}
