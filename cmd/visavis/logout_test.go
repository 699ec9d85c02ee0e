package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"visavis/enrolment/store"
	"visavis/server"
)

// openInstance opens the record plane of a server on a folder.
func openInstance(t *testing.T, data string) (*recordPlane, http.Handler) {
	t.Helper()
	c, err := parseConfig([]string{"--data=" + data, "--tls=off", "--issuer=none"}, with(nil))
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEnrolments(t.Context(), c, bytes.Repeat([]byte{3}, 32), nil, &listeners{public: "https://visavis.example"}, slog.New(slog.DiscardHandler))
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
		EndSession: func(http.ResponseWriter, *http.Request) {},
		Network:    func(*http.Request) netip.Prefix { return netip.Prefix{} },
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
	if err != nil || len(all) != 2 || all[0].What != "login" || all[1].What != "logout" || all[0].By.ID != "demo:reviewer-1" || all[0].By.Role != "reviewer" {
		t.Errorf("audit %+v, %v", all, err)
	}
}
