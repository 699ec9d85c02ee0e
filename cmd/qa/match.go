package main

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	"visavis/client"
	"visavis/protocol"
)

// fields returns an event as JSON sees it: a message's own fields, or code and
// error of an end.
func fields(e client.Event) map[string]any {
	if e.Message == nil {
		return map[string]any{"code": float64(e.Code), "error": fmt.Sprint(e.Err)}
	}
	data, err := protocol.Encode(e.Message)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return map[string]any{"error": err.Error()}
	}
	return all
}

// kind is an event's message type, or "closed".
func kind(e client.Event) string {
	if e.Message == nil {
		return closedName
	}
	return string(e.Message.MessageType())
}

// matches tells whether the event is what m describes.
func (m *Match) matches(e client.Event) bool {
	if kind(e) != m.Message {
		return false
	}
	all := fields(e)
	return allMatch(all, m.Where)
}

// allMatch tells whether every path of an object has the value that is wanted.
func allMatch(all any, where map[string]any) bool {
	for path, want := range where {
		if !valueMatches(measured(at(all, path)), want) {
			return false
		}
	}
	return true
}

// measured is the value of a check, and of everything else itself.
func measured(v any) any {
	if check, ok := v.(map[string]any); ok {
		if value, ok := check["value"]; ok && check["name"] != nil {
			return value
		}
	}
	return v
}

// operators compare numbers, the longer ones first.
var operators = []string{">=", "<=", "!=", ">", "<"}

// compared reads "> 0.4": an operator and a number.
func compared(text string) (operator string, than float64, err error) {
	for _, op := range operators {
		if rest, ok := strings.CutPrefix(text, op); ok {
			than, err = strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				return op, 0, fmt.Errorf("%q: want a number after %s", text, op)
			}
			return op, than, nil
		}
	}
	return "", 0, nil
}

// holds compares two numbers.
func holds(got float64, operator string, than float64) bool {
	switch operator {
	case ">=":
		return got >= than
	case "<=":
		return got <= than
	case "!=":
		return got != than
	case ">":
		return got > than
	}
	return got < than
}

// at follows a path such as "steps.document-back.state": names of fields, indices
// of lists, or the "step" of an element.
func at(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			v = node[part]
		case []any:
			v = element(node, part)
		case absent:
			return v
		default:
			return nil
		}
	}
	return v
}

// absent is an element that a list does not have: it is empty, and smaller than nothing.
type absent struct{}

func element(items []any, part string) any {
	if i, err := strconv.Atoi(part); err == nil {
		if i < 0 || i >= len(items) {
			return absent{}
		}
		return items[i]
	}
	for _, item := range items {
		if m, ok := item.(map[string]any); ok && (m["step"] == part || m["name"] == part) {
			return item
		}
	}
	return absent{}
}

// valueMatches compares a JSON value with one of a scenario. An absent field is
// false, 0 and empty, as JSON of this protocol leaves those out.
func valueMatches(got, want any) bool {
	switch w := want.(type) {
	case []any:
		for _, one := range w {
			if valueMatches(got, one) {
				return true
			}
		}
		return false
	case string:
		switch w {
		case "any":
			return !isZero(got)
		case "none":
			return isZero(got)
		}
		if operator, than, err := compared(w); operator != "" && err == nil {
			n, ok := got.(float64)
			if got == nil {
				n, ok = 0, true // JSON of this protocol leaves a zero out
			}
			return ok && holds(n, operator, than)
		}
	}
	if isZero(want) {
		return isZero(got)
	}
	return text(got) == text(want)
}

func isZero(v any) bool {
	switch v := v.(type) {
	case nil, absent:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return false
	}
	return text(v) == "0"
}

// text makes numbers comparable that JSON and YAML read as different kinds.
func text(v any) string {
	switch n := v.(type) {
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return strconv.FormatInt(int64(n), 10)
		}
		return strconv.FormatFloat(n, 'g', 4, 64)
	case string:
		return n
	case map[string]any, []any:
		if data, err := json.Marshal(n); err == nil {
			return string(data)
		}
	}
	return fmt.Sprint(v)
}

func (m *Match) String() string {
	parts := make([]string, 0, len(m.Where))
	for path, want := range m.Where {
		parts = append(parts, fmt.Sprintf("%s=%v", path, want))
	}
	sort.Strings(parts)
	return strings.Join(append([]string{m.On, m.Message}, parts...), " ")
}

// describe prints an event's fields in one line. Secrets and long values are left
// out; of the checks only those that failed are shown.
func describe(e client.Event) string {
	all := fields(e)
	delete(all, "type")
	for _, secret := range []string{"deviceSecret", "url", "typedCode", "sameDevice"} {
		if _, ok := all[secret]; ok {
			all[secret] = "…"
		}
	}
	if checks, ok := all["checks"].([]any); ok {
		failed := []string{}
		for _, c := range checks {
			if m, ok := c.(map[string]any); ok && m["ok"] != true {
				failed = append(failed, fmt.Sprintf("%v=%.3v", m["name"], m["value"]))
			}
		}
		all["checks"] = failed
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		value := text(all[name])
		if runes := []rune(value); len(runes) > 160 {
			value = string(runes[:60]) + fmt.Sprintf("… (%d characters)", len(runes))
		}
		fmt.Fprintf(&b, " %s=%s", name, value)
	}
	return b.String()
}
