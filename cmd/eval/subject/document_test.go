package subject

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestReportIsWrittenInEveryForm(t *testing.T) {
	s := &section{name: "mrz", title: "Zones"}
	s.rate("mrz.exact_rate", 8, 10)
	s.count("mrz.wrong_accepted", 0, 10)
	s.rate("mrz.drawn.exact_rate", 0, 0) // nothing: no key
	for i := range 9 {
		s.worst("mrz.all", float64(i), "case %d P<UTO", i)
	}
	s.note("Once.")
	s.note("Once.")
	r := &Report{Date: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Parallel: 2, Tables: map[string]int{"mrz.tsv": 10},
		sections: []*section{s}}

	reasons, err := ReadReasons(strings.NewReader("# why\nmrz.\tsmall scans\nmrz.exact_rate\ttwo are cut off\n"))
	if err != nil {
		t.Fatal(err)
	}
	var doc strings.Builder
	if err := r.WriteDocument(&doc, Extras{Reasons: reasons, Peers: "| peer |", Suites: "| suite |"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"on 2026-01-02", "`mrz.tsv` 10", "| `mrz.exact_rate` | ≥ 0.930 | 0.800 |", "**missed**",
		"`mrz.exact_rate`: two are cut off.",
		"| `mrz.wrong_accepted` | ≤ 0 | 0 |", "| peer |", "Worst cases (4 of 9)", "`mrz.all: case 8 P<UTO`",
	} {
		if !strings.Contains(doc.String(), want) {
			t.Errorf("the document lacks %q:\n%s", want, doc.String())
		}
	}
	if strings.Count(doc.String(), "Once.") != 1 || strings.Contains(doc.String(), "mrz.drawn") {
		t.Error("a note twice, or a key of nothing")
	}
	if got := r.Missed(); len(got) != 1 || got[0] != "mrz.exact_rate" {
		t.Errorf("missed %v", got)
	}
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var figures map[string]any
	if err := json.Unmarshal([]byte(b.String()), &figures); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{"mrz.exact_rate": 0.8, "mrz.exact_rate_n": 10, "mrz.exact_rate_lo": 0.49016,
		"mrz.wrong_accepted": 0, "rows.mrz": 10} {
		if figures[key] != want {
			t.Errorf("%s is %v, want %v", key, figures[key], want)
		}
	}
}

// A document of a run that ended before everything was measured says so before any figure.
func TestWhatWasNotMeasuredStandsAtTheTop(t *testing.T) {
	b := &bench{Options: Options{Parallel: 1}, until: time.Now().Add(time.Hour)}
	whole, cut := &section{title: "Zones"}, &section{title: "Guiding"}
	nothing := func(context.Context, int) error { return nil }
	if err := b.eachUntil(t.Context(), whole, 3, nothing); err != nil {
		t.Fatal(err)
	}
	b.until = time.Now().Add(-time.Second)
	if err := b.eachUntil(t.Context(), cut, 3, nothing); err != nil {
		t.Fatal(err)
	}
	r := &Report{sections: []*section{whole}}
	var doc strings.Builder
	if err := r.WriteDocument(&doc, Extras{}); err != nil || strings.Contains(doc.String(), "Not whole") ||
		len(r.Lacks()) > 0 {
		t.Errorf("a whole one: %v, %q\n%s", err, r.Lacks(), doc.String())
	}
	r.sections = append(r.sections, cut)
	doc.Reset()
	if err := r.WriteDocument(&doc, Extras{}); err != nil {
		t.Fatal(err)
	}
	const want = "Guiding: Cut short by its time: 0 of 3 done."
	top, _, _ := strings.Cut(doc.String(), "## Goals")
	if !strings.Contains(top, want) || len(r.Lacks()) != 1 || r.Lacks()[0] != want {
		t.Errorf("the top lacks %q (%q):\n%s", want, r.Lacks(), top)
	}
}
