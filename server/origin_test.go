package server

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// policyOf is the pages' policy where the public address is origin, for a request
// with this Host and these headers.
func policyOf(t *testing.T, in *instance, host string, header http.Header) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/p", nil)
	r.Host = host
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	in.Handler().ServeHTTP(w, r)
	return w.Header().Get("Content-Security-Policy")
}

func TestThePolicyNamesThePublicAddressWhateverTheRequestSays(t *testing.T) {
	const want = "connect-src 'self' wss://visavis.example:8443 wss://other.example;"
	for _, public := range []string{"https://visavis.example:8443", "https://VISAVIS.example:8443",
		"https://visavis.example:8443/"} {
		in := newTestServer(t, newStore(t), func(c *Config) {
			c.Origin = func() string { return public }
			c.Origins = func() []string { return []string{public} }
			c.AllowedOrigins = func() []string {
				return []string{"https://Other.example:443", "not an origin", "https://x.example;script-src *"}
			}
		})
		for name, r := range map[string]struct {
			host   string
			header http.Header
		}{
			"nginx $host, without its port": {"visavis.example", nil},
			"another port":                  {"visavis.example:9443", nil},
			"upper case":                    {"VISAVIS.EXAMPLE:8443", nil},
			"forged":                        {"evil.example", nil},
			"a policy in it":                {"x;script-src *", nil},
			"forwarded host":                {"visavis.example", http.Header{"X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Proto": {"http"}}},
			"Forwarded":                     {"visavis.example", http.Header{"Forwarded": {"host=evil.example;proto=http"}}},
			"none":                          {"", nil},
		} {
			if got := policyOf(t, in, r.host, r.header); !strings.Contains(got, want) || strings.Contains(got, "evil") {
				t.Errorf("%s, public address %s: policy %q, want in it %q", name, public, got, want)
			}
		}
	}
}

func TestThePolicyOfAPlainServerAndOfAListOfItsOwn(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.Origin = func() string { return "http://[::1]:8080" }
		c.Origins = func() []string { return []string{"http://10.0.0.7:8080"} }
		c.PageOrigins = func() []string { return []string{"http://localhost:80"} }
	})
	if got, want := policyOf(t, in, "10.0.0.7:8080", nil),
		"connect-src 'self' ws://[::1]:8080 ws://localhost;"; !strings.Contains(got, want) {
		t.Errorf("policy %q, want in it %q", got, want)
	}
}

func TestOriginsAreComparedAsBrowsersWriteThem(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.Origin = func() string { return "https://Visavis.example:443/" }
		c.AllowedOrigins = func() []string { return []string{"http://kiosk.example:8080"} }
	})
	for origin, want := range map[string]bool{
		"https://visavis.example": true, "https://VISAVIS.example": true, "https://visavis.example:443": true, "http://kiosk.example:8080": true,
		"http://visavis.example": false, "https://visavis.example:8443": false, "https://visavis.example.evil.example": false,
		"https://a@visavis.example": false, "https://visavis.example/x": false, "https://visavis.example?": false, "https://visavis.example#": false,
		"https://kiosk.example:8080": false, "http://kiosk.example": false, "null": false, "visavis.example": false,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/sessions", nil)
		r.Host = strings.TrimPrefix(origin, "https://") // a Host that agrees with a forged Origin helps nobody
		r.Header.Set("Origin", origin)
		if got := in.originAllowed(r); got != want {
			t.Errorf("Origin %s: allowed %v, want %v", origin, got, want)
		}
	}
	for site, want := range map[string]bool{
		"": true, "same-origin": true, "none": true, "cross-site": false, "same-site": false,
	} { // of a browser that sends no Origin
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/sessions", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		if got := in.originAllowed(r); got != want {
			t.Errorf("no Origin, Sec-Fetch-Site %q: allowed %v, want %v", site, got, want)
		}
	}
}
