package visavis

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tests returns the names of all Go tests and fuzz targets, and the files of pages'
// tests by path and by name.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	out := map[string]bool{}
	filesOf(t, ".test.js", func(file string) { out[file], out[filepath.Base(file)] = true, true })
	filesOf(t, "_test.go", func(file string) {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range declared.FindAllSubmatch(body, -1) {
			out[string(found[1])] = true
		}
	})
	return out
}

// missing returns the tests that a text names in `…` and that are not there: Go tests
// by name, tests of pages by file.
func missing(text string, known map[string]bool) (names []string, seen int) {
	for _, found := range regexp.MustCompile("`((?:Test|Fuzz)\\w+|[\\w/.-]+\\.test\\.js)`").FindAllStringSubmatch(text,
		-1) {
		seen++
		name := found[1]
		if !known[name] {
			names = append(names, name)
		}
	}
	return names, seen
}

// The table of faults names the test of each fault, and has each test of qa/chaos.
func TestTheTableOfFaultsNamesTestsThatExist(t *testing.T) {
	body, err := os.ReadFile("docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	gone, _ := missing(string(body), tests(t))
	for _, name := range gone {
		t.Errorf("docs/operations.md names %s, which does not exist", name)
	}
	files, err := filepath.Glob("qa/chaos/*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of qa/chaos, %v", len(files), err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(source, -1) {
			if !strings.Contains(string(body), "`"+string(found[1])+"`") {
				t.Errorf("docs/operations.md does not say what came of %s of %s", found[1], name)
			}
		}
	}
	table := string(body[strings.Index(string(body), "\n| fault |"):])
	table = table[:strings.Index(table, "\n\n")]
	rows := 0
	for line := range strings.SplitSeq(table, "\n") {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| fault") {
			rows++
			if !strings.Contains(line, "`Test") && !strings.Contains(line, "the same") && !strings.Contains(line, ".yaml`") {
				t.Errorf("no test is named: %s", line)
			}
		}
	}
	if rows < 20 {
		t.Errorf("%d faults, want those of the table", rows)
	}
}

// The threat model names the test of each attack. A test that was renamed or removed
// takes its line with it.
func TestTheThreatModelNamesTestsThatExist(t *testing.T) {
	known := tests(t)
	body, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	gone, seen := missing(string(body), known)
	if seen < 120 {
		t.Errorf("%d tests are named, want those of all attacks", seen)
	}
	for _, name := range gone {
		t.Errorf("docs/security.md names %s, which does not exist", name)
	}
	named := regexp.MustCompile("`(?:Test|Fuzz)|\\.test\\.js`|not met:")
	within := false // a table whose last column names tests
	lines := strings.Split(string(body), "\n")
	for i, line := range lines {
		switch {
		case !strings.HasPrefix(line, "|"):
			within = false
		case i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|---"):
			cells := strings.Split(strings.Trim(line, "| "), "|")
			within = strings.HasPrefix(strings.TrimSpace(cells[len(cells)-1]), "test")
		case within && !strings.HasPrefix(line, "|---") && !named.MatchString(line):
			t.Errorf("docs/security.md:%d names no test: %s", i+1, line)
		}
	}
	if gone, seen := missing("`TestThatNobodyWrote`, `e2e/nowhere.test.js` and `TestTheThreatModelNamesTestsThatExist`",
		known); len(gone) != 2 || seen != 3 {
		t.Errorf("of two that are missing %v were found", gone)
	}
}
