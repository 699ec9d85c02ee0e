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

// block is a piece of code of the document: its words after the language, its text.
var block = regexp.MustCompile("(?s)```(\\w+)( [^\n]*)?\n(.*?)```")

// Every command of docs/qa.md works as printed: files are written, commands run, in
// their order. Those that need OpenCV are run by the test of the whole program.
func TestTheDocumentWorksAsPrinted(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "qa.md"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "var", "python", "bin", "python")); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_CLIENTS", "no Python with websockets (scripts/setup.sh test makes one): %v", err)
	}
	at := documentFolder(t, root)
	ran := 0
	for _, m := range block.FindAllStringSubmatch(string(text), -1) {
		language, words, body := m[1], strings.TrimSpace(m[2]), m[3]
		name, isFile := strings.CutPrefix(words, "file=")
		switch {
		case isFile:
			if err := os.WriteFile(filepath.Join(at, name), []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		case language != "sh" || words == "real":
		case words == "background":
			background(t, at, body)
			ran++
		default:
			for line := range strings.Lines(body) {
				runLine(t, at, strings.TrimSpace(line))
				ran++
			}
		}
	}
	if ran < 10 {
		t.Errorf("%d commands ran, want 10 at least", ran)
	}
	for _, made := range []string{"dark-frame.html", "scenario.schema.json", "lost.xml", "lost.json", "client.xml",
		"root.pem"} {
		if info, err := os.Stat(filepath.Join(at, made)); err != nil || info.Size() == 0 {
			t.Errorf("%s was not made: %v", made, err)
		}
	}
}

// documentFolder is an empty folder that looks like the repository, but for what the
// commands write.
func documentFolder(t *testing.T, root string) string {
	t.Helper()
	at := t.TempDir()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "var" && e.Name() != ".git" {
			if err := os.Symlink(filepath.Join(root, e.Name()), filepath.Join(at, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(at, "var", "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "var", "python"), filepath.Join(at, "var", "python")); err != nil {
		t.Fatal(err)
	}
	return at
}

func runLine(t *testing.T, at, line string) {
	t.Helper()
	if strings.HasPrefix(line, "go build") {
		line = strings.Replace(line, "go build", "go build -C "+repository(t), 1)
		line = strings.Replace(line, "-o var/bin/qa", "-o "+filepath.Join(at, "var", "bin", "qa"), 1)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "bash", "-c", line)
	c.Dir = at
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// background starts a command and waits for its first line; it ends with the test.
func background(t *testing.T, at, line string) {
	t.Helper()
	words := strings.Fields(line)
	c := exec.Command(filepath.Join(at, words[0]), words[1:]...)
	c.Dir = at
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("%s: %v", words[0], err)
		}
	})
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(first, "https://127.0.0.1:") {
		t.Fatalf("%s said %q, %v", words[0], first, err)
	}
}
