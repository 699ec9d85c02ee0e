package visavis

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"visavis/words"
)

// apart are files whose literals look like a language's, with the reason.
var apart = map[string]string{
	"bench/native.go":                   "[2]string: pairs of measurements",
	"capture/opencv/print/tesseract.go": "[2]string: settings of Tesseract",
	"cmd/visavis/journey.go":            "[2]string: the two values of a setting; the example of a setting is a French role",
	"enrolment/store/waits.go":          "[2]string: an enrolment and its reviewer",
	"identity/validity.go":              "the law is quoted in its own language",
	"document/table.go":                 "the law is quoted in its own language",
	"enrolment/journey/play.go":         "names of specimen persons",
	"server/login/demo.go":              "names of specimen persons",
	"sms/segments.go":                   "the alphabet of text messages",
	"cmd/visavis/enrolments.go":         "the name of the demonstration’s site",
}

// foreign are folders whose letters are not said to people by this server: what is
// read from documents, drawn, or measured.
var foreign = []string{
	"words/", "document/", "identity/", "specimen/", "capture/", "qa/", "cmd/qa/", "cmd/eval/", "testkit/", "bench/",
	"certificate/testca/storetest/", "sites/registry/registrytest/",
}

// A language is a file of words: no Go file outside of words names one, keeps a pair
// of sentences, or has a sentence with letters beyond ASCII.
func TestNoLanguageOutsideOfWords(t *testing.T) {
	tags := map[string]bool{}
	for _, l := range words.Languages() {
		tags[l.Tag] = true
	}
	used := map[string]bool{}
	filesOf(t, ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "words/") {
			return
		}
		if strings.HasPrefix(path, "cmd/qa/") || strings.HasPrefix(path, "examples/") {
			return // programs that ask a server, as any client does
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found, err := literals(path, source, tags)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 && apart[path] != "" {
			used[path] = true
			return
		}
		for _, f := range found {
			t.Errorf("%s: languages and what is said in them belong to words", f)
		}
	})
	for path := range apart {
		if !used[path] {
			t.Errorf("%s needs no exception: take it out of the list", path)
		}
	}
}

// literals are the places of a file that look like a language.
func literals(path string, source []byte, tags map[string]bool) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, 0)
	if err != nil {
		return nil, err
	}
	elsewhere := slices.ContainsFunc(foreign, func(folder string) bool { return strings.HasPrefix(path, folder) }) &&
		apart[path] == ""
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if n.Kind != token.STRING || err != nil {
				break
			}
			letter := strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) })
			if tags[text] || letter >= 0 && !elsewhere {
				found = append(found, fmt.Sprintf("%s: %s", set.Position(n.Pos()), n.Value))
			}
		case *ast.ArrayType:
			length, counted := n.Len.(*ast.BasicLit)
			of, named := n.Elt.(*ast.Ident)
			if counted && named && length.Value == "2" && of.Name == "string" {
				found = append(found, fmt.Sprintf("%s: [2]string", set.Position(n.Pos())))
			}
		}
		return true
	})
	return found, nil
}

func TestWhatTheSearchForLanguagesFinds(t *testing.T) {
	for source, want := range map[string]int{
		`var a = "fr"`:                        1,
		`var a = "France"`:                    0,
		`var a = "déjà vu"`:                   1,
		`var a map[string][2]string`:          1,
		`var a = [3]string{"a", "b", "c"}`:    0,
		"var a = `« plain — signs »`":         0,
		`var a, b = "de", [2]string{"x", ""}`: 2,
	} {
		got, err := literals("server/x.go", []byte("package x\n"+source), map[string]bool{"fr": true, "de": true})
		if err != nil || len(got) != want {
			t.Errorf("%s: %v, %v, want %d", source, got, err, want)
		}
	}
}

// A text that no Go file asks for would be translated for nobody: each key of words is
// the sum of strings of the program, with its cuts at dots and hyphens.
func TestNoTextIsUnused(t *testing.T) {
	said := map[string]bool{}
	filesOf(t, ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					said[text] = true
				}
			}
			return true
		})
	})
	for month := 1; month <= 12 && said["dates.month.%d"]; month++ {
		said[fmt.Sprintf("dates.month.%d", month)] = true
	}
	files, err := filepath.Glob("words/" + words.Fallback() + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]json.RawMessage
		if err := json.Unmarshal(body, &texts); err != nil {
			t.Fatal(path, err)
		}
		for key := range texts {
			if !sumOf(key, said) {
				t.Errorf("%s: nobody asks for %s", path, key)
			}
		}
	}
}

// sumOf reports whether a key can be put together from strings: the first one whole or
// up to a dot, the others with or without the sign of their cut.
func sumOf(key string, said map[string]bool) bool {
	if said[key] {
		return true
	}
	for i, sign := range key {
		if sign == '.' && said[key[:i+1]] && restOf(key[i+1:], said) {
			return true
		}
	}
	return false
}

func restOf(rest string, said map[string]bool) bool {
	if said[rest] || said[rest+"-"] { // the text of a family stands for all its members
		return true
	}
	for i, sign := range rest {
		if sign != '.' && sign != '-' {
			continue
		}
		first, second := said[rest[:i]] || said[rest[:i+1]], rest[i+1:]
		if first && (restOf(second, said) || said[rest[i:]]) {
			return true
		}
	}
	return false
}

func TestWhatTheSearchForUnusedTextsFinds(t *testing.T) {
	said := map[string]bool{"pages.home": true, "errors.": true, "name.": true, "empty": true, "letters.": true,
		"deleted": true, "-owed": true, "refused": true, "digit-": true}
	for key, want := range map[string]bool{
		"pages.home": true, "errors.empty": true, "errors.name.empty": true, "letters.deleted.empty": true, "letters.refused-owed": true,
		"pages.login": false, "errors.digit": true, "errors.digits": false, "letters.deleted.other": false, "name": false, "staff.empty": false,
	} {
		if sumOf(key, said) != want {
			t.Errorf("%s: %t", key, !want)
		}
	}
}
