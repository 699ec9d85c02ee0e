package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"visavis/protocol"
	"visavis/qa/recording"
)

// verdict is what was said of one picture.
type verdict struct {
	Key, Value string
}

// verdicts are what a recording's server said of previews and stills, in order, each
// named by its step and its place among those of the step.
func verdicts(entries []recording.Entry) []verdict {
	var all []verdict
	count := map[string]int{}
	for _, e := range entries {
		if e.ToServer || e.Role != "phone" || e.Kind != "text" {
			continue
		}
		m, err := protocol.Decode(e.Text)
		if err != nil {
			continue
		}
		var key, value string
		var checks []protocol.Check
		switch m := m.(type) {
		case protocol.FrameResult:
			key, value, checks = m.Step+" preview", fmt.Sprintf("%s good=%t hint=%s", m.Status, m.Good, m.Hint), m.Checks
		case protocol.StillResult:
			key, value, checks = m.Step+" still", fmt.Sprintf("accepted=%t hint=%s code=%s", m.Accepted, m.Hint, m.Code),
				m.Checks
		default:
			continue
		}
		for _, c := range checks {
			limits, _ := json.Marshal([]*float64{c.Min, c.Max})
			value += fmt.Sprintf(" %s=%t%s", c.Name, c.OK, limits)
		}
		count[key]++
		all = append(all, verdict{fmt.Sprintf("%s %d", key, count[key]), value})
	}
	return all
}

// runDiff carries out "qa diff": compares two recordings verdict by verdict.
func runDiff(_ context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("qa diff", flag.ContinueOnError)
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if f.NArg() != 2 {
		fmt.Fprintln(stderr, "qa diff: want two recordings")
		return errUsage
	}
	var sides [2][]verdict
	for i, path := range f.Args() {
		entries, err := recording.Read(path)
		if err != nil {
			return err
		}
		sides[i] = verdicts(entries)
	}
	after := map[string]string{}
	for _, v := range sides[1] {
		after[v.Key] = v.Value
	}
	changed := 0
	for _, v := range sides[0] {
		now, there := after[v.Key]
		delete(after, v.Key)
		if !there {
			now = "no verdict"
		}
		if now != v.Value {
			changed++
			fmt.Fprintf(stdout, "%s\n  - %s\n  + %s\n", v.Key, without(v.Value, now), without(now, v.Value))
		}
	}
	changed += len(after)
	for key, value := range after {
		fmt.Fprintf(stdout, "%s\n  - no verdict\n  + %s\n", key, value)
	}
	if changed > 0 {
		return fmt.Errorf("%d of %d verdicts differ", changed, len(sides[0]))
	}
	fmt.Fprintf(stdout, "%s, all the same\n", plural(len(sides[0]), "verdict", "verdicts"))
	return nil
}

// without are the words of a verdict that another does not have.
func without(verdict, other string) string {
	words := slices.DeleteFunc(strings.Fields(verdict), func(word string) bool {
		return slices.Contains(strings.Fields(other), word)
	})
	return strings.Join(words, " ")
}
