package main

import (
	"flag"
	"strings"
)

// misspelt is a variable of the environment that is no setting, but nearly the name of one.
type misspelt struct{ name, near string }

// names are the names of the environment's variables; none in a test that gives none.
func (e environment) names() []string {
	if e.environ == nil {
		return nil
	}
	var out []string
	for _, line := range e.environ() {
		name, _, _ := strings.Cut(line, "=")
		out = append(out, name)
	}
	return out
}

// nearly finds the setting whose variable was probably meant by a name that is none. Names that are far from all are
// somebody else's: Kubernetes sets VISAVIS_PORT for a Service called visavis.
func nearly(f *flag.FlagSet, name string) (near string, found bool) {
	if !strings.HasPrefix(name, variable("")) {
		return "", false
	}
	exact := false
	nearest := 3
	f.VisitAll(func(fl *flag.Flag) {
		v := variable(fl.Name)
		exact = exact || v == name
		if d := edits(v, name); d < nearest {
			nearest, near = d, v
		}
	})
	return near, !exact && near != ""
}

// edits is how many letters have to be changed, added or left out to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
