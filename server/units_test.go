package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestClientAddr(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	tests := []struct{ name, peer, forwarded, want string }{
		{"nobody in front", "203.0.113.5:1000", "", "203.0.113.5"},
		{"a stranger claims to be another", "203.0.113.5:1000", "198.51.100.1", "203.0.113.5"},
		{"a listed proxy speaks", "10.0.0.1:1000", "198.51.100.1", "198.51.100.1"},
		{"the client wrote a line of its own", "10.0.0.1:1000", "192.0.2.66, 198.51.100.1", "198.51.100.1"},
		{"two proxies", "10.0.0.1:1000", "198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"nonsense", "10.0.0.1:1000", "me", "10.0.0.1"},
		{"a proxy that adds the port", "10.0.0.1:1000", "198.51.100.1:4711", "198.51.100.1"},
		{"an IPv6 address", "10.0.0.1:1000", "2001:db8::1", "2001:db8::1"},
		{"an IPv6 address in brackets", "10.0.0.1:1000", "[2001:db8::1]", "2001:db8::1"},
		{"an IPv6 address with its port", "10.0.0.1:1000", "[2001:db8::1]:443", "2001:db8::1"},
		{"an IPv4 address in brackets", "10.0.0.1:1000", "[198.51.100.1]", "10.0.0.1"},
		{"half a bracket", "10.0.0.1:1000", "[2001:db8::1", "10.0.0.1"},
		{"an obfuscated one", "10.0.0.1:1000", "_hidden", "10.0.0.1"},
		{"an IPv4 address with zeros in front", "10.0.0.1:1000", "198.51.100.001", "10.0.0.1"},
		{"a mapped address", "10.0.0.1:1000", "::ffff:198.51.100.1", "198.51.100.1"},
		{"an IPv4 address in IPv6", "[::ffff:203.0.113.5]:1000", "", "203.0.113.5"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := clientAddr(r, proxies).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestPolicyRefusesASession(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.Policy = func(_ context.Context, r *http.Request) error {
			if r.Header.Get("Consent") == "" {
				return errors.New("no consent")
			}
			return nil
		}
	})
	if a := in.post(t, "/api/sessions", `{}`, nil); a.status != http.StatusConflict {
		t.Errorf("without consent: %d, want 409", a.status)
	}
	if a := in.post(t, "/api/sessions", `{}`, http.Header{"Consent": {"yes"}}); a.status != http.StatusOK {
		t.Errorf("with consent: %d, want 200", a.status)
	}
}

func TestAPanicEndsOneRequest(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.Policy = func(context.Context, *http.Request) error { panic("oh") }
	})
	if a := in.post(t, "/api/sessions", `{}`, nil); a.status != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", a.status)
	}
	if a := in.do(t, http.MethodGet, "/healthz", nil, nil); a.status != http.StatusOK {
		t.Errorf("after it: %d, want 200", a.status)
	}
}
