package capture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every hint that may be shown has words in both languages and stands in the
// description of the wire.
func TestEveryHintHasWords(t *testing.T) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "hint.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var hints []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Hint") {
			return true
		}
		if hint := strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`); hint != "" {
			hints = append(hints, hint)
		}
		return true
	})
	if len(hints) < 20 {
		t.Fatalf("only %d hints found: %q", len(hints), hints)
	}
	for file, pattern := range map[string]string{
		"static/js/words/fr/hints.json": `"hint.HINT":`,
		"static/js/words/en/hints.json": `"hint.HINT":`,
		"docs/protocol.md":              "`HINT`",
	} {
		b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, hint := range hints {
			if want := strings.ReplaceAll(pattern, "HINT", hint); !strings.Contains(string(b), want) {
				t.Errorf("%s has nothing for %q", file, hint)
			}
		}
	}
}
