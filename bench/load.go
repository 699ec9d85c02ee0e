package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// loadFlags are the settings of "bench load".
type loadFlags struct {
	out      string
	only     string
	runs     int
	sessions int           // idle sessions asked for
	ramp     time.Duration // at most, until they are there
	rest     time.Duration // how long they do nothing
	show     time.Duration // of each number of phones
	programs string        // folder of the programs visavis and qa
	models   string
	shows    string // the condition of a passport that all phones show, as "qa load -condition"; empty: hands
	hands    *shownHands
	events   int     // progress events
	rounds   int     // of people who enrol
	within   float64 // percent of their mean that runs may be apart and agree
}

// flags are those that load and soak have in common.
func (l *loadFlags) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.StringVar(&l.out, "out", "load.json", "JSON file to write the figures into")
	f.StringVar(&l.programs, "programs", "var/bin", "folder of the programs visavis and qa")
	f.StringVar(&l.models, "models", "var/models", "folder of the models")
	f.StringVar(&l.shows, "condition", "", "one condition that the phones show, as \"qa load -condition\": by "+
		"default sequences of guided hands and composed previews")
	return f
}

// draw draws what the phones show, where they show no condition. The caller removes it.
func (l *loadFlags) draw(ctx context.Context) (remove func(), err error) {
	if l.shows != "" {
		return func() {}, nil
	}
	fmt.Fprintln(os.Stderr, "==> drawing what the phones show")
	if l.hands, err = drawHands(ctx, l.models); err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	mean := l.hands.cost(len(l.hands.show))
	fmt.Fprintf(os.Stderr, "    %d sequences, %d pictures; the bare analyzer's verdict: %.1f ms in sequence, %.1f singly\n",
		len(l.hands.show), l.hands.pictures(), mean.held.Seconds()*1000, mean.single.Seconds()*1000)
	return l.hands.remove, nil
}

// loadParts are what "bench load" measures, in order. Each adds its figures.
var loadParts = []struct {
	name    string
	measure func(context.Context, *loadFlags, map[string]float64) error
}{{"idle", loadIdle}, {"phones", loadPhones}, {"progress", loadProgress}, {"journey", loadJourney}}

// loadGoals are the figures of a load that have one.
var loadGoals = map[string]float64{
	"idle_ratio":        1.2,
	"verdict_p95_ms":    150,
	"overload_p95_ms":   500,
	"redis_ratio":       1.5,
	"overload_failures": 0,
	"idle_lost":         0,

	"journey_memory_sqlite_ratio": 1.1, "journey_memory_postgres_ratio": 1.1,
	"export_80mb_memory_ratio": 1.25, "site_export_80mb_memory_ratio": 1.25,

	"progress_redis_4_other_messages":   0,
	"progress_cluster_4_other_messages": 0,
	"progress_cluster_4_bus_messages":   0,
}

// runLoad is "bench load": each part is measured once a run, all of them in full runs. It
// writes the means, the runs themselves, how far apart they are, and which figures they
// agree on.
func runLoad(ctx context.Context, args []string) error {
	var l loadFlags
	f := l.flags("bench load")
	f.StringVar(&l.only, "only", "", "parts to measure, separated by commas: idle, phones, progress, journey (default all)")
	f.IntVar(&l.runs, "runs", 2, "full runs")
	f.IntVar(&l.sessions, "sessions", 9000, "idle sessions, of two sockets each")
	f.DurationVar(&l.ramp, "ramp", 4*time.Minute, "at most, until the idle sessions are there; fewer count as they are")
	f.DurationVar(&l.rest, "rest", 30*time.Second,
		"how long idle sessions do nothing: longer than a ping takes to be missed")
	f.DurationVar(&l.show, "show", 15*time.Second, "how long each number of phones shows previews")
	f.IntVar(&l.events, "events", 500, "events from phone to desktop")
	f.IntVar(&l.rounds, "rounds", 3, "rounds of people who enrol")
	f.Float64Var(&l.within, "within", 10, "percent of their mean that runs may be apart and agree on a figure")
	if err := f.Parse(args); err != nil {
		return err
	}
	if l.runs < 1 || l.sessions < 1 || l.rounds < 1 || l.events < 10 || !(l.within >= 0) || f.NArg() > 0 {
		return errors.New("load: want -runs, -sessions and -rounds of 1 or more, -events of 10 or more, -within of 0 or more, and " +
			"flags alone")
	}
	if l.measures("phones") {
		remove, err := l.draw(ctx)
		if err != nil {
			return err
		}
		defer remove()
	}
	var runs []map[string]float64
	for n := range l.runs {
		figures := map[string]float64{}
		for _, part := range loadParts {
			if !l.measures(part.name) {
				continue
			}
			fmt.Fprintf(os.Stderr, "==> run %d of %d: %s\n", n+1, l.runs, part.name)
			if err := part.measure(ctx, &l, figures); err != nil {
				return fmt.Errorf("%s: %w", part.name, err)
			}
		}
		runs = append(runs, figures)
	}
	if len(runs[0]) == 0 {
		return fmt.Errorf("load: -only %s: want idle, phones, progress or journey", l.only)
	}
	means, apart := agreement(runs)
	table(means, loadGoals)
	agreed := agree(runs, apart, l.within)
	agreed.print(os.Stdout, apart)
	if err := merge(l.out, map[string]agreedOn{"agreement": agreed}); err != nil {
		return err
	}
	if err := mergeInto(l.out, "apart_percent", apart); err != nil {
		return err
	}
	each := map[string][]float64{}
	for _, run := range runs {
		for name, v := range run {
			each[name] = append(each[name], v)
		}
	}
	if err := mergeInto(l.out, "runs", each); err != nil {
		return err
	}
	return merge(l.out, means)
}

