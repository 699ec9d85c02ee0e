// Package linttest asks zlint, a linter of its own making and not ours, what it
// thinks of a certificate.
package linttest

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Problems returns the names of the lints of ETSI and RFC 5280 that find an error
// or a warning. The linter is the one of scripts/zlint, which scripts/setup.sh
// builds into var/bin; VISAVIS_ZLINT names another, and must be there then. The
// test is skipped where there is none.
func Problems(t *testing.T, der []byte) []string {
	t.Helper()
	problems, err := ask(t, der)
	if err != nil {
		t.Fatalf("zlint: %v", err)
	}
	return problems
}

// Findings is Problems for certificates that zlint may not even read: "unreadable".
func Findings(t *testing.T, der []byte) []string {
	t.Helper()
	problems, err := ask(t, der)
	if err != nil {
		return []string{"unreadable"}
	}
	return problems
}

func ask(t *testing.T, der []byte) ([]string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t), "-includeSources", "ETSI_ESI,RFC5280,RFC6962", path)
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var results map[string]struct {
		Result string `json:"result"`
	}
	if err := json.Unmarshal(out, &results); err != nil {
		return nil, fmt.Errorf("%w: %.200s", err, out)
	}
	if len(results) < 50 {
		return nil, fmt.Errorf("%d results: %.200s", len(results), out)
	}
	var problems []string
	for name, r := range results {
		if r.Result == "error" || r.Result == "fatal" || r.Result == "warn" {
			problems = append(problems, name)
		}
	}
	slices.Sort(problems)
	return problems, nil
}

func program(t *testing.T) string {
	t.Helper()
	if set := os.Getenv("VISAVIS_ZLINT"); set != "" {
		if _, err := os.Stat(set); err != nil {
			t.Fatalf("VISAVIS_ZLINT: %v", err)
		}
		return set
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if path := filepath.Join(dir, "var", "bin", "zlint"); exists(path) {
			return path
		}
	}
	t.Skip("zlint is not there: scripts/setup.sh test builds it")
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
