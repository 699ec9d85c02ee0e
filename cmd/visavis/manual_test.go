package main

import (
	"flag"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The table of settings in docs/operations.md has a row for each flag of serve, and no row for what is none.
func TestTheTableOfSettingsHasEachSetting(t *testing.T) {
	table := section(t, "../../docs/operations.md", "\n## Settings\n", "\n## ")
	written := map[string]bool{}
	provider := ""
	for row := range strings.Lines(table) {
		columns := strings.Split(row, "|")
		if !strings.HasPrefix(row, "| `--") {
			continue
		}
		if strings.Contains(columns[1], "--provider-…") {
			provider = columns[3] // its flags are named there by their endings
			continue
		}
		for _, name := range regexp.MustCompile("`--([a-z0-9-]+)`").FindAllStringSubmatch(columns[1], -1) {
			written[name[1]] = true
		}
	}
	var c Config
	settings := c.flags(environment{getenv: func(string) string { return "" }, stderr: io.Discard})
	count := 0
	settings.VisitAll(func(f *flag.Flag) {
		count++
		ending, ofProvider := strings.CutPrefix(f.Name, "provider-")
		if !written[f.Name] && !(ofProvider && strings.Contains(provider, "`-"+ending+"`")) {
			t.Errorf("docs/operations.md has no row for --%s", f.Name)
		}
	})
	for name := range written {
		if settings.Lookup(name) == nil {
			t.Errorf("docs/operations.md has a row for --%s, which is no setting", name)
		}
	}
	if count < 90 {
		t.Errorf("%d settings were found, want 90 or more", count)
	}
}

// The manual's table of commands and the map in ARCHITECTURE.md name each command.
func TestTheDocumentsNameEachCommand(t *testing.T) {
	table := section(t, "../../docs/operations.md", "\n## Commands\n", "\n## ")
	program := section(t, "../../ARCHITECTURE.md", "| `cmd/visavis` |", "\n")
	for name := range commands() {
		if !strings.Contains(table, "`visavis "+name) {
			t.Errorf("docs/operations.md has no row for visavis %s", name)
		}
		if !strings.Contains(program, "`"+name+"`") {
			t.Errorf("ARCHITECTURE.md does not name visavis %s", name)
		}
	}
}

// section is what stands in a file between two marks.
func section(t *testing.T, path, from, to string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), from)
	if !found {
		t.Fatalf("%s has no %q", path, from)
	}
	within, _, _ := strings.Cut(rest, to)
	return within
}
