package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The commands of docs/api.md work as printed, one after the other, with curl alone. The test's own address and data
// folder take the place of those of `make run`.
func TestTheAPIDocumentOnTheWholeProgram(t *testing.T) {
	models := wantModels(t)
	p := startProgram(t, models, t.TempDir())
	printed := "set -euo pipefail\n" + elsewhere(t, strings.Join(printedBlocks(t, "api.md", "sh"), ""), map[string]string{
		"http://localhost:8080": p.plain, "https://localhost:8443": p.url,
		"~/.local/share/visavis/test-site.key": filepath.Join(p.data, testKeyFile),
	})
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
