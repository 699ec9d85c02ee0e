package protocol_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Every message type, close code, error code, reason, state and notice that Go
// names must stand in docs/protocol.md, else the page is not enough to write a
// client.
func TestEveryNameOfTheWireStandsInTheDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	values := constants(t, "message.go")
	values = append(values, constants(t, "close.go")...)
	if len(values) < 60 {
		t.Fatalf("found %d constants, want at least 60", len(values))
	}
	for _, v := range values {
		if !strings.Contains(string(page), "`"+v+"`") && !strings.Contains(string(page), v+" ") {
			t.Errorf("docs/protocol.md does not name %q", v)
		}
	}
}

// constants returns the values of the string and number constants of a file.
func constants(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok {
				s := lit.Value
				if lit.Kind == token.STRING {
					s, _ = strconv.Unquote(s)
				}
				values = append(values, s)
			}
		}
		return true
	})
	return values
}