// measures tells whether a part is asked for.
func (l *loadFlags) measures(part string) bool {
	return l.only == "" || slices.Contains(strings.Split(l.only, ","), part)
}

// agreement returns each figure's mean over the runs, and the distance between its
// smallest and largest value in percent of that mean. A figure that a run lacks counts
// in the others alone.
func agreement(runs []map[string]float64) (means, apart map[string]float64) {
	means, apart = map[string]float64{}, map[string]float64{}
	values := map[string][]float64{}
	for _, run := range runs {
		for name, v := range run {
			values[name] = append(values[name], v)
		}
	}
	for name, vs := range values {
		sum := 0.0
		for _, v := range vs {
			sum += v
		}
		mean := sum / float64(len(vs))
		means[name] = mean
		apart[name] = 0
		if mean != 0 {
			apart[name] = 100 * (slices.Max(vs) - slices.Min(vs)) / math.Abs(mean)
		}
	}
	return means, apart
}

// agreedOn is what full runs say together.
type agreedOn struct {
	Runs    int      `json:"runs"`
	Within  float64  `json:"within_percent"`
	Agreed  []string `json:"agreed"`   // figures whose runs are at most that far apart
	Differs []string `json:"disagree"` // those that are farther apart, or that a run lacks
}

// agree sorts the figures of runs by how far apart the runs are. One run agrees with nothing.
func agree(runs []map[string]float64, apart map[string]float64, within float64) agreedOn {
	out := agreedOn{Runs: len(runs), Within: within, Agreed: []string{}, Differs: []string{}}
	if len(runs) < 2 {
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(apart)) {
		lacks := func(run map[string]float64) bool { _, ok := run[name]; return !ok }
		if apart[name] > within || slices.ContainsFunc(runs, lacks) {
			out.Differs = append(out.Differs, name)
		} else {
			out.Agreed = append(out.Agreed, name)
		}
	}
	return out
}

// print writes how far apart the runs are, and which figures they agree on.
func (a agreedOn) print(w io.Writer, apart map[string]float64) {
	if a.Runs < 2 {
		fmt.Fprintln(w, "\nagreement: one run, nothing to compare")
		return
	}
	fmt.Fprintln(w, "\nhow far apart the runs are, in % of their mean:")
	for _, name := range slices.Sorted(maps.Keys(apart)) {
		note := ""
		if slices.Contains(a.Differs, name) {
			note = "  DISAGREE"
		}
		fmt.Fprintf(w, "%-*s %6.1f%s\n", widest(apart), name, apart[name], note)
	}
	fmt.Fprintf(w, "\nagreement of %d runs within %g %%: %d of %d figures", a.Runs, a.Within, len(a.Agreed),
		len(a.Agreed)+len(a.Differs))
	if len(a.Differs) > 0 {
		fmt.Fprintf(w, "; not %s", strings.Join(a.Differs, ", "))
	}
	fmt.Fprintln(w)
}
