package live

import (
	"bytes"
	"context"
	"time"

	"visavis/capture"
	"visavis/protocol"
)

// The most that is kept of one step's challenge: enough to see a tilt of three
// seconds or three gestures, little enough for the memory of many captures.
const (
	sequenceFrames = 60
	sequenceBytes  = 3 << 20
)

// SequenceFrame is one frame of a challenge.
type SequenceFrame struct {
	At   time.Time
	JPEG []byte
}

// sequence gathers the frames of the challenge that is asked now, in memory alone.
// It belongs to the holder of the capture's turn.
type sequence struct {
	step   capture.Step
	frames []SequenceFrame
	size   int
}

// add keeps a frame. Where there are too many, every second one goes, so that what
// is kept still spans all of it.
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

// challenged tells whether a challenge is asked now.
func challenged(f *capture.Flow) bool {
	_, phase, open := f.Current()
	return open && (phase == capture.PhaseTilt || phase == capture.PhaseGesture)
}

// watchChallenge keeps a preview that was shown while a challenge was asked, for
// the evidence of an enrolment. The caller holds the turn.
func (c *capturing) watchChallenge(r *captureState, f protocol.Frame) {
	if c.subject != "" && challenged(r.Flow) {
		c.sequence.add(capture.Step(f.Step), f.Data, time.Now())
	}
}

// keepSequence hands the frames of a challenge that is over to the evidence. What
// cannot be kept is missing for the reviewer, and holds nobody up. The caller holds
// the turn.
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
