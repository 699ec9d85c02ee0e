package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"visavis/capture/worker"
	"visavis/cmd/eval/subject"
	"visavis/specimen"
)

// modelsVariable names the folder of the models, to this program and to the workers.
const modelsVariable = "VISAVIS_MODELS"

// evaluation are the settings of a run.
type evaluation struct {
	dir, out, models string
	program          string // visavis, whose worker processes measure
	doc, peers       string
	only             []string
	workers          int
	effort           float64
}

// evaluate measures on a folder of labelled images: eval DIR. It prints one
// table a subject and writes every figure to eval.json.
func evaluate(ctx context.Context, args []string, env environment) error {
	c, err := parseEvaluation(args, env)
	if err != nil {
		return err
	}
	pool, err := newPool(c.program, c.models, c.workers, env)
	if err != nil {
		return err
	}
	report, err := runEvaluation(ctx, c, pool, env)
	err = errors.Join(err, pool.Close())
	if report == nil {
		return err
	}
	if lost := pool.Stats().Restarts; lost > 0 {
		fmt.Fprintf(env.stderr, "%d workers were lost on the way\n", lost)
	}
	return errors.Join(err, report.WriteTables(env.stdout), writeFile(c.out, report.WriteJSON), writeDocument(c, report))
}

// newPool starts worker processes of a program.
func newPool(program, models string, n int, env environment) (*worker.Pool, error) {
	models, err := filepath.Abs(models)
	if err != nil {
		return nil, fmt.Errorf("--models: %w", err)
	}
	return worker.New(worker.Config{
		Command: []string{program, "worker"}, N: n,
		Env: []string{modelsVariable + "=" + models},
		// Nobody waits before a camera here, and a machine with other work is slow.
		Wait: time.Minute, Timeout: 10 * time.Second, ReadTimeout: 20 * time.Second,
		Logger: slog.New(slog.NewTextHandler(env.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
}

// writeDocument writes docs/accuracy.md, with the reasons that stand beside it and
// the table of peers, where they are. That the report is not whole is an error: the
// document is written, and is not to take the place of a whole one.
func writeDocument(c evaluation, report *subject.Report) error {
	if c.doc == "" {
		return nil
	}
	var extras subject.Extras
	reasons, err := os.Open(strings.TrimSuffix(c.doc, filepath.Ext(c.doc)) + "-reasons.tsv")
	switch {
	case err == nil:
		extras.Reasons, err = subject.ReadReasons(reasons)
		if err = errors.Join(err, reasons.Close()); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	peers, err := os.ReadFile(c.peers)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	extras.Peers = string(peers)
	suites, err := os.ReadFile(strings.TrimSuffix(c.doc, filepath.Ext(c.doc)) + "-suites.md")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	extras.Suites = string(suites)
	err = writeFile(c.doc, func(w io.Writer) error { return report.WriteDocument(w, extras) })
	if lacks := report.Lacks(); err == nil && len(lacks) > 0 {
		err = fmt.Errorf("%s is not whole, run it on a machine without other work:\n  %s", c.doc, strings.Join(lacks, "\n  "))
	}
	return err
}

func runEvaluation(ctx context.Context, c evaluation, pool *worker.Pool, env environment) (*subject.Report, error) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		fmt.Fprintln(env.stderr, "nothing is drawn:", err)
		assets = nil
	}
	return subject.Run(ctx, subject.Options{
		Dir: c.dir, Only: c.only, Engine: pool, Parallel: c.workers, Assets: assets,
		Effort: c.effort, Log: env.stderr, Now: time.Now(),
	})
}

func parseEvaluation(args []string, env environment) (evaluation, error) {
	c := evaluation{}
	f := flag.NewFlagSet("eval", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	f.Usage = func() {
		fmt.Fprintln(env.stderr, "eval [flags] DIR: measures on the labelled images of a folder")
		f.PrintDefaults()
	}
	models := env.getenv(modelsVariable)
	if models == "" {
		models = "var/models"
	}
	only := f.String("only", "", "subjects, comma-separated, of "+strings.Join(subject.Names(), ", ")+"; empty: all")
	f.StringVar(&c.out, "out", "eval.json", "file for the figures; empty: none")
	f.StringVar(&c.doc, "doc", "", "file for the document (docs/accuracy.md); empty: none")
	f.StringVar(&c.peers, "peers", "var/peers.md", "table of peers that make eval-peers wrote, for the document")
	f.StringVar(&c.models, "models", models, "folder of the models")
	f.StringVar(&c.program, "program", "var/bin/visavis", "the program whose worker processes measure")
	f.IntVar(&c.workers, "workers", 0, "worker processes; 0: one for each core")
	f.Float64Var(&c.effort, "effort", 1, "how many images are drawn, over those of a whole evaluation")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	if f.NArg() != 1 {
		return c, errors.New("name one folder of labelled images")
	}
	c.dir = f.Arg(0)
	if *only != "" {
		c.only = strings.Split(*only, ",")
	}
	return c, nil
}

// writeFile writes a file as a whole; an empty name means none.
func writeFile(name string, write func(io.Writer) error) (err error) {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
