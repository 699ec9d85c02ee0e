package server

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestWhoFindsAWeaknessFindsWhomToTell(t *testing.T) {
	const path = "/.well-known/security.txt"
	contacts := []string{"mailto:security@example.org", "https://example.org/security"}
	in := newTestServer(t, newStore(t), func(c *Config) { c.SecurityContacts = contacts })
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		a := in.do(t, method, path, nil, nil)
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Fatalf("%s: %d, type %q", method, a.status, a.header.Get("Content-Type"))
		}
	}
	text := string(in.do(t, http.MethodGet, path, nil, nil).body)
	fields := map[string][]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		name, value, found := strings.Cut(line, ": ")
		if !found {
			t.Errorf("a line that is no field: %q", line)
		}
		fields[name] = append(fields[name], value)
	}
	if got := strings.Join(fields["Contact"], " "); got != strings.Join(contacts, " ") {
		t.Errorf("contacts %q, want %q in this order", got, contacts)
	}
	if len(fields["Expires"]) != 1 {
		t.Fatalf("Expires %q, want it once (RFC 9116, 2.5.5)", fields["Expires"])
	}
	expires, err := time.Parse(time.RFC3339, fields["Expires"][0])
	left := expires.Sub(in.cfg.Service.Now())
	if err != nil || left < 88*24*time.Hour || left > 90*24*time.Hour {
		t.Errorf("Expires %s, in %s, %v; want about 90 days", fields["Expires"], left, err)
	}
	if origin := in.cfg.Origin(); strings.HasPrefix(origin, "https://") != (len(fields["Canonical"]) == 1) ||
		len(fields["Canonical"]) == 1 && fields["Canonical"][0] != origin+path {
		t.Errorf("Canonical %q at %s, want it with https alone", fields["Canonical"], origin)
	}
	if len(fields) > 3 {
		t.Errorf("further fields: %v", fields)
	}
	if a := in.do(t, http.MethodGet, path, nil, http.Header{"X-Forwarded-Host": {"evil.example"}}); strings.Contains(
		string(a.body), "evil") {
		t.Errorf("the request names its own address: %s", a.body)
	}
	if a := in.post(t, path, "x", nil); a.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", a.status)
	}
	without := newTestServer(t, newStore(t))
	if a := without.do(t, http.MethodGet, path, nil, nil); a.status != http.StatusNotFound {
		t.Errorf("without a contact: %d %s, want 404", a.status, a.body)
	}
}
