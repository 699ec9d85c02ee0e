package main

import (
	"flag"
	"fmt"
	"os"

	"visavis/capture"
	"visavis/cmd/eval/fit"
)

// fitLimits reports what the limits make of measurements: eval fit.
func fitLimits(args []string, env environment) error {
	f := flag.NewFlagSet("eval fit", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	table := f.String("table", "cmd/eval/fit/testdata/measurements.tsv", "measurements that eval measure wrote")
	worst := f.Int("worst", 0, "how many cases are named")
	if err := f.Parse(args); err != nil {
		return err
	}
	file, err := os.Open(*table)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := fit.Read(file)
	if err != nil {
		return err
	}
	for _, kind := range []capture.Kind{capture.Still, capture.Preview} {
		fit.Judged(rows, kind, func(fit.Row) capture.Limits { return capture.DefaultLimits() }).Write(env.stdout, fmt.Sprint("shipped, kind ", kind), *worst)
	}
	return nil
}
