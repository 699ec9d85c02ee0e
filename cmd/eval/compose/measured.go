package compose

import (
	"context"
	"errors"
	"time"

	"visavis/capture"
)

// busyTries is how often an engine is asked again that took too long: a busy machine is slow.
const busyTries = 5

// Measured lets an engine measure a picture as a session would.
func Measured(ctx context.Context, engine capture.Analyzer, step capture.Step, kind capture.Kind,
	asked capture.Document, jpeg []byte) (m capture.Measurements, err error) {
	frame, err := capture.NewFrame(step, kind, asked, 1, time.Time{}, jpeg)
	if err != nil {
		return m, err
	}
	return MeasuredFrame(ctx, engine, frame)
}

// MeasuredFrame is Measured of a frame.
func MeasuredFrame(
	ctx context.Context, engine capture.Analyzer, frame capture.Frame,
) (m capture.Measurements, err error) {
	err = Again(func() error {
		m, err = engine.Analyze(ctx, frame)
		return err
	})
	return m, err
}

// Again asks once, and again while the machine is busy, some times at most.
func Again(ask func() error) (err error) {
	for range 1 + busyTries {
		if err = ask(); !errors.Is(err, capture.ErrBusy) {
			break
		}
	}
	return err
}
