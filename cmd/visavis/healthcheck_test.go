package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"visavis/localca"
)

func TestHealthcheck(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/readyz":
			w.WriteHeader(http.StatusOK)
		case "/full":
			http.Error(w, `{"status":"store full"}`, http.StatusServiceUnavailable)
		case "/fuller":
			http.Error(w, `store full`, http.StatusServiceUnavailable)
		case "/moved":
			http.Redirect(w, r, "/readyz", http.StatusFound)
		default:
			http.Error(w, `{"status":"stopping"}`, http.StatusServiceUnavailable)
		}
	})
	ca, err := localca.Open(localca.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(handler)
	secure.TLS = ca.TLSConfig()
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)

	for _, test := range []struct {
		name, url string
		want      string // of the error; empty: ready
	}{
		{"ready, by a certificate of the local CA", secure.URL + "/readyz", ""},
		{"by name", strings.Replace(secure.URL, "127.0.0.1", "localhost", 1) + "/readyz", ""},
		{"ready, plain", plain.URL + "/readyz", ""},
		{"not ready", secure.URL + "/other", `not ready: 503 Service Unavailable {"status":"stopping"}`},
		{"full, which no restart mends", secure.URL + "/full", ""},
		{"another answer of these words", secure.URL + "/fuller", "not ready: 503"},
		{"a redirect is no answer", plain.URL + "/moved", "not ready: 302"},
		{"not an address", "readyz", "want an address like"},
		{"another scheme", "ftp://127.0.0.1/", "want an address like"},
	} {
		err := runHealthcheck(t.Context(), test.url)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	plain.Close()
	if err := runHealthcheck(t.Context(), plain.URL); err == nil {
		t.Error("nobody answers, want an error")
	}
}

func TestHealthcheckTrustsEverySignerOnTheLoopbackAlone(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.8.8.8": true, "::1": true, "localhost": true, "::ffff:127.0.0.1": true,
		"192.168.1.1": false, "example.com": false, "localhost.example.com": false, "0.0.0.0": false,
	} {
		if got := healthTransport(host).TLSClientConfig.InsecureSkipVerify; got != want {
			t.Errorf("%s: certificates unchecked %t, want %t", host, got, want)
		}
	}
}

func TestHealthcheckGivesUp(t *testing.T) {
	stuck := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stuck }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(stuck) })
	start := time.Now()
	err := runHealthcheck(t.Context(), server.URL)
	if took := time.Since(start); took > healthTimeout+3*time.Second {
		t.Errorf("gave up after %s, want %s", took, healthTimeout)
	}
	if u, ok := errors.AsType[*url.Error](err); !ok || !u.Timeout() {
		t.Errorf("error %v, want a timeout", err)
	}
}

func TestHealthcheckAsksWhereTheServerListens(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{nil, healthURL},
		{map[string]string{"VISAVIS_TLS": "off"}, "http://127.0.0.1:8443/readyz"}, // behind a proxy, as in compose.yaml
		{map[string]string{"VISAVIS_TLS": "off", "VISAVIS_LISTEN": ":9000"}, "http://127.0.0.1:9000/readyz"},
		{map[string]string{"VISAVIS_LISTEN": "[::]:9000", "VISAVIS_TLS": "files"}, "https://127.0.0.1:9000/readyz"},
		{map[string]string{"VISAVIS_HEALTH_URL": "http://localhost:1/healthz", "VISAVIS_TLS": "off"}, "http://localhost:1/healthz"},
	} {
		if got := healthTarget(environment{getenv: func(name string) string { return test.env[name] }}); got != test.want {
			t.Errorf("%v: %s, want %s", test.env, got, test.want)
		}
	}
}
