package visavis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// unordered returns the variables that a return statement both returns and gives to a call to be changed. Go does not
// say whether the variable is read before the call or after it: "return v, decode(body, &v)" may return the old v.
func unordered(s *ast.ReturnStmt) (names []string) {
	for _, result := range s.Results {
		name := rootOf(result)
		if name == "" || name == "nil" {
			continue
		}
		for _, other := range s.Results {
			if other != result && changes(other, name) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// rootOf is the variable that x reads: v of v, v.field and v[i]; empty where x is anything else.
func rootOf(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return rootOf(x.X)
	case *ast.IndexExpr:
		return rootOf(x.X)
	case *ast.StarExpr:
		return rootOf(x.X)
	case *ast.ParenExpr:
		return rootOf(x.X)
	}
	return ""
}

// changes tells that a call in x gets the address of a variable, or a function that assigns it.
func changes(x ast.Expr, name string) (found bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, argument := range append([]ast.Expr{call.Fun}, call.Args...) {
			switch a := argument.(type) {
			case *ast.UnaryExpr:
				found = found || a.Op == token.AND && rootOf(a.X) == name
			case *ast.FuncLit:
				found = found || assigns(a.Body, name)
			}
		}
		return true
	})
	return found
}

func assigns(body *ast.BlockStmt, name string) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				found = found || n.Tok != token.DEFINE && rootOf(left) == name
			}
		case *ast.IncDecStmt:
			found = found || rootOf(n.X) == name
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && rootOf(n.X) == name
		}
		return true
	})
	return found
}

// returns calls f with each return statement of a file.
func returns(t *testing.T, path string, source any, f func(at token.Position, s *ast.ReturnStmt)) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.ReturnStmt); ok {
			f(set.Position(s.Pos()), s)
		}
		return true
	})
}

func TestNoReturnRestsOnTheOrderOfEvaluation(t *testing.T) {
	seen := 0
	filesOf(t, ".go", func(path string) {
		returns(t, path, nil, func(at token.Position, s *ast.ReturnStmt) {
			seen++
			for _, name := range unordered(s) {
				t.Errorf("%s: returns %s beside a call that changes it: call first, return then", at, name)
			}
		})
	})
	if seen < 5000 {
		t.Fatalf("%d returns", seen)
	}
}

func TestWhichReturnsRestOnTheOrderOfEvaluation(t *testing.T) {
	for statement, want := range map[string]bool{
		"return v, f(&v)":                                      true,
		"return v.a, f(b, &v)":                                 true,
		"return v, f(&v.a)":                                    true,
		"return w, v, errors.Join(f(&w), g())":                 true,
		"return v[i], f(func() { v[i] = 1 })":                  true,
		"return v, f(func() error { v.n++; return nil })":      true,
		"return v, f(func() error { return g(&v) })":           true,
		"return v, func() error { v = 1; return nil }()":       true,
		"return v, f(&w)":                                      false,
		"return v, f(v)":                                       false,
		"return f(&v)":                                         false,
		"return &v, f(&w)":                                     false,
		"return v, f(func() error { v := g(); return h(v) })":  false,
		"return v, f(func() error { w = v; return nil })":      false,
		"return v, T{&v}":                                      false,
		"return nil, f(func() error { v, err = g(); return })": false,
	} {
		got := false
		returns(t, "x.go", "package x\nfunc x() {\n"+statement+"\n}", func(_ token.Position, s *ast.ReturnStmt) {
			got = got || len(unordered(s)) > 0
		})
		if got != want {
			t.Errorf("%s: rests on the order is %v, want %v", statement, got, want)
		}
	}
}
