package visavis

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// pg_dump refuses a server that is newer than itself, and the image's pg_dump is that of its Debian.
func TestTheImageBacksUpTheDatabaseOfCompose(t *testing.T) {
	client := map[string]int{"bookworm": 15, "trixie": 17}
	found := func(file, pattern string) string {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(pattern).FindStringSubmatch(string(raw))
		if m == nil {
			t.Fatalf("%s has no %s", file, pattern)
		}
		return m[1]
	}
	release := found("Dockerfile", `(?m)^FROM debian:(\w+)-slim$`)
	if build := found("Dockerfile", `(?m)^FROM golang:[\d.]+-(\w+) AS build$`); build != release {
		t.Errorf("the image is built on %s and runs on %s: its libraries would differ", build, release)
	}
	server, err := strconv.Atoi(found("compose.yaml", `(?m)^ +image: postgres:(\d+)\b`))
	if err != nil || client[release] == 0 || server > client[release] {
		t.Errorf("compose.yaml has PostgreSQL %d, the image the client of Debian's %s: %d", server, release, client[release])
	}
	if packages := found("Dockerfile", `(?s)FROM debian:.*?(&& \{ .*? \})`); !strings.Contains(packages, "packages.sh backup;") {
		t.Errorf("the image installs %s, without what visavis backup calls", packages)
	}
	compose, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(compose)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && strings.Contains(value, "VISAVIS_SECRET") &&
			name != "VISAVIS_SECRET" {
			t.Errorf("compose.yaml gives the shared secret away as %s", name)
		}
	}
}
