package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"visavis/testkit"
)

// printedBlocks are the blocks of code of a document in docs whose first line is ``` and words.
func printedBlocks(t *testing.T, document, words string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", document))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```"+words+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) == 0 {
		t.Fatalf("%s has no blocks of %s", document, words)
	}
	return blocks
}

// elsewhere puts a test's own addresses and files in place of those that are printed.
func elsewhere(t *testing.T, printed string, places map[string]string) string {
	t.Helper()
	for of, here := range places {
		if !strings.Contains(printed, of) {
			t.Fatalf("the document does not name %s", of)
		}
		printed = strings.ReplaceAll(printed, of, here)
	}
	return printed
}

// The commands of docs/qa.md that need a real server work as printed, each against the server that
// the "make run" before it starts, with the settings printed there. The others are run by the test
// of cmd/qa.
func TestTheQADocumentOnTheWholeProgram(t *testing.T) {
	models, blocks := wantModels(t), printedBlocks(t, "qa.md", "sh real")
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // the server's --record is relative too
	if err := os.Symlink(filepath.Join(root, "qa"), "qa"); err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(here, "var", "bin", "qa")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", root, "-o", made, "./cmd/qa")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var p *program
	recorder := testkit.FreeAddress(t)
	_, port, _ := strings.Cut(recorder, ":")
	all := elsewhere(t, strings.Join(blocks, ""), map[string]string{
		"0.0.0.0:8444": recorder, "https://localhost:8444": "https://localhost:" + port,
	})
	said := ""
	for line := range strings.Lines(all) {
		line = strings.TrimSpace(line)
		if target, ok := strings.CutPrefix(line, "make run"); ok {
			settings := strings.Fields(strings.Trim(strings.TrimPrefix(strings.TrimSpace(target), "ARGS="), `"`))
			p = startProgram(t, models, t.TempDir(), append([]string{"--challenge=on"}, settings...)...)
			continue
		}
		if line = strings.ReplaceAll(line, "https://localhost:8443", p.url); strings.HasPrefix(line, "var/bin/qa record") {
			beside(t, line)
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		out, err := exec.CommandContext(ctx, "bash", "-c", line).CombinedOutput()
		cancel()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		said += string(out)
	}
	for _, want := range []string{"ok   happy", "kept     wrong code", "kept     dark", `{"browsers":0,"scenes":[{"kind":`} {
		if !strings.Contains(said, want) {
			t.Errorf("no command said %q:\n%s", want, said)
		}
	}
	if info, err := os.Stat("session.jsonl"); err != nil || info.Size() < 1000 {
		t.Errorf("the recorder wrote no session: %v", err)
	}
}

// beside starts a command that goes on until it is interrupted, and waits for its first line.
func beside(t *testing.T, line string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bash", "-c", "exec "+line)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%s said %q, %v", line, first, err)
	}
	t.Cleanup(func() {
		if err := c.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("%s: %v", line, err)
		}
	})
}
