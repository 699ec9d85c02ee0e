package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
)

// runLint carries out "qa lint": reads scenarios and plays nothing.
func runLint(_ context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("qa lint", flag.ContinueOnError)
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if f.NArg() == 0 {
		fmt.Fprintln(stderr, "qa lint: want scenario files or folders")
		return errUsage
	}
	r := runFlags{scenarios: f.Args()}
	paths, err := r.files()
	if err != nil {
		return err
	}
	wrong := 0
	for _, path := range paths {
		if _, err := LoadScenario(path, nil); err != nil {
			wrong++
			fmt.Fprintf(stdout, "%v\n", err)
		}
	}
	if wrong > 0 {
		return errors.New(plural(wrong, "scenario is", "scenarios are") + " wrong")
	}
	fmt.Fprintf(stdout, "%s right\n", plural(len(paths), "scenario is", "scenarios are"))
	return nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
