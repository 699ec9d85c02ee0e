package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"log/slog"
	"time"

	"visavis/capture"
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
	if err := warm(analyzer); err != nil {
		return err
	}
	return worker.Serve(analyzer, in, out)
}

// warm measures a drawn card and an empty scene once, so that what libraries and
// models do at their first use is done before somebody waits for it.
func warm(analyzer capture.Analyzer) error {
	img := image.NewGray(image.Rect(0, 0, 1280, 720))
	for i := range img.Pix {
		x, y := i%1280, i/1280
		img.Pix[i] = 60
		if x > 240 && x < 1040 && y > 110 && y < 610 { // a card's proportions
			img.Pix[i] = 200 + byte(x*y%40) // with something on it
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	for _, step := range []capture.Step{capture.DocumentFront, capture.Selfie} {
		f, err := capture.NewFrame(step, capture.Preview, capture.IdentityCard, 0, time.Now(), b.Bytes())
		if err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
		f.WantThumbnail = true
		// What it finds is of no interest; missing models are told per frame.
		_, _ = analyzer.Analyze(context.Background(), f)
	}
	return nil
}
