package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// counted is an instance's metrics after n frames.
func counted(n int) string {
	return fmt.Sprintf(`# TYPE visavis_connections_open gauge
visavis_connections_open 24
# TYPE visavis_verdict_seconds histogram
visavis_verdict_seconds_bucket{kind="preview",le="0.1"} %d
visavis_verdict_seconds_bucket{kind="preview",le="0.2"} %d
visavis_verdict_seconds_bucket{kind="preview",le="+Inf"} %d
visavis_verdict_seconds_sum{kind="preview"} 1
visavis_verdict_seconds_count{kind="preview"} %d
# TYPE visavis_limit_refused_total counter
visavis_limit_refused_total{limit="sockets%s"} %d
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 1.67e+08
`, n/2, n, n, n, "\x1b[31m", n/10)
}

func TestTopShowsWhatGrewBetweenTwoReadings(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, counted(100*int(asked.Add(1))))
	}))
	defer s.Close()
	var out bytes.Buffer
	env := environment{
		getenv: func(name string) string {
			return map[string]string{
				"VISAVIS_METRICS_TOKEN": "sesame", "VISAVIS_DEBUG_LISTEN": strings.TrimPrefix(s.URL, "http://"),
			}[name]
		},
		stdout: &out, stderr: io.Discard,
	}
	if err := run(t.Context(), []string{"top", "--once", "--every=200ms"}, env); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"sockets     24 open", "p50 100 ms, p95 190 ms", "refusals    sockets\ufffd[31m 10\n", "process     167 MB",
		"no statistics", "letters     since the start: none",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if strings.ContainsRune(out.String(), '\x1b') {
		t.Errorf("a file gets what is for terminals: %q", out.String())
	}
}

func TestTopSaysWhatItWants(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# TYPE node_load1 gauge\nnode_load1 20\n")
	}))
	defer other.Close()
	env := environment{getenv: func(string) string { return "" }, stdout: io.Discard, stderr: io.Discard}
	for _, c := range []struct{ args, want string }{
		{"", "--debug-listen 127.0.0.1:6060"},
		{"--url=127.0.0.1:6060", "want an address like http://127.0.0.1:6060/metrics"},
		{"--url=http://127.0.0.1:1/metrics --every=1ms", "want 200ms or more"},
		{"--url=" + other.URL, "not the metrics of a Visavis server"},
		{"--url=" + other.URL + " and", `unexpected argument "and"`},
	} {
		err := run(t.Context(), append([]string{"top"}, strings.Fields(c.args)...), env)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("top %s: %v, want %q", c.args, err, c.want)
		}
	}
}

func TestTopOfAServerThatWasRestarted(t *testing.T) {
	inf := math.Inf(1)
	h := histogram{0.1: 4, 0.2: 10, inf: 10}
	if got := h.since(histogram{0.1: 40, 0.2: 100, inf: 100}).count(); got != 10 {
		t.Errorf("%v verdicts, want the 10 of the new process", got)
	}
	if got := h.since(histogram{0.1: 4, 0.2: 4, inf: 4}).quantile(0.5); math.Abs(got-0.15) > 1e-9 {
		t.Errorf("p50 %v, want 0.15", got)
	}
	if got := (histogram{0.1: 0, inf: 3}).quantile(0.95); got != 0.1 {
		t.Errorf("p95 %v, want the last bound, 0.1", got)
	}
	if !math.IsNaN((histogram{0.1: 0, inf: 0}).quantile(0.5)) {
		t.Error("a quantile of nothing")
	}
	at := time.Unix(0, 0)
	f := figuresOf(reading{at, families{}}, reading{at.Add(time.Second), families{}})
	if got := f.page("h", at); strings.Contains(got, "NaN") {
		t.Errorf("%s", got)
	}
}
