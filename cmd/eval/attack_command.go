package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"visavis/cmd/eval/attack"
	"visavis/cmd/eval/compose"
	"visavis/specimen"
)

// attacks are the settings of the command attack.
type attacks struct {
	composing
	table, probe, limits, rates, doc string
	only                             string
	again                            bool
	worst                            int
	effort                           float64
}

// measureAttacks plays attacks and honest captures, and tells which signals notice them:
// eval attack [DIR]. With a folder of labelled images their scans and portraits take part.
func measureAttacks(ctx context.Context, args []string, env environment) error {
	a := attacks{}
	f := a.flags("eval attack", env)
	f.StringVar(&a.table, "table", "cmd/eval/attack/testdata/scores.tsv", "file for the scores")
	f.StringVar(&a.probe, "probe", "cmd/eval/attack/testdata/probe.tsv",
		"file for the scores of a few captures, by which a test knows that the rules have changed")
	f.StringVar(&a.limits, "limits", "capture/limits_presence_fitted.go", "file for the limits; empty: none")
	f.StringVar(&a.rates, "rates", "static/js/review/rates.js", "file for the rates that reviewers see; empty: none")
	f.StringVar(&a.doc, "doc", "docs/presence.md", "file for the document; empty: none")
	f.StringVar(&a.only, "only", "", "measure one part alone, document, face, camera or light, and keep the scores of the others")
	f.BoolVar(&a.again, "again", false, "measure nothing: write from the table of scores")
	f.IntVar(&a.worst, "worst", 3, "how many attacks of a kind that nothing noticed are named")
	f.Float64Var(&a.effort, "effort", 1, "how many captures, over those of a whole run")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 1 {
		return errors.New("attack: name one folder of labelled images at most")
	}
	switch {
	case a.only == "":
	case !slices.Contains(attack.Parts(), attack.Part(a.only)):
		return fmt.Errorf("attack: -only %q, want one of %v", a.only, attack.Parts())
	case a.again:
		return errors.New("attack: -again measures nothing: leave -only out")
	}
	if !a.again {
		if err := a.measure(ctx, f.Arg(0), env); err != nil {
			return err
		}
	}
	samples, err := read(a.table)
	if err != nil {
		return err
	}
	return errors.Join(
		attack.WriteTable(env.stdout, samples, a.worst),
		writeFile(a.limits, func(w io.Writer) error { return attack.WriteLimits(w, samples) }),
		writeFile(a.rates, func(w io.Writer) error { return attack.WriteRates(w, samples) }),
		writeFile(a.doc, func(w io.Writer) error { return attack.WriteDocument(w, samples) }))
}

// read reads a table of samples.
func read(name string) ([]attack.Sample, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	samples, err := attack.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return samples, nil
}

func (a attacks) measure(ctx context.Context, dir string, env environment) error {
	only := attack.Part(a.only)
	var before, probeBefore []attack.Sample
	if only != "" { // what is kept is read first: measuring takes long
		var err error
		if before, err = read(a.table); err != nil {
			return err
		}
		if probeBefore, err = read(a.probe); err != nil {
			return err
		}
	}
	o := attack.Options{Seed: a.seed, Only: only, Effort: a.effort, Workers: a.workers, Log: env.stderr}
	astronaut := filepath.Join(a.models, "astronaut.png")
	assets, err := specimen.LoadAssets(specimen.Paths{Portrait: astronaut})
	if err != nil {
		return err
	}
	if o.Documents, err = compose.Drawn(8, assets); err != nil {
		return err
	}
	if o.Portraits, err = attack.Portraits(astronaut, dir); err != nil {
		return err
	}
	if dir != "" {
		scans, err := compose.Scans(dir)
		if err != nil {
			return err
		}
		o.Documents = append(o.Documents, scans...)
	}
	if o.Backgrounds, err = compose.Backgrounds(dir, strings.Split(a.photos, ":")...); err != nil {
		return err
	}
	pool, err := newPool(a.program, a.models, a.workers, env)
	if err != nil {
		return err
	}
	o.Engine = pool
	samples, err := attack.Run(ctx, o)
	var probe []attack.Sample
	if err == nil {
		probe, err = attack.Probe(ctx, pool, assets, o.Portraits[:1], only)
	}
	if err = errors.Join(err, pool.Close()); err != nil {
		return err
	}
	if only != "" {
		samples, probe = attack.Replaced(before, only, samples), attack.Replaced(probeBefore, only, probe)
	}
	return errors.Join(
		writeFile(a.table, func(w io.Writer) error { return attack.Write(w, samples) }),
		writeFile(a.probe, func(w io.Writer) error { return attack.Write(w, probe) }))
}
