package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// openState returns the state of a capture that has started.
func (c *capturing) openState(ctx context.Context) (*captureState, error) {
	r, err := c.current(ctx)
	switch {
	case err != nil:
		return nil, err
	case r == nil || r.Flow == nil || !r.Started:
		return nil, Refuse(protocol.CodeNotAllowed, "say start first")
	}
	if sess := c.newest.Load(); sess != nil && sess.State != pairing.Paired {
		return nil, pairing.ErrNotAllowed
	}
	return r, nil
}

// asked is what the analysis of a frame is asked for besides its step, and told.
type asked struct {
	picture bool              // a thumbnail too
	last    *capture.Sighting // what the preview before showed
	moving  bool              // the head is asked to turn
}

// measure checks the image's structure and has it analysed. The error is a
// *capture.FrameError, capture.ErrBusy, or a server fault.
func (c *capturing) measure(ctx context.Context, f protocol.Frame, doc capture.Document, kind capture.Kind, jpeg []byte,
	a asked) (capture.Measurements, error) {
	frame, err := capture.NewFrame(capture.Step(f.Step), kind, doc, f.Seq, f.CapturedAt, jpeg)
	if err != nil {
		return capture.Measurements{}, err
	}
	frame.WantThumbnail, frame.Last, frame.Moving = a.picture, a.last, a.moving
	ctx, cancel := context.WithTimeout(ctx, c.plane.Analysis)
	defer cancel()
	m, err := c.plane.Analyzer.Analyze(ctx, frame)
	if errors.Is(err, context.DeadlineExceeded) {
		return m, fmt.Errorf("%w: %w", capture.ErrBusy, err)
	}
	return m, err
}

// assemble joins the parts of a still. whole is false while parts are missing.
func (c *capturing) assemble(ctx context.Context, u *upload) (jpeg []byte, whole bool, err error) {
	parts, err := c.plane.Service.Parts(ctx, c.id, u.name())
	if err != nil || len(parts) < u.Parts {
		return nil, false, err
	}
	for i := range u.Parts {
		part, ok := parts[i]
		if !ok {
			return nil, false, nil
		}
		jpeg = append(jpeg, part...)
	}
	return jpeg, true, nil
}

// liveEvery and pictureEvery are the minimum intervals of a session's live news and of
// its pictures.
const (
	liveEvery    = 250 * time.Millisecond
	pictureEvery = time.Second
)

// live sends the desktops what the phone sees. It may be lost.
func (c *capturing) live(ctx context.Context, l protocol.Live, now time.Time) {
	if !c.listening(now) || (now.Sub(c.lastLive) < liveEvery && len(l.Thumbnail) == 0) {
		return
	}
	c.lastLive = now
	c.plane.tellDesktops(ctx, c.id, l)
}
