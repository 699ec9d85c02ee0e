package visavis

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// widest is the number of columns of a line of Go, a tab counted as one.
const widest = 120

var (
	// A row of a table reads best on one line, as do a struct tag and a text that is compared as a whole.
	row         = regexp.MustCompile("^\\s*(\\{.*\\},|\"[^\"]*\":.*,|(case )?[\\w.]+: +(\\{.*\\}|\\S+\\{.*\\}|\".*\"|\\w+\\(.*\\)),.*)$")
	tag         = regexp.MustCompile("^\\s*\\w.*`\\w+:\"[^`]*`$")
	longLiteral = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.){60,}\"|`[^`]{60,}|^[^`]{60,}`")
	brokenList  = regexp.MustCompile(`^func .*\) \([^()]*,$`)
)

// faults returns what is wrong with the shape of one line of Go.
func faults(line string) (list []string) {
	if utf8.RuneCountInString(line) > widest && !row.MatchString(line) && !tag.MatchString(line) &&
		!longLiteral.MatchString(line) {
		list = append(list, "over 120 columns")
	}
	if brokenList.MatchString(line) {
		list = append(list, "the result list is broken: parameters go on lines of their own")
	}
	return list
}

// filesOf calls f with the path, in slashes, of each file of the project whose name has that ending.
func filesOf(t *testing.T, ending string, f func(path string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "var" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return fs.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ending) {
			f(filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLinesOfGoAreNarrow(t *testing.T) {
	seen := 0
	filesOf(t, ".go", func(path string) {
		seen++
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(body), "\n") {
			for _, fault := range faults(line) {
				t.Errorf("%s:%d: %s", path, i+1, fault)
			}
		}
	})
	if seen < 500 {
		t.Fatalf("%d files", seen)
	}
}

func TestWhichLinesAreTooLong(t *testing.T) {
	long := strings.Repeat("word ", 30)
	for line, want := range map[string]bool{
		"\t// " + long:                                     true,
		"\tx := 1 // " + long:                              true,
		"\t" + strings.Repeat("f(x), ", 30):                true,
		"\tif a := " + strings.Repeat("b || ", 30) + "c {": true,
		"\t{\"a row\", " + long + "},":                     false,
		"\t\"a key\": " + long + ",":                       false,
		"\tName string `json:\"" + long + "\"`":            false,
		"\tf(\"" + long + "\")":                            false,
		"\t// " + strings.Repeat("é", widest-4):            false,
		"func f(a int) (b int,":                            true,
		"func f(a int) (b, c int, err error) {":            false,
	} {
		if got := len(faults(line)) > 0; got != want {
			t.Errorf("%q: a fault is %v, want %v", line, got, want)
		}
	}
}

// What docs/qa.md says of the clients' size. A language's comment begins its line.
func TestEachClientHas600LinesOrFewer(t *testing.T) {
	comment := regexp.MustCompile(`^\s*(//|#|/?\*)`)
	for folder, ext := range map[string]string{"client": ".go", "clients/ts/src": ".ts", "clients/python/visavis": ".py"} {
		files, err := filepath.Glob(filepath.Join(folder, "*"+ext))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		lines := 0
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || filepath.Base(file) == "messages.ts" { // which is generated
				continue
			}
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(body)) {
				if strings.TrimSpace(line) != "" && !comment.MatchString(line) {
					lines++
				}
			}
		}
		if lines < 300 || lines > 600 {
			t.Errorf("%s: %d lines of code, want 600 or fewer", folder, lines)
		}
		t.Logf("%s: %d", folder, lines)
	}
}
