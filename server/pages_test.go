package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"visavis/server/assets"
)

func TestPagesAndAssets(t *testing.T) {
	in := newTestServer(t, newStore(t))
	tests := []struct {
		path   string
		status int
		kind   string
	}{
		{"/", 200, "text/html"}, {"/companion", 200, "text/html"}, {"/p", 200, "text/html"}, {"/trust", 200, "text/html"},
		{"/js/app.js", 200, "text/javascript"}, {"/js/none.js", 404, ""}, {"/test/secret.js", 404, ""},
		{"/js/../test/secret.js", 404, ""}, {"/js/", 404, ""}, {"/home.html", 404, ""}, {"/parts/header.html", 404, ""}, {"/healthz", 200, "application/json"},
		{"/readyz", 200, "application/json"}, {"/metrics", 404, ""},
	}
	for _, tt := range tests {
		a := in.do(t, http.MethodGet, tt.path, nil, nil)
		if a.status != tt.status || !strings.HasPrefix(a.header.Get("Content-Type"), tt.kind) {
			t.Errorf("GET %s: %d %s, want %d %s", tt.path, a.status, a.header.Get("Content-Type"), tt.status, tt.kind)
		}
		for _, h := range []string{"X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "X-Request-Id"} {
			if a.header.Get(h) == "" {
				t.Errorf("GET %s: no %s", tt.path, h)
			}
		}
	}
	if home := in.do(t, http.MethodGet, "/", nil, nil).body; !bytes.HasPrefix(home,
		[]byte("<!doctype html><header>Visavis</header><p>")) {
		t.Errorf("home page begins %.50s: want its part in its place", home)
	}
	if p := in.do(t, http.MethodGet, "/p", nil, nil).header.Get("Permissions-Policy"); !strings.Contains(p,
		"camera=(self)") {
		t.Errorf("the phone page's permissions: %s", p)
	}
	if p := in.do(t, http.MethodGet, "/companion", nil, nil).header.Get("Permissions-Policy"); !strings.Contains(p,
		"camera=()") {
		t.Errorf("the desktop page's permissions: %s", p)
	}
	zipped := in.do(t, http.MethodGet, "/js/app.js", nil, http.Header{"Accept-Encoding": {"gzip"}})
	r, err := gzip.NewReader(bytes.NewReader(zipped.body))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || len(b) != 500 {
		t.Errorf("compressed asset: %d bytes, error %v", len(b), err)
	}
	if a := in.do(t, http.MethodGet, "/js/app.js", nil,
		http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {
			zipped.header.Get("ETag")}}); a.status != http.StatusNotModified {
		t.Errorf("the same again: %d, want 304", a.status)
	}
}

// Strangers read no metrics: on the public port they stand behind a token, if there are any at all.
func TestMetricsAreNotForStrangers(t *testing.T) {
	const token = "4c0d6f5f7a0e4a0b9b1d"
	in := newTestServer(t, newStore(t), func(c *Config) { c.MetricsToken = token })
	for _, tt := range []struct {
		authorization string
		status        int
	}{
		{"Bearer " + token, http.StatusOK},
		{"", http.StatusUnauthorized},
		{"Bearer ", http.StatusUnauthorized},
		{token, http.StatusUnauthorized},
		{"Basic " + token, http.StatusUnauthorized},
		{"Bearer " + token + "0", http.StatusUnauthorized},
		{"Bearer " + token[1:], http.StatusUnauthorized},
	} {
		a := in.do(t, http.MethodGet, "/metrics", nil, http.Header{"Authorization": {tt.authorization}})
		if a.status != tt.status || strings.Contains(string(a.body), "visavis_") != (tt.status == http.StatusOK) {
			t.Errorf("Authorization %q: %d %.60s, want %d", tt.authorization, a.status, a.body, tt.status)
		}
	}
}

func TestCompanionCanBeOff(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) { c.Companion = false })
	if a := in.do(t, http.MethodGet, "/companion", nil, nil); a.status != http.StatusNotFound {
		t.Errorf("status %d, want 404", a.status)
	}
	if a := in.post(t, "/api/sessions", `{"language":"fr"}`, nil); a.status != http.StatusConflict || len(a.cookies) != 0 {
		t.Errorf("a session of no enrolment: status %d with %d cookies, want 409 and none", a.status, len(a.cookies))
	}
}

