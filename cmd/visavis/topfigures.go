package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// clearScreen is ANSI for: to the first column of the first line, nothing below.
const clearScreen = "\x1b[H\x1b[J"

// tally is how much was counted under each value of one label.
type tally map[string]float64

func (t tally) total() (sum float64) {
	for _, n := range t {
		sum += n
	}
	return sum
}

// figures are what top shows. Rates are of the time between two readings.
type figures struct {
	seconds                 float64 // between the readings
	open                    float64
	opened, done            float64 // a minute
	ended                   tally   // a minute, by reason
	verdicts                tally   // a second, by kind
	p50, p95                map[string]float64
	notJudged               tally // a second, by code
	cores, noneFree         float64
	restarts, cut           float64 // since the server started
	refused                 tally   // between the readings, by limit
	waiting, wait           float64 // files; seconds
	reviewed                bool    // whether there are records
	letters                 tally   // since the server started, by result
	memory, files, mayOpen  float64
	goroutines, lostSockets float64 // the latter a minute
}

// figuresOf compares two readings of one server. A server that was restarted in between counts from 0 again.
func figuresOf(before, now reading) figures {
	since := max(now.at.Sub(before.at).Seconds(), 1e-3)
	a, b := before.metrics, now.metrics
	minute := func(name string) float64 { return moreOf(a.sum(name), b.sum(name)) / since * 60 }
	f := figures{
		seconds: since, open: b.sum("visavis_connections_open"),
		opened: minute("visavis_sessions_opened_total"), done: minute("visavis_captures_done_total"),
		ended:     a.grown(b, "visavis_sessions_ended_total", "reason", 60/since),
		notJudged: a.grown(b, "visavis_frames_refused_total", "code", 1/since),
		cores:     moreOf(a.sum("visavis_worker_cpu_seconds_total"), b.sum("visavis_worker_cpu_seconds_total")) / since,
		noneFree:  minute("visavis_worker_waited_total"),
		restarts:  b.sum("visavis_worker_restarts_total"), cut: b.sum("visavis_worker_sessions_cut_total"),
		refused: a.grown(b, "visavis_limit_refused_total", "limit", 1),
		waiting: b.sum("visavis_review_waiting"), wait: b.sum("visavis_review_wait_seconds"),
		reviewed: b["visavis_review_waiting"] != nil,
		letters:  b.by("visavis_letters_total", "result"),
		memory:   b.sum("process_resident_memory_bytes"), files: b.sum("process_open_fds"),
		mayOpen: b.sum("process_max_fds"), goroutines: b.sum("go_goroutines"),
		lostSockets: a.grown(b, "visavis_connections_ended_total", "code", 60/since)["0"],
		verdicts:    tally{}, p50: map[string]float64{}, p95: map[string]float64{},
	}
	for kind, hist := range b.histograms("visavis_verdict_seconds", "kind") {
		hist = hist.since(a.histograms("visavis_verdict_seconds", "kind")[kind])
		f.verdicts[kind] = hist.count() / since
		f.p50[kind], f.p95[kind] = hist.quantile(0.5), hist.quantile(0.95)
	}
	return f
}

// moreOf is what a counter grew by.
func moreOf(before, now float64) float64 {
	if now < before { // a new process
		return now
	}
	return now - before
}

func valueOf(m *dto.Metric) float64 {
	return cmp.Or(m.GetCounter().GetValue(), m.GetGauge().GetValue(), m.GetUntyped().GetValue())
}

func labelOf(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

func (f families) sum(name string) (sum float64) {
	for _, m := range f[name].GetMetric() {
		sum += valueOf(m)
	}
	return sum
}

func (f families) by(name, label string) tally {
	out := tally{}
	for _, m := range f[name].GetMetric() {
		out[labelOf(m, label)] += valueOf(m)
	}
	return out
}

// grown is what the series grew by until now, times a factor, without those that did not.
func (f families) grown(now families, name, label string, times float64) tally {
	before, out := f.by(name, label), tally{}
	for value, n := range now.by(name, label) {
		if more := moreOf(before[value], n); more > 0 {
			out[value] = more * times
		}
	}
	return out
}

// histogram has the cumulative count up to each bound, in seconds.
type histogram map[float64]float64

func (f families) histograms(name, label string) map[string]histogram {
	out := map[string]histogram{}
	for _, m := range f[name].GetMetric() {
		h := histogram{}
		for _, b := range m.GetHistogram().GetBucket() {
			h[b.GetUpperBound()] = float64(b.GetCumulativeCount())
		}
		h[math.Inf(1)] = float64(m.GetHistogram().GetSampleCount())
		out[labelOf(m, label)] = h
	}
	return out
}

func (h histogram) count() float64 { return h[math.Inf(1)] }

func (h histogram) since(before histogram) histogram {
	if h.count() < before.count() {
		return h // a new process
	}
	out := histogram{}
	for bound, n := range h {
		out[bound] = n - before[bound]
	}
	return out
}

// quantile is interpolated within its bucket, as Prometheus does it; NaN without observations. Above the last finite
// bound it is that bound.
func (h histogram) quantile(q float64) float64 {
	if h.count() == 0 {
		return math.NaN()
	}
	rank, low, below := q*h.count(), 0.0, 0.0
	for _, bound := range slices.Sorted(maps.Keys(h)) {
		n := h[bound]
		if math.IsInf(bound, 1) {
			return low
		}
		if n >= rank && n > below {
			return low + (bound-low)*(rank-below)/(n-below)
		}
		low, below = bound, n
	}
	return low
}

// page is one screen of text.
func (f figures) page(host string, at time.Time) string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-11s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "Visavis at %s, %s, rates of the last %.1f s\n\n", printable(host), at.Format(time.TimeOnly),
		f.seconds)
	row("sockets", "%.0f open, %.1f lost a minute", f.open, f.lostSockets)
	row("sessions", "%.1f opened a minute, %.1f captures done; ended: %s", f.opened, f.done, f.ended.text("%.1f"))
	for _, kind := range slices.Sorted(maps.Keys(f.verdicts)) {
		row(kind+"s", "%.1f verdicts a second, p50 %s, p95 %s", f.verdicts[kind], milliseconds(f.p50[kind]),
			milliseconds(f.p95[kind]))
	}
	row("not judged", "%.1f a second: %s", f.notJudged.total(), f.notJudged.text("%.1f"))
	row("workers", "%.2f cores, %.1f calls a minute found none free; since the start %.0f ended, %.0f sessions cut",
		f.cores, f.noneFree, f.restarts, f.cut)
	if f.reviewed {
		row("review", "%.0f files wait, the last ones %s (median)", f.waiting, time.Duration(f.wait)*time.Second)
	} else {
		row("review", "no statistics: the records are off, or do not answer")
	}
	row("letters", "since the start: %s", f.letters.text("%.0f"))
	row("refusals", "%s", f.refused.text("%.0f"))
	row("process", "%.0f MB, %.0f goroutines, %.0f of %.0f descriptors", f.memory/1e6, f.goroutines, f.files, f.mayOpen)
	return b.String()
}

func milliseconds(seconds float64) string {
	if math.IsNaN(seconds) {
		return "–"
	}
	return fmt.Sprintf("%.0f ms", seconds*1e3)
}

// text names what was counted, the most first.
func (t tally) text(format string) string {
	names := slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		return cmp.Or(cmp.Compare(t[b], t[a]), cmp.Compare(a, b))
	})
	var out []string
	for _, name := range names {
		out = append(out, printable(name)+" "+fmt.Sprintf(format, t[name]))
	}
	return cmp.Or(strings.Join(out, ", "), "none")
}
