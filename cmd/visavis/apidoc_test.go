package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// The commands of docs/api.md work as printed, one after the other, with curl alone. The test's own address and data
// folder take the place of those of `make run`.
func TestTheAPIDocumentOnTheWholeProgram(t *testing.T) {
	models := wantModels(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for _, m := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		script.WriteString(m[1])
	}
	p := startProgram(t, models, t.TempDir())
	printed := script.String()
	for of, here := range map[string]string{
		"http://localhost:8080": p.plain, "https://localhost:8443": p.url,
		"~/.local/share/visavis/test-site.key": filepath.Join(p.data, testKeyFile),
	} {
		if !strings.Contains(printed, of) {
			t.Fatalf("the document does not name %s", of)
		}
		printed = strings.ReplaceAll(printed, of, here)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "bash", "-x", "-c", printed)
	c.Dir = t.TempDir()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"status":"created"`, `"status":"verified"`, `"given_names"`,
		`"type":"verification.verified"`, `"ahead":7200`, `"status":"refused"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("nothing answered %s:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), "urn:visavis:problem") {
		t.Errorf("a command was refused:\n%s", out)
	}
}
