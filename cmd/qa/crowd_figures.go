package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"visavis/client"
	"visavis/protocol"
)

// loadFigures are what a load shows.
type loadFigures struct {
	Phones   int            `json:"phones"`
	Sessions int            `json:"sessions"`
	Seconds  float64        `json:"seconds"`
	Previews int            `json:"previews"`
	Rate     float64        `json:"previewsASecondAndPhone"`
	Slowest  float64        `json:"slowestPhone"` // previews a second
	Median   float64        `json:"medianPhone"`
	Verdict  percentiles    `json:"verdictMilliseconds"`
	Pairing  percentiles    `json:"pairingMilliseconds"`
	Statuses map[string]int `json:"statuses"`    // judged, busy, stale, refused, lost
	Stills   int            `json:"stillsAsked"` // none is sent: the previews go on
	Failures map[string]int `json:"failures"`    // by what was wrong
}

// percentiles are of times in milliseconds.
type percentiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func percentilesOf(times []time.Duration) percentiles {
	if len(times) == 0 {
		return percentiles{}
	}
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(quantile(times, share).Microseconds()) / 1000
	}
	return percentiles{at(0.50), at(0.95), at(0.99), at(1)}
}

// failureName is an error without what is each session's own.
func failureName(err error) string {
	if refused, ok := errors.AsType[*client.HTTPError](err); ok {
		return refused.Answer.Code
	}
	if refused, ok := errors.AsType[*refusedError](err); ok {
		return refused.answer.Code
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) {
		return "connection"
	}
	text, _, _ := strings.Cut(err.Error(), ":")
	return text
}

func (f *loadFigures) print(out io.Writer) {
	fmt.Fprintf(out, "%d phones and %d idle sessions, %.0f s, %d verdicts: %.1f a second and phone, %.1f the slowest\n",
		f.Phones, f.Sessions, f.Seconds, f.Previews, f.Rate, f.Slowest)
	fmt.Fprintf(out, "%-8s %8s %8s %8s %8s\n", "ms", "p50", "p95", "p99", "max")
	for _, row := range []struct {
		name string
		p    percentiles
	}{{"verdict", f.Verdict}, {"pairing", f.Pairing}} {
		fmt.Fprintf(out, "%-8s %8.1f %8.1f %8.1f %8.1f\n", row.name, row.p.P50, row.p.P95, row.p.P99, row.p.Max)
	}
	for _, counted := range []struct {
		name  string
		times map[string]int
	}{{"answers", f.Statuses}, {"failures", f.Failures}} {
		fmt.Fprintf(out, "%-8s", counted.name)
		if len(counted.times) == 0 {
			fmt.Fprint(out, " none")
		}
		for _, name := range sortedKeys(counted.times) {
			fmt.Fprintf(out, " %s %d", name, counted.times[name])
		}
		fmt.Fprintln(out)
	}
	if f.Stills > 0 {
		fmt.Fprintf(out, "stills asked for and not sent: %d\n", f.Stills)
	}
	if f.Failures[protocol.CodeRateLimited] > 0 {
		fmt.Fprintln(out, "the limits of one network stood in the way: choose others with -first, or, where they opened too many "+
			"sessions, start the server with --sessions-per-hour 100000")
	}
}

func sortedKeys(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
