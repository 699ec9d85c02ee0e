package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	metricName  = regexp.MustCompile(`\b(?:visavis|process|go)_[a-z_]+[a-z]`)
	partOf      = regexp.MustCompile(`_(?:bucket|sum|count)$`)
	selected    = regexp.MustCompile(`\b(?:limit|result|kind|code)=~?"([^"]+)"`)
	alertNames  = regexp.MustCompile(`(?m)^ +- alert: (\w+)$`)
	runbookRows = regexp.MustCompile("(?m)^\\| `(Visavis\\w+)` \\|")
)

// monitoring reads a file of docs/monitoring.
func monitoring(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "monitoring", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// checkMonitoring holds the alert rules and the dashboard against a program's /metrics.
func checkMonitoring(t *testing.T, metrics string) {
	t.Helper()
	series := map[string]bool{}
	for line := range strings.Lines(metrics) {
		name, _, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		series[partOf.ReplaceAllString(name, "")] = true
	}
	rules, board := monitoring(t, "alerts.yml"), monitoring(t, "dashboard.json")
	if !json.Valid([]byte(board)) {
		t.Error("dashboard.json is no JSON")
	}
	seen := map[string]bool{}
	for _, name := range metricName.FindAllString(rules+board, -1) {
		if name = partOf.ReplaceAllString(name, ""); !series[name] {
			t.Errorf("the rules or the dashboard name %s, which /metrics does not have", name)
		}
		seen[name] = true
	}
	if len(seen) < 18 {
		t.Errorf("%d metrics are named, want 18 at least: %v", len(seen), slices.Sorted(maps.Keys(seen)))
	}
	for _, m := range selected.FindAllStringSubmatch(rules, -1) {
		for value := range strings.SplitSeq(m[1], "|") {
			if !strings.Contains(metrics, `"`+value+`"`) {
				t.Errorf("the rules select %s, which no series of /metrics has", m[0])
			}
		}
	}
}

// Each alert has a line for whoever is called by it.
func TestEachAlertHasARunbookLine(t *testing.T) {
	names := func(of *regexp.Regexp, text string) (out []string) {
		for _, m := range of.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
		return out
	}
	operations, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	alerts, rows := names(alertNames, monitoring(t, "alerts.yml")), names(runbookRows, string(operations))
	if len(alerts) == 0 || !slices.Equal(alerts, rows) {
		t.Errorf("docs/operations.md explains the alerts\n%v, want, in this order,\n%v", rows, alerts)
	}
	tried := monitoring(t, "alerts.test.yml")
	for _, name := range alerts {
		if !strings.Contains(tried, "alertname: "+name) {
			t.Errorf("alerts.test.yml never sees %s fire", name)
		}
	}
}
