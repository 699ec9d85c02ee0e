package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

func TestThePageOfTheAPIHasEveryCodeOnce(t *testing.T) {
	times := map[string]int{}
	for _, c := range codeMeanings {
		times[c.Code]++
		if c.Status < 400 || c.Meaning == "" {
			t.Errorf("%+v", c)
		}
	}
	want := map[string]bool{}
	for _, code := range codesOf {
		want[code] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), "problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 || !strings.HasPrefix(v.Names[0].Name, "code") {
			return true
		}
		if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			want[code] = true
		}
		return true
	})
	if len(want) < 20 || len(times) != len(want) {
		t.Errorf("the page has %d codes, there are %d", len(times), len(want))
	}
	for code := range want {
		if times[code] != 1 {
			t.Errorf("the page has %q %d times", code, times[code])
		}
	}
}
