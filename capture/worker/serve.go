package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"visavis/capture"
)

// Serve is the child's loop: it says ready, answers one request after the other
// and returns nil when in ends, which it does when the parent closes it or dies.
// Nothing is recovered: an analyzer that panics ends the process, and the parent
// starts another. The frame's bytes are valid during the call of Analyze only.
func Serve(analyzer capture.Analyzer, in, out *os.File) error {
	if err := writeMessage(out, answer{Op: opReady}, nil); err != nil {
		return fmt.Errorf("say ready: %w", err)
	}
	r := bufio.NewReaderSize(in, 64<<10)
	var buf []byte
	for {
		var req request
		body, err := readMessage(r, &req, buf, maxRequest)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		buf = body
		ans, thumbnail := handle(analyzer, req, body)
		if err := writeMessage(out, ans, thumbnail); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
}

// Files returns the descriptors that the parent has opened for its child.
func Files() (in, out *os.File) {
	return os.NewFile(requestFD, "requests"), os.NewFile(answerFD, "answers")
}

func handle(analyzer capture.Analyzer, req request, body []byte) (ans answer, thumbnail []byte) {
	ans = answer{Op: req.Op, ID: req.ID}
	if req.Op != opAnalyze {
		ans.Error = fmt.Sprintf("unknown operation %q", req.Op)
		return ans, nil
	}
	// The parent's own timeout ends the process; there is nothing to cancel here.
	m, err := analyzer.Analyze(context.Background(), req.Frame.frame(body))
	var refused *capture.FrameError
	switch {
	case errors.As(err, &refused):
		ans.Refused = refused
	case errors.Is(err, capture.ErrBusy):
		ans.Busy = true
	case err != nil:
		ans.Error = err.Error()
	default:
		thumbnail, m.Thumbnail = m.Thumbnail, nil
		ans.Measurements = &m
	}
	return ans, thumbnail
}
