package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The release is the one that CHANGELOG.md begins with; while nothing is released yet it ends in -dev.
func TestVersion(t *testing.T) {
	text, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	first := regexp.MustCompile(`(?m)^## (\S+)`).FindSubmatch(text)
	if first == nil {
		t.Fatal("CHANGELOG.md has no heading of a release")
	}
	if want := string(first[1]); want == "Unreleased" && !strings.HasSuffix(release, "-dev") || want != "Unreleased" && want != release {
		t.Errorf("the program is release %s, CHANGELOG.md begins with %s", release, want)
	}
	var out bytes.Buffer
	env := environment{getenv: func(string) string { return "" }, stdout: &out, stderr: &out}
	if err := run(t.Context(), []string{"version"}, env); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^visavis \d+\.\d+\.\d+(-dev)? \(commit \w+(, with changes)?; go1\.\d+\S* \w+/\w+\)\n$`).MatchString(out.String()) {
		t.Errorf("visavis version says %q", out.String())
	}
	if err := run(t.Context(), []string{"version", "now"}, env); err == nil {
		t.Error("an argument that means nothing is taken")
	}
}