func TestHostsThatStayOutOfThePolicy(t *testing.T) {
	for host, want := range map[string]bool{"a.example:8443": true, "[::1]:8443": true, "x;script-src *": false, "": false,
		"é": false} {
		if got := validHost(host); got != want {
			t.Errorf("validHost(%q) = %v, want %v", host, got, want)
		}
	}
}

// Kind: links that mailers, scanners and people change. The phone's, a site's and that of an
// address's letter hold a secret in their fragment.
func TestAMangledAddressLeadsToItsPage(t *testing.T) {
	in := newTestServer(t, newStore(t))
	token := strings.Repeat("aB3_-", 8) + "xyz"
	link := strings.Repeat("ab2c3", 5) + "d.12." + token
	letter := "0190d7c8-3a5b-7c2d-9e4f-00112233aabb." + token
	for path, want := range map[string]string{
		"/P": "/p", "/p/": "/p", "/P/": "/p", "/p.": "/p", "/p%20": "/p", "/p%22": "/p", "/p,": "/p", "/p%E2%80%8B": "/p", "/p/?fbclid=x": "/p",
		"/p%23" + token: "/p#" + token, "/p/" + token: "/p#" + token, "/P%23" + token: "/p#" + token, "/p/%23" +
			token: "/p#" + token,
		"/p%23" + token + "&utm=1":       "/p#" + token,
		"/p%23" + token + "%0A":          "/p#" + token,
		"/p%23%0D%0A" + token + "%0D%0A": "/p#" + token,
		"/p%2523" + token:                "/p#" + token, "/p%23" + token + ".": "/p#" + token,
		"/p%23" + token + "x": "/p", "/p%23" + token[1:]: "/p",

		"/V": "/v?letter", "/v/": "/v?letter", "/v.": "/v?letter", "/v%20": "/v?letter", "/v%E2%80%8B": "/v?letter",
		"/v%23" + link: "/v?letter#" + link, "/v%3Fletter%23" + link: "/v?letter#" + link,
		"/v/" + link + "%3E":                 "/v?letter#" + link,
		"/v%3Fletter%2523" + link + "&utm=1": "/v?letter#" + link, "/v%23" + link[1:]: "/v?letter",
		"/v%23" + link + "x": "/v?letter",
		"/Address":           "/address", "/address/": "/address", "/address,": "/address", "/ADDRESS%22": "/address",
		"/address%23" + letter: "/address#" + letter, "/address%2523" + letter + ".": "/address#" + letter,
		"/address%23" + letter[1:]: "/address", "/address%23" + token: "/address",
	} {
		w := httptest.NewRecorder()
		in.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != http.StatusFound || w.Header().Get("Location") != want {
			t.Errorf("GET %s: %d to %q, want %q", path, w.Code, w.Header().Get("Location"), want)
		}
	}
	for _, path := range []string{
		"/pa", "/p-1", "/p1", "/x/p", "/" + token, "/v1", "/v-1", "/x/v/", "/vv%23" + link, "/addresses", "/address-book",
	} {
		if a := in.do(t, http.MethodGet, path, nil, nil); a.status != http.StatusNotFound {
			t.Errorf("GET %s: %d, want 404", path, a.status)
		}
	}
	if strings.Contains(in.log.String(), token) {
		t.Error("the log holds a token")
	}
}

// Pages that were read already need no folder; a server has the one or the other.
func TestPagesThatWereReadBefore(t *testing.T) {
	var without Config
	in := newTestServer(t, newStore(t), func(c *Config) {
		pages, err := assets.New(c.Static, false)
		if err != nil {
			t.Fatal(err)
		}
		without = *c
		without.Static = nil
		c.Static, c.Pages = nil, pages
	})
	if a := in.do(t, http.MethodGet, "/companion", nil, nil); a.status != http.StatusOK || !strings.Contains(string(a.body), "page") {
		t.Errorf("a page: %d %s", a.status, a.body)
	}
	if _, err := New(without); err == nil || !strings.Contains(err.Error(), "Static or Pages") {
		t.Errorf("neither: %v, want to read what is missing", err)
	}
}
