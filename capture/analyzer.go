package capture

import (
	"context"
	"errors"
)

// Analyzer measures frames. Implementations are safe for concurrent use.
//
// Analyze returns ErrBusy (wrapped) when the frame could not be looked at now and
// the next one may be sent: no worker is free within the wait, or one died. It
// returns a *FrameError when the bytes are not an image it can take. Any other
// error is a fault of the server. The context bounds the wait.
type Analyzer interface {
	Analyze(ctx context.Context, f Frame) (Measurements, error)
}

// ErrBusy says that a frame was not looked at and that the next one may be sent.
var ErrBusy = errors.New("analysis busy")

// AnalyzerFunc lets a function be an Analyzer.
type AnalyzerFunc func(ctx context.Context, f Frame) (Measurements, error)

// Analyze calls f.
func (fn AnalyzerFunc) Analyze(ctx context.Context, f Frame) (Measurements, error) {
	return fn(ctx, f)
}
