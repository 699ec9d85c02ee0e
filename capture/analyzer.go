package capture

import (
	"context"
	"errors"
)

// Analyzer measures frames. Implementations are safe for concurrent use.
//
// Analyze returns ErrBusy (wrapped) if the frame could not be analysed now: no worker was
// free within the wait, or the worker crashed. The caller may send the next frame. It
// returns a *FrameError if the bytes are not an acceptable image. Any other error is a
// fault of the server. The context bounds the wait.
type Analyzer interface {
	Analyze(ctx context.Context, f Frame) (Measurements, error)
}

// ErrBusy says that a frame was not analysed and that the next one may be sent.
var ErrBusy = errors.New("analysis busy")

// AnalyzerFunc adapts a function to an Analyzer.
type AnalyzerFunc func(ctx context.Context, f Frame) (Measurements, error)

// Analyze calls f.
func (fn AnalyzerFunc) Analyze(ctx context.Context, f Frame) (Measurements, error) {
	return fn(ctx, f)
}
