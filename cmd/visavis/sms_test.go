package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettingsOfTextMessages(t *testing.T) {
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "auth")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	url, sender := "--sms-url=https://sms.example.net/messages", "--sms-sender=Visavis"
	token := file("Bearer abc\n")
	for name, tt := range map[string]struct {
		args    []string
		on      bool
		gateway bool
		bad     string
	}{
		"off":             {nil, false, false, ""},
		"only its sender": {[]string{sender}, false, false, ""},
		"a gateway":       {[]string{url, sender, "--sms-auth-file=" + token}, true, true, ""},
		"a form":          {[]string{url, "--sms-body=to={digits}&text={text}", "--sms-method=PUT"}, true, true, ""},
		"the outbox":      {[]string{"--sms-url=outbox"}, true, false, ""},
		"an outbox of a service": {[]string{"--sms-url=outbox", "--oidc-issuer=https://login.example", "--oidc-client-id=a",
			"--public-url=https://visavis.example"}, false, false, "only a demonstration"},
		"no sender":    {[]string{url}, false, false, "--sms-sender"},
		"no countries": {[]string{url, sender, "--sms-countries="}, false, false, "--sms-countries"},
		"all of them":  {[]string{url, sender, "--sms-countries=*"}, false, false, "--sms-countries"},
		"no file":      {[]string{url, sender, "--sms-auth-file=/nowhere"}, false, false, "--sms-auth-file"},
		"an empty one": {[]string{url, sender, "--sms-auth-file=" + file("\n")}, false, false, "1 to 8192"},
		"no address":   {[]string{"--sms-url=sms.example.net", sender}, false, false, "--sms-url"},
	} {
		c, err := parseConfig(append([]string{"--data=" + t.TempDir()}, tt.args...),
			environment{getenv: func(string) string { return "" }, stderr: &strings.Builder{}})
		if tt.bad != "" {
			if err == nil || !strings.Contains(err.Error(), tt.bad) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || (c.SMS.journey(nil) != nil) != tt.on || (c.SMS.texter() != nil) != tt.gateway {
			t.Errorf("%s: %v, on %v, gateway %v", name, err, c.SMS.journey(nil) != nil, c.SMS.texter() != nil)
		}
	}
}

func TestDoctorLooksAtTheGatewayOfTextMessages(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = nobody.Close()
	readable := filepath.Join(t.TempDir(), "auth")
	if err := os.WriteFile(readable, []byte("Bearer abc"), 0o644); err != nil { //nolint:gosec // it is what is looked for
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		at         net.Listener
		auth, line string
		missing    bool
	}{
		"reachable":      {listener, "", "can be reached, no message sent; one is paid more than once in pl, ro, tr, uk, ar", false},
		"nobody there":   {nobody, "", "connection refused", true},
		"a file for all": {listener, readable, "others may read " + readable, false},
	} {
		cfg := wellConfig(t)
		cfg.Site = "Visavis"
		c, err := parseConfig([]string{"--data=" + t.TempDir(), "--sms-url=http://" + tt.at.Addr().String(),
			"--sms-sender=Visavis", "--sms-auth-file=" + tt.auth},
			environment{getenv: func(string) string { return "" }, stderr: &strings.Builder{}})
		if err != nil {
			t.Fatal(err)
		}
		cfg.SMS = c.SMS
		var out strings.Builder
		err = runDoctor(t.Context(), &out, cfg)
		if (err != nil) != tt.missing || !strings.Contains(out.String(), tt.line) || strings.Contains(out.String(), "abc") {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
}
