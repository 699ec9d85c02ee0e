package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"visavis/enrolment/store"
	"visavis/sites"
	"visavis/sites/registry"
)

func TestSitesAndKeysAreMadeOnTheCommandLine(t *testing.T) {
	data := t.TempDir()
	call := func(args ...string) (string, error) {
		t.Helper()
		out, hints := &bytes.Buffer{}, &bytes.Buffer{}
		args = append([]string{"site", args[0], "--data=" + data}, args[1:]...)
		err := run(t.Context(), args, environment{getenv: func(string) string { return "" }, stdout: out, stderr: hints})
		return strings.TrimSpace(out.String()), err
	}
	must := func(args ...string) string {
		t.Helper()
		out, err := call(args...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	site := must("add", "--name=Exemple", "--return-urls=https://www.example.org/back",
		"--origins=https://www.example.org")
	first := must("key", "--scopes=read", "--label=server", site)
	if !sites.LooksLikeKey(first) || !strings.HasPrefix(first, "vv_test_") {
		t.Errorf("key %q", first)
	}
	keys := must("keys", site)
	if strings.Contains(keys, first) || !strings.Contains(keys, "…"+first[len(first)-4:]) ||
		!strings.Contains(keys, "server") {
		t.Errorf("keys: %s", keys)
	}
	second := must("rotate", "--overlap=1h", site, strings.Fields(keys)[0])
	if second == first || !sites.LooksLikeKey(second) {
		t.Errorf("rotated to %q", second)
	}
	must("revoke", site, strings.Fields(keys)[0])
	must("set", "--name=Autre nom", site)
	if list := must("list"); !strings.Contains(list, "Autre nom") ||
		!strings.Contains(list, "https://www.example.org/back") || !strings.Contains(list, "test") {
		t.Errorf("sites: %s", list)
	}
	for name, args := range map[string][]string{
		"without a name": {"add"}, "without a site": {"keys", "site_none"}, "a scope that is none": {"key", "--scopes=all", site},
		"live afterwards": {"set", "--live", site}, "too little": {"revoke", site}, "unknown": {"paint"},
	} {
		if out, err := call(args...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestTheDemonstrationsKeyIsMadeOnce(t *testing.T) {
	data := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{URL: data + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	known, err := registry.New(registry.Config{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	first, err := testSite(t.Context(), known, data, "Démonstration")
	if err != nil {
		t.Fatal(err)
	}
	site, _, err := known.Caller(t.Context(), first)
	if err != nil || site.Live {
		t.Fatalf("the key is of %+v: %v", site, err)
	}
	if again, err := testSite(t.Context(), known, data, "Démonstration"); err != nil || again != first {
		t.Errorf("the second start: %v %v", again == first, err)
	}
	if info, err := os.Stat(data + "/" + testKeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its file: %v %v", info, err)
	}
}

func TestSettingsOfSites(t *testing.T) {
	parse := func(args ...string) (Config, error) {
		return parseConfig(append(args, "--data="+t.TempDir()), environment{getenv: func(string) string { return "" }})
	}
	demo, err := parse()
	if err != nil || demo.Journey.PrivateEndpoints.text != "on" || demo.Journey.APIRate != 600 {
		t.Errorf("a demonstration: %+v %d %v", demo.Journey.PrivateEndpoints, demo.Journey.APIRate, err)
	}
	served, err := parse("--oidc-issuer=https://login.example.org", "--oidc-client-id=x",
		"--public-url=https://visavis.example.org")
	if err != nil || served.Journey.PrivateEndpoints.text != "off" {
		t.Errorf("beside a login provider: %+v %v", served.Journey.PrivateEndpoints, err)
	}
	for _, arg := range []string{"--api-rate=0", "--private-endpoints=maybe"} {
		if _, err := parse(arg); err == nil || !strings.Contains(err.Error(), strings.Split(arg, "=")[0]) {
			t.Errorf("%s: %v", arg, err)
		}
	}
}
