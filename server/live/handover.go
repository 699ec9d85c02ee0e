package live

import (
	"context"
	"errors"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// countSent reports a counted still to the record plane. The caller holds the turn.
func (c *capturing) countSent(ctx context.Context, step string, out capture.Outcome, jpeg []byte) error {
	if c.subject == "" || out.Stale || out.SamePicture {
		return nil
	}
	return c.plane.Subjects.Sent(ctx, c.subject, capture.Step(step), jpeg)
}

// keep makes an accepted still durable.
func (c *capturing) keep(ctx context.Context, r *captureState, step capture.Step, jpeg []byte) error {
	if c.subject == "" {
		return c.plane.Sink(ctx, c.id, step, jpeg)
	}
	noted, _ := r.Flow.Record(step)
	return c.plane.Subjects.Keep(ctx, c.subject, Kept{Document: r.Document, Step: noted, JPEG: jpeg})
}

// finish records that every step is accepted: in the record plane first, since the
// session may vanish at any time.
func (c *capturing) finish(ctx context.Context) error {
	if r := c.work; c.subject != "" && r != nil && r.Flow != nil {
		if err := c.plane.Subjects.Done(ctx, c.subject, r.Flow.Steps); err != nil {
			return err
		}
	}
	c.plane.Logger.InfoContext(ctx, "capture done", "session", c.reference())
	c.plane.Metrics.done.Inc()
	return c.saw(c.plane.Service.Finish(ctx, c.id))
}

// finishLeft finishes a capture whose last step was accepted but whose finish was lost.
func (c *capturing) finishLeft(ctx context.Context, sess pairing.Session) error {
	r, err := decodeState(sess.Flow)
	if err != nil || r == nil || r.Flow == nil || sess.Finished || sess.State != pairing.Paired {
		return err
	}
	if _, _, open := r.Flow.Current(); open {
		return nil
	}
	release, err := c.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if _, err := c.current(ctx); err != nil {
		return err
	}
	return c.finish(ctx)
}

// failed tells the record plane that this capture has no result.
func (c *capturing) failed(ctx context.Context, reason string) error {
	if c.subject == "" {
		return nil
	}
	return c.plane.Subjects.Failed(ctx, c.subject, reason)
}

// tooMany ends a session that has no still of a side left. The record plane is told if
// the last still showed the wrong kind of document: no better picture would help.
func (c *capturing) tooMany(ctx context.Context, last capture.Hint) error {
	reason := protocol.ReasonTooManyStills
	if last == capture.HintWrongDocument {
		reason = string(last)
	}
	if err := c.failed(ctx, reason); err != nil {
		return err
	}
	return c.saw(c.plane.Service.TooManyStills(ctx, c.id))
}

// unsafe ends a session whose pictures crash the analysis. The attempt ends too. Attempts
// are counted, so this bounds a person's cost.
func (c *capturing) unsafe(ctx context.Context) error {
	failed := c.failed(ctx, protocol.ReasonUnsafePictures)
	return errors.Join(failed, c.saw(c.plane.Service.UnsafePictures(ctx, c.id)))
}
