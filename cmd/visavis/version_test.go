package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The release is the one that CHANGELOG.md begins with, which has a day. Above an
// unreleased heading the number ends in -dev.
func TestVersion(t *testing.T) {
	text, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	first := regexp.MustCompile(`(?m)^## (.+)$`).FindSubmatch(text)
	if first == nil || !regexp.MustCompile(`^(Unreleased|\d+\.\d+\.\d+ – \d{4}-\d\d-\d\d)$`).Match(first[1]) {
		t.Fatalf("CHANGELOG.md begins with %q, want the heading of a release and its day", first)
	}
	if want, _, _ := strings.Cut(string(first[1]), " "); want == "Unreleased" && !strings.HasSuffix(release, "-dev") ||
		want != "Unreleased" && want != release {
		t.Errorf("the program is release %s, CHANGELOG.md begins with %s", release, want)
	}
	var out bytes.Buffer
	env := environment{getenv: func(string) string { return "" }, stdout: &out, stderr: &out}
	if err := run(t.Context(), []string{"version"}, env); err != nil {
		t.Fatal(err)
	}
	wanted := regexp.MustCompile(`^visavis \d+\.\d+\.\d+(-dev)? \(commit \w+(, with changes)?; go1\.\d+\S* \w+/\w+\)\n$`)
	if !wanted.MatchString(out.String()) {
		t.Errorf("visavis version says %q", out.String())
	}
	if err := run(t.Context(), []string{"version", "now"}, env); err == nil {
		t.Error("an argument that means nothing is taken")
	}
}

// Each heading of readers stands once in a release, and no line stands twice: a merge
// that keeps both sides of CHANGELOG.md could put lines back.
func TestAReleaseSaysEachThingOnce(t *testing.T) {
	text, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		seen := map[string]bool{}
		for line := range strings.SplitSeq(body, "\n") {
			if !strings.HasPrefix(line, "- ") && !strings.HasPrefix(line, "### ") {
				continue
			}
			if seen[line] || line == "### Added" || line == "### Changed" || line == "### Fixed" {
				t.Errorf("%s: %q stands twice, or under no readers", name, line)
			}
			seen[line] = true
		}
	}
}
