package visavis

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	quoted      = regexp.MustCompile("`([^`\n]+)`")
	placeholder = regexp.MustCompile(`\b[A-Z]{3,}$|\b[A-Z]{3,}/`)
)

// A file or folder that a document names by its whole path is there.
func TestDocumentsNameFilesThatExist(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	top, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]bool{}
	for _, e := range top {
		folders[e.Name()] = e.IsDir()
	}
	named := 0
	for _, document := range append(documents, "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
			name := strings.TrimSuffix(m[1], "/")
			first, _, deep := strings.Cut(name, "/")
			if !deep || !folders[first] || first == "var" || strings.ContainsAny(name, " {}…<>=:") ||
				placeholder.MatchString(name) {
				continue // no path of this repository, or a pattern
			}
			named++
			if found, err := filepath.Glob(name); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which is not there", document, name)
			}
		}
	}
	if named < 50 {
		t.Errorf("%d paths were found in the documents, want at least 50", named)
	}
}

// The README says of every target of make what it is for.
func TestTheReadmeNamesEveryTarget(t *testing.T) {
	recipes, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	targets := regexp.MustCompile(`(?m)^([a-z0-9-]+):.*## `).FindAllStringSubmatch(string(recipes), -1)
	for _, target := range targets {
		if !strings.Contains(string(readme), "`"+target[1]+"`") && !strings.Contains(string(readme), "make "+target[1]) {
			t.Errorf("README.md does not name make %s", target[1])
		}
	}
	if len(targets) < 30 {
		t.Errorf("%d targets were found, want at least 30", len(targets))
	}
}

// The README's shares of stills that are judged wrongly are those of docs/limits.md.
func TestTheReadmeSaysWhatLimitsWereFittedTo(t *testing.T) {
	limits, err := os.ReadFile("docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, stills, _ := strings.Cut(string(limits), "\n## Stills\n")
	stills, _, _ = strings.Cut(stills, "\n## ")
	text := strings.Join(strings.Fields(string(readme)), " ")
	for row, sentence := range map[string]string{
		"good refused":             "Of %[3]s good ones %.1[1]f %% are refused (at most %.1[2]f %%",
		"good refused, all others": "%.1[1]f %% of %[3]s are refused (at most %.1[2]f %%",
		"bad accepted":             "Of %[3]s bad ones %.1[1]f %% are accepted (at most %.1[2]f %%",
	} {
		m := regexp.MustCompile(`(?m)^\| ` + row + ` \| ([0-9.]+) \| ([0-9.]+) \| (\d+) \|$`).FindStringSubmatch(stills)
		if m == nil {
			t.Errorf("docs/limits.md has no row %q of stills", row)
			continue
		}
		share, errShare := strconv.ParseFloat(m[1], 64)
		most, errMost := strconv.ParseFloat(m[2], 64)
		if err := errors.Join(errShare, errMost); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf(sentence, 100*share, 100*most, m[3]); !strings.Contains(text, want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}
