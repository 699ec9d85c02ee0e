package live

import (
	"context"
	"time"

	"visavis/capture"
	"visavis/pairing"
)

// leastWait is the minimum delay before a deadline that did not move is handled again.
const leastWait = 250 * time.Millisecond

// arm sets the timer for changes by time alone, so that both devices are told even
// without previews.
func (c *capturing) arm(r *captureState) {
	var due time.Time
	if r != nil && r.Flow != nil && r.Started {
		due = r.Flow.Due()
	}
	wait := due.Sub(c.plane.now())
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case due.IsZero() && c.deadline != nil:
		c.deadline.Stop()
	case due.IsZero():
	case c.deadline == nil:
		c.deadline = time.AfterFunc(max(wait, leastWait), c.late)
	default:
		c.deadline.Reset(max(wait, leastWait))
	}
}

// late runs when a deadline of the capture has passed.
func (c *capturing) late() {
	if !c.plane.captures.enter() {
		return
	}
	defer c.plane.captures.pending.Done()
	ctx, cancel := context.WithTimeout(c.plane.base, c.plane.Analysis+settleWithin)
	defer cancel()
	c.plane.check(ctx, "deadline", func() error { return c.pass(ctx) })
}

// pass applies what is due and sends it.
func (c *capturing) pass(ctx context.Context) error {
	release, err := c.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if sess := c.newest.Load(); sess == nil || sess.State != pairing.Paired || sess.Finished {
		return nil
	}
	r, err := c.current(ctx)
	if err != nil || r == nil || r.Flow == nil {
		return err
	}
	if due := r.Flow.Due(); due.IsZero() || due.After(c.plane.now()) {
		c.arm(r) // a frame that came meanwhile moved the deadline
		return nil
	}
	var out capture.Outcome
	err = c.change(ctx, func(r *captureState) (*captureState, bool, error) {
		if r == nil || r.Flow == nil {
			return r, false, nil
		}
		out = r.Flow.Tick(c.plane.now())
		return r, out.Changed, nil
	})
	if err != nil || !out.Changed {
		return err
	}
	c.keepSequence(ctx)
	to := c.phone.Load()
	if to == nil {
		to = NewOutbox() // without a socket nobody reads it: the next request reads the state
	}
	return exchange{plane: c.plane, cap: c, out: to}.after(ctx, out)
}
