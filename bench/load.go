package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
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
	shows    string // what the phones' pictures are like, as "qa load -condition" has it
	events   int    // progress events
}

// flags are those that load and soak have in common.
func (l *loadFlags) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.StringVar(&l.out, "out", "load.json", "JSON file to write the figures into")
	f.StringVar(&l.programs, "programs", "var/bin", "folder of the programs visavis and qa")
	f.StringVar(&l.models, "models", "var/models", "folder of the models")
	f.StringVar(&l.shows, "condition", "glare", "what the phones show, none that is good: as \"qa load -condition\"")
	return f
}

// loadParts are what "bench load" measures, in order. Each adds its figures.
var loadParts = []struct {
	name    string
	measure func(context.Context, *loadFlags, map[string]float64) error
}{{"idle", loadIdle}, {"phones", loadPhones}, {"progress", loadProgress}}

// loadGoals are the figures of a load that have one.
var loadGoals = map[string]float64{
	"idle_ratio":        1.2,
	"verdict_p95_ms":    150,
	"overload_p95_ms":   500,
	"redis_ratio":       1.5,
	"overload_failures": 0,
	"idle_lost":         0,
}

// runLoad is "bench load": each part is measured once a run, all of them in full runs. It
// writes the means, the runs themselves, and how far apart they are.
func runLoad(ctx context.Context, args []string) error {
	var l loadFlags
	f := l.flags("bench load")
	f.StringVar(&l.only, "only", "", "parts to measure, separated by commas: idle, phones, progress (default all)")
	f.IntVar(&l.runs, "runs", 2, "full runs")
	f.IntVar(&l.sessions, "sessions", 9000, "idle sessions, of two sockets each")
	f.DurationVar(&l.ramp, "ramp", 4*time.Minute, "at most, until the idle sessions are there; fewer count as they are")
	f.DurationVar(&l.rest, "rest", 30*time.Second,
		"how long idle sessions do nothing: longer than a ping takes to be missed")
	f.DurationVar(&l.show, "show", 15*time.Second, "how long each number of phones shows previews")
	f.IntVar(&l.events, "events", 500, "events from phone to desktop")
	if err := f.Parse(args); err != nil {
		return err
	}
	if l.runs < 1 || l.sessions < 1 || l.events < 10 || f.NArg() > 0 {
		return errors.New("load: want -runs and -sessions of 1 or more, -events of 10 or more, and flags alone")
	}
	var runs []map[string]float64
	for n := range l.runs {
		figures := map[string]float64{}
		for _, part := range loadParts {
			if l.only != "" && !slices.Contains(strings.Split(l.only, ","), part.name) {
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
		return fmt.Errorf("load: -only %s: want idle, phones or progress", l.only)
	}
	means, apart := agreement(runs)
	table(means, loadGoals)
	if len(runs) > 1 {
		fmt.Println("\nhow far apart the runs are, in % of their mean:")
		for _, name := range slices.Sorted(maps.Keys(apart)) {
			fmt.Printf("%-28s %6.1f\n", name, apart[name])
		}
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
		if mean != 0 {
			apart[name] = 100 * (slices.Max(vs) - slices.Min(vs)) / math.Abs(mean)
		}
	}
	return means, apart
}
