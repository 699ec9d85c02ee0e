package live

import (
	"bytes"
	"context"
	"time"

	"visavis/capture"
	"visavis/protocol"
)

// Bounds of the frames kept of one step's challenge: enough to see a tilt of three
// seconds or three gestures, small enough for many captures.
const (
	sequenceFrames = 60
	sequenceBytes  = 3 << 20
)

// SequenceFrame is one frame of a challenge.
type SequenceFrame struct {
	At   time.Time
	JPEG []byte
}

// sequence collects the frames of the current challenge, in memory only. The holder of
// the capture's turn owns it.
type sequence struct {
	step   capture.Step
	frames []SequenceFrame
	size   int
}

// add keeps a frame. If there are too many, it drops every second one, so that the rest
// still spans the whole challenge.
func (q *sequence) add(step capture.Step, jpeg []byte, at time.Time) {
	if q.step != step {
		*q = sequence{step: step}
	}
	q.frames = append(q.frames, SequenceFrame{at, bytes.Clone(jpeg)})
	q.size += len(jpeg)
	for len(q.frames) > 1 && (len(q.frames) > sequenceFrames || q.size > sequenceBytes) {
		q.thin()
	}
}

func (q *sequence) thin() {
	kept := q.frames[:0]
	q.size = 0
	for i, f := range q.frames {
		if i%2 == 0 {
			kept = append(kept, f)
			q.size += len(f.JPEG)
		}
	}
	clear(q.frames[len(kept):])
	q.frames = kept
}

// challenged reports whether a challenge is open.
func challenged(f *capture.Flow) bool {
	_, phase, open := f.Current()
	return open && phase.Asks()
}

// watchChallenge keeps a preview of an open challenge for the evidence of an enrolment.
// The caller holds the turn.
func (c *capturing) watchChallenge(r *captureState, f protocol.Frame) {
	if c.subject != "" && challenged(r.Flow) {
		c.sequence.add(capture.Step(f.Step), f.Data, c.plane.now())
	}
}

// keepSequence stores the frames of a finished challenge as evidence. A failure delays
// nobody; the reviewer then lacks the sequence. The caller holds the turn.
func (c *capturing) keepSequence(ctx context.Context) {
	q := c.sequence
	r := c.work
	if len(q.frames) == 0 || r == nil || r.Flow == nil {
		return
	}
	if step, _, open := r.Flow.Current(); open && step == q.step && challenged(r.Flow) {
		return // it goes on
	}
	c.sequence = sequence{}
	if err := c.plane.Subjects.Sequence(ctx, c.subject, q.step, q.frames); err != nil {
		c.plane.Logger.WarnContext(ctx, "sequence not kept", "session", c.reference(), "step", string(q.step), "err", err)
	}
}
