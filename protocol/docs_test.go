package protocol

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// constants returns the names and values of a file's constants whose name begins
// with prefix, as they stand in the source.
func constants(t *testing.T, file, prefix string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != len(spec.Names) {
			return true
		}
		for i, name := range spec.Names {
			value, ok := spec.Values[i].(*ast.BasicLit)
			if ok && strings.HasPrefix(name.Name, prefix) {
				found[name.Name] = strings.Trim(value.Value, `"`)
			}
		}
		return true
	})
	if len(found) == 0 {
		t.Fatalf("no constants %s… in %s", prefix, file)
	}
	return found
}

// What Go names, the description of the wire and the pages' own code name too.
func TestEveryNameOfTheWireIsDescribed(t *testing.T) {
	described := map[string]string{}
	for _, file := range []string{"docs/protocol.md", "static/js/wire/protocol.js"} {
		b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		described[file] = string(b)
	}
	for _, c := range []struct {
		file, prefix string
		pages        bool // the pages name them in protocol.js
	}{
		{"message.go", "Type", true},
		{"close.go", "Close", true},
		{"close.go", "Code", false},
		{"answer.go", "State", false},
		{"answer.go", "Reason", false},
		{"answer.go", "Notice", false},
	} {
		for name, value := range constants(t, c.file, c.prefix) {
			if !word(value).MatchString(described["docs/protocol.md"]) {
				t.Errorf("docs/protocol.md does not name %q (%s)", value, name)
			}
			if c.pages && !strings.Contains(described["static/js/wire/protocol.js"], quoted(value)) {
				t.Errorf("static/js/wire/protocol.js does not name %q (%s)", value, name)
			}
		}
	}
}

// word finds a name that is no part of a longer one.
func word(value string) *regexp.Regexp {
	return regexp.MustCompile(`(^|[^a-z0-9-])` + regexp.QuoteMeta(value) + `($|[^a-z0-9-])`)
}

// quoted is how JavaScript writes a constant: a number or a string.
func quoted(value string) string {
	if value[0] >= '0' && value[0] <= '9' {
		return ": " + value + ","
	}
	return "'" + value + "'"
}
