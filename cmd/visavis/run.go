package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"visavis/capture/worker"
)

// environment is what a command sees of the machine: tests give it another one.
type environment struct {
	getenv         func(string) string
	environ        func() []string // nil: nothing but getenv is known
	stdin          io.Reader
	stdout, stderr io.Writer
	// hide keeps the settings from other processes once they are read; nil: nothing does.
	hide func() error
}

func system() environment {
	return environment{getenv: os.Getenv, environ: os.Environ, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		hide: hide}
}

// hide forgets the settings that came in the environment, and closes this process to others of its user: the workers
// run as that user.
func hide() error {
	for _, line := range os.Environ() {
		if name, _, _ := strings.Cut(line, "="); strings.HasPrefix(name, variable("")) ||
			name == "OTEL_EXPORTER_OTLP_HEADERS" { // a token may be among them
			if err := os.Unsetenv(name); err != nil {
				return fmt.Errorf("hide settings: %w", err)
			}
		}
	}
	return worker.Hide()
}

// command runs one command of the program with the arguments after its name,
// until it is done or ctx ends.
type command func(ctx context.Context, args []string, env environment) error

// run finds the command: the first argument, or serve when it is a flag or absent.
func run(ctx context.Context, args []string, env environment) error {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	known := commands()
	do, ok := known[name]
	if !ok {
		return fmt.Errorf("unknown command %q: want one of %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return do(ctx, args, env)
}
