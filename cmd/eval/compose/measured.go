package compose

import (
	"context"
	"errors"
	"time"

	"visavis/capture"
)

// busyTries is how often a picture is measured again that took too long: a busy machine is
// slow.
const busyTries = 5

// Measured lets an engine measure a picture as a session would.
func Measured(ctx context.Context, engine capture.Analyzer, step capture.Step, kind capture.Kind,
	asked capture.Document, jpeg []byte) (m capture.Measurements, err error) {
	frame, err := capture.NewFrame(step, kind, asked, 1, time.Time{}, jpeg)
	if err != nil {
		return m, err
	}
	for range 1 + busyTries {
		if m, err = engine.Analyze(ctx, frame); !errors.Is(err, capture.ErrBusy) {
			break
		}
	}
	return m, err
}
