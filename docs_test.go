package visavis

import (
	"os"
	"path/filepath"
	"regexp"
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
