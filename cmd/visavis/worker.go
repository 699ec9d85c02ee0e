package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"visavis/capture/opencv"
	"visavis/capture/worker"
)

// runWorker is a worker process: it measures the frames that its parent sends
// over descriptor 3 and answers over descriptor 4, until the parent is gone. The
// parent alone ends it: a signal that a terminal sends to all processes lets the
// frames on their way be finished.
func runWorker(_ context.Context, args []string, env environment) (err error) {
	if len(args) > 0 {
		return fmt.Errorf("worker: unexpected argument %q", args[0])
	}
	in, out := worker.Files()
	if _, err := in.Stat(); err != nil {
		return errors.New("worker: visavis serve starts this command by itself; it is of no use in a terminal")
	}
	if err := worker.Confine(); err != nil {
		return err
	}
	analyzer, err := opencv.New(opencv.Config{
		ModelDir: env.getenv(variable("models")),
		Logger:   slog.New(slog.NewTextHandler(env.stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, analyzer.Close()) }()
	return worker.Serve(analyzer, in, out)
}
