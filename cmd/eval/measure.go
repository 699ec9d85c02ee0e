package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"visavis/capture"
	"visavis/cmd/eval/compose"
	"visavis/cmd/eval/fit"
	"visavis/cmd/eval/subject"
	"visavis/specimen"
)

// composing are the settings that measure and attack have in common.
type composing struct {
	program, models, photos string
	workers                 int
	seed                    uint64
}

// flags are those of the settings that are in common.
func (c *composing) flags(name string, env environment) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(env.stderr)
	f.StringVar(&c.program, "program", "var/bin/visavis", "the program whose worker processes measure")
	f.StringVar(&c.models, "models", "var/models", "folder of the models")
	f.StringVar(&c.photos, "photos", photoFolders, "folders of photographs to lay documents on, with colons between")
	f.IntVar(&c.workers, "workers", 2, "worker processes")
	f.Uint64Var(&c.seed, "seed", 1, "of all pictures")
	return f
}

// composition are the settings of the command measure.
type composition struct {
	composing
	out    string
	frames int
}

// photoFolders are where packages of Debian bring photographs that anybody may use.
const photoFolders = "/usr/lib/python3/dist-packages/skimage/data:/usr/share/matplotlib/mpl-data/sample_data"

// measure composes pictures and writes what the workers measure of them: eval measure DIR.
func measure(ctx context.Context, args []string, env environment) error {
	c := composition{}
	f := c.flags("eval measure", env)
	f.StringVar(&c.out, "out", "cmd/eval/fit/testdata/measurements.tsv", "file for the measurements")
	f.IntVar(&c.frames, "frames", 3000, "how many pictures")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("measure: name one folder of labelled images")
	}
	composer, err := c.composer(f.Arg(0))
	if err != nil {
		return err
	}
	pool, err := newPool(c.program, c.models, c.workers, env)
	if err != nil {
		return err
	}
	rows, err := c.measureAll(ctx, composer, pool)
	if err = errors.Join(err, pool.Close()); err != nil {
		return err
	}
	return writeFile(c.out, func(w io.Writer) error { return fit.Write(w, rows) })
}

func (c composition) composer(dir string) (compose.Composer, error) {
	documents, err := compose.Scans(dir)
	if err != nil {
		return compose.Composer{}, err
	}
	assets, err := specimen.LoadAssets(specimen.Paths{Portrait: c.models + "/astronaut.png"})
	if err != nil {
		return compose.Composer{}, err
	}
	drawn, err := compose.Drawn(4, assets)
	if err != nil {
		return compose.Composer{}, err
	}
	photos, err := compose.Backgrounds(dir, strings.Split(c.photos, ":")...)
	return compose.Composer{Documents: append(documents, drawn...), Backgrounds: photos, Seed: c.seed}, err
}

// measureAll measures every picture as a still and as a preview.
func (c composition) measureAll(ctx context.Context, composer compose.Composer,
	engine capture.Analyzer) ([]fit.Row, error) {
	rows := make([]fit.Row, 2*c.frames)
	err := subject.Each(ctx, c.workers, c.frames, func(ctx context.Context, i int) error {
		return measureOne(ctx, composer, engine, i, rows[2*i:2*i+2])
	})
	return rows, err
}

func measureOne(ctx context.Context, composer compose.Composer, engine capture.Analyzer, i int, rows []fit.Row) error {
	f, err := composer.Frame(i)
	if err != nil {
		return err
	}
	for k, kind := range []capture.Kind{capture.Still, capture.Preview} {
		m, err := compose.Measured(ctx, engine, f.Document.Step, kind, f.Document.Asked, f.JPEG)
		if err != nil {
			return fmt.Errorf("frame %d: %w", i, err)
		}
		rows[k] = fit.Row{
			Number: i, Kind: kind, Document: f.Document.Name, Group: f.Document.Group, Look: f.Look, Fault: f.Fault,
			Said: f.Said,
			Step: f.Document.Step, Asked: f.Document.Asked, Measured: *m.Document,
		}
		if m.Document.Found && f.Fault != "none" {
			rows[k].IoU = subject.IoU(m.Document.Corners, f.Corners)
		}
	}
	return nil
}
