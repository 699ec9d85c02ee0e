package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"visavis/capture"
	"visavis/capture/opencv"
	"visavis/capture/worker"
	"visavis/capture/worker/jail"
)

// runWorker is a worker process: it measures the frames that its parent sends
// over descriptor 3 and answers over descriptor 4, until the parent is gone. The
// parent alone ends it: a signal that a terminal sends to all processes lets the
// frames on their way be finished.
func runWorker(ctx context.Context, args []string, env environment) (err error) {
	switch {
	case len(args) == 1 && args[0] == selfTest:
		return tryJail(ctx, env)
	case len(args) == 1 && args[0] == insideSelfTest:
	case len(args) > 0:
		return fmt.Errorf("worker: unexpected argument %q, want none or %s", args[0], selfTest)
	}
	in, out := worker.Files()
	if _, err := in.Stat(); err != nil && len(args) == 0 {
		return errors.New("worker: visavis serve starts this command by itself; alone it knows " + selfTest)
	}
	if err := worker.Confine(); err != nil {
		return err
	}
	models := env.getenv(variable("models"))
	analyzer, err := opencv.New(opencv.Config{ModelDir: models, Logger: slog.New(slog.NewTextHandler(env.stderr, nil))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, analyzer.Close()) }()
	if err := warm(analyzer); err != nil {
		return err
	}
	lacks, err := jail.Apply(jail.Config{Read: readable(models, env), Write: []string{os.DevNull}})
	if err != nil {
		return err
	}
	if len(args) > 0 {
		return attempt(env, lacks)
	}
	return worker.Serve(analyzer, lacks, in, out)
}

// readable is what a jailed worker may read: the models, and what tesseract loads when somebody first reads print.
func readable(models string, env environment) []string {
	tesseract := env.getenv("TESSDATA_PREFIX")
	if tesseract == "" {
		tesseract = "/usr/share/tesseract-ocr"
	}
	if models == "" {
		return []string{tesseract}
	}
	return []string{models, tesseract}
}

// The arguments of a worker that tries its jail: from outside, and from inside of it.
const (
	selfTest       = "--selftest-jail"
	insideSelfTest = "--selftest-jail=inside"
)

// tryJail starts a worker that attempts what an attacker would, and tells how each attempt ended.
func tryJail(ctx context.Context, env environment) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	tries, err := worker.TryJail(ctx, worker.Config{
		Command: []string{self, "worker", insideSelfTest},
		Env:     []string{variable("models") + "=" + env.getenv(variable("models"))},
	})
	if err != nil {
		return err
	}
	for _, t := range tries.Tries {
		ending := "refused: " + t.Refused
		switch {
		case t.Refused == "" && t.Lacking:
			ending = "possible here"
		case t.Refused == "":
			ending = "POSSIBLE"
		}
		fmt.Fprintf(env.stdout, "%-34s %s\n", t.Name, ending)
	}
	for _, part := range tries.Lacks {
		fmt.Fprintf(env.stdout, "this system lacks %s\n", part)
	}
	if escaped := tries.Escaped(); len(escaped) > 0 {
		return fmt.Errorf("worker: %d attempts escaped the jail: %s", len(escaped), strings.Join(escaped, ", "))
	}
	return nil
}

// attempt makes the attempts from inside of the jail.
func attempt(env environment, lacks []string) error {
	stage, err := io.ReadAll(env.stdin)
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	tries, err := worker.Attempt(stage, lacks)
	if err != nil {
		return err
	}
	_, err = env.stdout.Write(tries)
	return err
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
		// The result is ignored: this call only loads the models. A missing model is reported with each frame.
		_, _ = analyzer.Analyze(context.Background(), f)
	}
	return nil
}
