package judge

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/testkit"
)

// try runs a client before the judge and gives the rows.
func try(t *testing.T, command ...string) []Rule {
	t.Helper()
	trial, err := Begin("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := trial.Run(ctx, command)
	if err != nil {
		t.Errorf("the client ended with %v:\n%s", err, out)
	}
	if err := trial.Finish(); err != nil {
		t.Error(err)
	}
	return trial.Rules()
}

func allKept(t *testing.T, rows []Rule) {
	t.Helper()
	for _, r := range rows {
		if r.Seen == 0 || len(r.Broken) > 0 {
			t.Errorf("%s (%s): tried %d times, broken: %s", r.Name, r.About, r.Seen, strings.Join(r.Broken, "; "))
		}
	}
}

// Every client passes the same run.
func TestThePythonClientConforms(t *testing.T) {
	t.Parallel()
	python := os.Getenv("VISAVIS_PYTHON")
	if python == "" {
		python, _ = filepath.Abs("../../var/python/bin/python")
	}
	if _, err := os.Stat(python); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_CLIENTS", "no Python with websockets (scripts/setup.sh test makes one): %v", err)
	}
	vectors := exec.CommandContext(t.Context(), python, "-m", "unittest", "-q")
	vectors.Dir = "../../clients/python"
	if out, err := vectors.CombinedOutput(); err != nil {
		t.Errorf("vectors: %v\n%s", err, out)
	}
	allKept(t, try(t, python, "../../clients/python/conform.py", "URL", "--ca", "ROOT"))
}

func TestTheTypeScriptClientConforms(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if _, missing := os.Stat("../../clients/ts/dist/index.js"); err != nil || missing != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_CLIENTS", "the client is not compiled (scripts/setup.sh test does): %v %v",
			err, missing)
	}
	allKept(t, try(t, node, "../../clients/ts/conform.mjs", "URL", "--ca", "ROOT"))
}
