package subject

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is the result of a run.
type Report struct {
	Date     time.Time
	Parallel int
	// Tables are the numbers of rows by the tables' names.
	Tables   map[string]int
	sections []*section
}

// Lacks are the subjects of which something was to be measured and was not, each with the
// reason: its time was over, or it failed.
func (r *Report) Lacks() []string {
	var lacks []string
	for _, s := range r.sections {
		for _, why := range s.lacks {
			lacks = append(lacks, s.title+": "+why)
		}
	}
	return lacks
}

// WriteTables writes one table a subject, for a terminal.
func (r *Report) WriteTables(w io.Writer) error {
	for _, s := range r.sections {
		fmt.Fprintf(w, "\n%s (%s, %v)\n", s.title, s.name, s.took.Round(time.Second))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, f := range s.figures {
			verdict := ""
			if g, ok := goalOf(f); ok {
				verdict = g.words() + "\tmet"
				if !g.met(f.value) {
					verdict = g.words() + "\tMISSED"
				}
			}
			fmt.Fprintf(t, "  %s\t%s\t[%s, %s]\tn %d\t%s\n", f.key, number(f.value), number(f.lo), number(f.hi), f.n, verdict)
		}
		if err := t.Flush(); err != nil {
			return fmt.Errorf("write tables: %w", err)
		}
		for _, n := range s.notes {
			fmt.Fprintf(w, "  · %s\n", n)
		}
		lines, all := s.named()
		if all > 0 {
			fmt.Fprintf(w, "  worst cases (%d of %d):\n", len(lines), all)
		}
		for _, l := range lines {
			fmt.Fprintf(w, "    %s\n", l)
		}
	}
	return nil
}

func (g goal) words() string {
	if g.atMost {
		return "≤ " + number(g.bound)
	}
	return "≥ " + number(g.bound)
}

// number writes a figure as short as it may be read.
func number(v float64) string {
	switch {
	case v == math.Trunc(v) && math.Abs(v) < 1e6 && v != 1:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// Figures are the keys of eval.json: key, key_n, key_lo, key_hi.
func (r *Report) Figures() map[string]float64 {
	out := map[string]float64{}
	for _, s := range r.sections {
		for _, f := range s.figures {
			out[f.key], out[f.key+"_n"], out[f.key+"_lo"], out[f.key+"_hi"] = f.value, float64(f.n), f.lo, f.hi
		}
	}
	return out
}

// WriteJSON writes eval.json: every figure, rounded to what it can tell.
func (r *Report) WriteJSON(w io.Writer) error {
	out := map[string]any{"date": r.Date.UTC().Format(time.RFC3339)}
	for name, n := range r.Tables {
		out["rows."+strings.TrimSuffix(name, ".tsv")] = n
	}
	for key, v := range r.Figures() {
		out[key] = math.Round(v*1e5) / 1e5
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	if _, err := w.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	return nil
}

// Missed are the keys whose goals are not met, in order.
func (r *Report) Missed() []string {
	missed := map[string]bool{}
	for _, s := range r.sections {
		for _, f := range s.figures {
			if g, ok := goalOf(f); ok && !g.met(f.value) {
				missed[f.key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(missed))
}
