package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"visavis/capture"
	"visavis/cmd/eval/fit"
)

// fitLimits sets limits from measurements and writes them with their curves: eval fit.
// It prints what the limits that are built in make of the same measurements.
func fitLimits(args []string, env environment) error {
	f := flag.NewFlagSet("eval fit", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	table := f.String("table", "cmd/eval/fit/testdata/measurements.tsv", "measurements that eval measure wrote")
	limits := f.String("limits", "capture/limits_fitted.go", "file for the limits; empty: none")
	doc := f.String("doc", "docs/limits.md", "file for their curves; empty: none")
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
		return fmt.Errorf("%s: %w", *table, err)
	}
	folds := fit.OutOfFold(rows, capture.DefaultLimits())
	for _, kind := range []capture.Kind{capture.Still, capture.Preview} {
		fit.Judged(rows, kind, func(fit.Row) capture.Limits { return capture.DefaultLimits() }).Write(env.stdout,
			fmt.Sprint("Built in, kind ", kind), *worst)
		fit.Judged(rows, kind, func(r fit.Row) capture.Limits { return folds[r.Fold()] }).Write(env.stdout,
			fmt.Sprint("Out of fold, kind ", kind), *worst)
	}
	return errors.Join(
		writeFile(*limits, func(w io.Writer) error { return fit.WriteLimits(w, rows) }),
		writeFile(*doc, func(w io.Writer) error { return fit.WriteDocument(w, rows) }))
}
