package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment/store"
	"visavis/server"
)

// openInstance opens the record plane of a server on a folder.
func openInstance(t *testing.T, data string, more ...string) (*recordPlane, http.Handler) {
	t.Helper()
	c, err := parseConfig(append([]string{"--data=" + data, "--tls=off", "--issuer=none"}, more...), with(nil))
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEnrolments(t.Context(), c, bytes.Repeat([]byte{3}, 32), nil,
		&listeners{public: "https://visavis.example"}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	})
	r := mux.NewRouter()
	e.plane.Routes(r, server.Host{
		Post:       func(next http.HandlerFunc) http.Handler { return next },
		Page:       func(string) http.HandlerFunc { return http.NotFound },
		Framed:     func(string, func(*http.Request) []string) http.HandlerFunc { return http.NotFound },
		Shared:     func(string) http.HandlerFunc { return http.NotFound },
		EndSession: func(http.ResponseWriter, *http.Request) {},
		Network:    func(*http.Request) netip.Prefix { return netip.Prefix{} },
		Refuses:    func(string, func(http.ResponseWriter, int, string, string)) {},
	})
	return e, r
}

func TestALoginIsAuditedAndTakenBackInTheDatabase(t *testing.T) {
	data := t.TempDir()
	e, h := openInstance(t, data)
	ask := func(method, path, body string, c *http.Cookie) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		if c != nil {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	c := ask(http.MethodPost, "/api/login/demo", `{"account":"reviewer-1"}`, nil).Cookies()[0]
	if r := ask(http.MethodGet, "/api/me", "", c); r.StatusCode != http.StatusOK {
		t.Fatalf("status %d", r.StatusCode)
	}
	ask(http.MethodPost, "/api/logout", "{}", c)
	if r := ask(http.MethodGet, "/api/me", "", c); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a copy of the cookie: status %d", r.StatusCode)
	}
	var all []store.Audit
	err := e.keeper.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Audits(t.Context(), "")
		return err
	})
	if err != nil || len(all) != 2 || all[0].What != "login" || all[1].What != "logout" ||
		all[0].By.ID != "demo:reviewer-1" || all[0].By.Role != "reviewer" {
		t.Errorf("audit %+v, %v", all, err)
	}
}

func TestFailedLoginsAreAuditedWithoutFillingTheRecords(t *testing.T) {
	var provider *httptest.Server
	provider = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]any{
			"issuer": provider.URL, "authorization_endpoint": provider.URL + "/authorize",
			"token_endpoint": provider.URL + "/token", "jwks_uri": provider.URL + "/keys",
		}); err != nil {
			t.Error(err)
		}
	}))
	defer provider.Close()
	e, h := openInstance(t, t.TempDir(), "--oidc-issuer="+provider.URL, "--oidc-client-id=visavis",
		"--public-url=https://visavis.example")
	ask := func(path string, cookies []*http.Cookie) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	fail := func() {
		t.Helper()
		begun := ask("/login/oidc", nil)
		to, err := url.Parse(begun.Header.Get("Location"))
		if err != nil || to.Query().Get("state") == "" {
			t.Fatalf("status %d to %q, %v", begun.StatusCode, to, err)
		}
		ask("/login/callback?error=access_denied&state="+to.Query().Get("state"), begun.Cookies())
	}
	noted := func() (all []store.Audit) {
		t.Helper()
		if err := e.keeper.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
			all, err = tx.Audits(t.Context(), "")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	fail()
	if all := noted(); len(all) != 1 || all[0].Action != "login" || all[0].What != "login-failed: denied" ||
		all[0].By.ID != "" {
		t.Fatalf("audit %+v, want one failed login", all)
	}
	e.failures.since, e.failures.seen = time.Now().Add(time.Hour), failuresEach // a window that does not end in this test
	fail()
	if all := noted(); len(all) != 1 {
		t.Errorf("%d entries, want no more than the window has", len(all))
	}
	e.failures.since = time.Time{} // the next window
	fail()
	if all := noted(); len(all) != 2 || all[1].What != "login-failed: denied (1 before it are not noted)" {
		t.Errorf("audit %+v, want the number of those that were not noted", all)
	}
}
