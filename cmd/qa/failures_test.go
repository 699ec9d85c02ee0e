package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// failureRow is a row of the table of failures in docs/qa.md.
var failureRow = regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]+) \|([^|]*)\|([^|]*)\|$`)

// The table has a row for each of the 25 failures; each names what shows it: scenarios,
// all of those that have the failure's tag, or files of tests that are there.
func TestTheTableOfFailuresIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/qa.md")
	if err != nil {
		t.Fatal(err)
	}
	tagged := map[string][]string{}
	for _, path := range scenarios(t) {
		s, err := LoadScenario(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range s.Tags {
			if n, ok := strings.CutPrefix(tag, "failure-"); ok {
				tagged[n] = append(tagged[n], strings.TrimSuffix(filepath.Base(path), ".yaml"))
			}
		}
	}
	names := func(cell string) (all []string) {
		for one := range strings.SplitSeq(cell, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
		return all
	}
	rows := failureRow.FindAllStringSubmatch(string(text), -1)
	for i, row := range rows {
		if row[1] != strconv.Itoa(i+1) {
			t.Errorf("row %d is number %s", i+1, row[1])
		}
		listed, files := names(row[3]), names(row[4])
		if want := tagged[row[1]]; !slices.Equal(slices.Sorted(slices.Values(listed)), slices.Sorted(slices.Values(want))) {
			t.Errorf("failure %s: the table has %q, the scenarios with its tag are %q", row[1], listed, want)
		}
		if len(listed)+len(files) == 0 {
			t.Errorf("failure %s is shown by nothing", row[1])
		}
		for _, file := range files {
			if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
				t.Errorf("failure %s: %v", row[1], err)
			}
		}
		delete(tagged, row[1])
	}
	if len(rows) != 25 || len(tagged) > 0 {
		t.Errorf("%d rows, want 25; without a row: %v", len(rows), tagged)
	}
}
