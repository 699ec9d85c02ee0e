package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"visavis/cmd/eval/compose"
	"visavis/cmd/eval/selfies"
)

// measureSelfies composes selfies and counts by group which are refused: eval selfies DIR.
func measureSelfies(ctx context.Context, args []string, env environment) error {
	c := composing{}
	f := c.flags("eval selfies", env)
	doc := f.String("doc", "docs/selfies.md", "file for the page")
	show := f.String("show", "", "folder for the composed pictures; empty: none")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("selfies: name one folder of labelled images")
	}
	o := selfies.Options{Dir: f.Arg(0), Workers: c.workers, Seed: c.seed, Log: env.stderr}
	var err error
	if o.Backgrounds, err = compose.Backgrounds(o.Dir, strings.Split(c.photos, ":")...); err != nil {
		return err
	}
	if *show != "" {
		o.Show = func(name string, jpeg []byte) error {
			return os.WriteFile(filepath.Join(*show, name+".jpg"), jpeg, 0o600)
		}
	}
	pool, err := newPool(c.program, c.models, c.workers, env)
	if err != nil {
		return err
	}
	o.Engine = pool
	result, err := selfies.Run(ctx, o)
	if err = errors.Join(err, pool.Close()); err != nil {
		return err
	}
	return writeFile(*doc, func(w io.Writer) error { return result.Write(w) })
}
