package api

import (
	"errors"
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

func TestThePageOfTheAPIIsMadeOnceForEachAddress(t *testing.T) {
	made, fault := 0, errors.New("no page")
	docs := kept{make: func(origin string) ([]byte, error) {
		if made++; origin == "" {
			return nil, fault
		}
		return []byte("page of " + origin), nil
	}}
	for _, step := range []struct {
		origin string
		made   int
	}{{"https://a.example", 1}, {"https://a.example", 1}, {"https://b.example", 2}, {"https://b.example", 2}} {
		if body, err := docs.of(step.origin); err != nil || string(body) != "page of "+step.origin || made != step.made {
			t.Errorf("%s: %q, %v, made %d times, want %d", step.origin, body, err, made, step.made)
		}
	}
	if _, err := docs.of(""); !errors.Is(err, fault) {
		t.Errorf("a page that cannot be made: %v", err)
	}
	if body, err := docs.of("https://b.example"); err != nil || string(body) != "page of https://b.example" || made != 3 {
		t.Errorf("after that: %q, %v, made %d times", body, err, made)
	}
}
