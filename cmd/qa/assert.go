package main

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"visavis/protocol"
)

// Assertion is a line such as "p95(preview) < 300ms", "count(live) >= 3" or
// "frame-result.checks.sharpness > 0.4".
type Assertion struct {
	text     string
	function string // p50, p95, p99, min, max, mean, count; empty: the newest message's value
	of       string // of a function: what is measured or counted; else the message's type
	path     string
	operator string
	than     float64 // a time in seconds
	line     int
}

var assertionForm = regexp.MustCompile(
	`^(?:([a-z0-9]+)\(([a-z-]+)\)|([a-z-]+)\.([A-Za-z0-9.-]+))\s*(>=|<=|!=|==|>|<)\s*(\S+)$`)

// functions of assertions, and what they may measure: how long the answer took.
var (
	functions = []string{"p50", "p95", "p99", "min", "max", "mean", "count"}
	spans     = []string{"preview", "still", "live"}
)

// UnmarshalYAML reads an assertion; its error names the line and says what is right.
func (a *Assertion) UnmarshalYAML(node ast.Node) error {
	token := node.GetToken()
	text := token.Value
	if s, ok := node.(*ast.StringNode); ok {
		text = s.Value
	}
	parsed, err := parseAssertion(text)
	if err != nil {
		return fmt.Errorf("line %d: assert: %w", token.Position.Line, err)
	}
	*a = parsed
	a.line = token.Position.Line
	return nil
}

func parseAssertion(text string) (Assertion, error) {
	a := Assertion{text: text}
	found := assertionForm.FindStringSubmatch(strings.TrimSpace(text))
	if found == nil {
		return a, fmt.Errorf(`%q: want such as "p95(preview) < 300ms", "count(live) >= 3" or `+
			`"frame-result.checks.sharpness > 0.4"`, text)
	}
	a.function, a.of, a.operator = found[1], found[2], found[5]
	if a.function == "" {
		a.of, a.path = found[3], found[4]
	}
	d, err := time.ParseDuration(found[6])
	a.than = d.Seconds()
	if err != nil {
		if a.than, err = strconv.ParseFloat(found[6], 64); err != nil {
			return a, fmt.Errorf("%q: want a number or a time such as 300ms, not %q", text, found[6])
		}
	}
	return a, a.known()
}

// known refuses what cannot be measured.
func (a *Assertion) known() error {
	if a.function != "" {
		if err := oneOf("function", a.function, functions...); err != nil {
			return err
		}
		if a.function != "count" {
			return oneOf("measured", a.of, spans...)
		}
		return oneOf("counted", a.of, append(typeNames(), closedName)...)
	}
	if err := oneOf("message", a.of, typeNames()...); err != nil {
		return err
	}
	m, err := protocol.Decode([]byte(`{"type":"` + a.of + `"}`))
	if err != nil {
		return err
	}
	return fieldOf(reflect.TypeOf(m), a.path)
}

// judge holds the assertion against what was measured and seen.
func (a *Assertion) judge(p *player) error {
	got, unit, err := a.value(p)
	if err != nil {
		return fmt.Errorf("%s: %w", a.text, err)
	}
	if a.operator == "==" && got == a.than || a.operator != "==" && holds(got, a.operator, a.than) {
		return nil
	}
	return fmt.Errorf("%s: it is %s", a.text, unit(got))
}

// quantile is the time below which a share of the sorted times lies.
func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func (a *Assertion) value(p *player) (float64, func(float64) string, error) {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	switch a.function {
	case "":
		v, ok := p.newest(a.of, a.path)
		if !ok {
			return 0, nil, fmt.Errorf("no %s with such a value was seen", a.of)
		}
		return v, number, nil
	case "count":
		return float64(p.counted(a.of)), number, nil
	}
	times := p.measuredTimes(a.of)
	if len(times) == 0 {
		return 0, nil, fmt.Errorf("no %s was measured", a.of)
	}
	slices.Sort(times)
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	v := map[string]time.Duration{
		"p50": quantile(times, 0.5), "p95": quantile(times, 0.95), "p99": quantile(times, 0.99), "min": times[0], "max": times[len(times)-1], "mean": sum / time.Duration(len(times)),
	}[a.function]
	return v.Seconds(), func(v float64) string {
		return time.Duration(v * float64(time.Second)).Round(time.Millisecond / 10).String()
	}, nil
}
