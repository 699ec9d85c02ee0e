package live

import (
	"context"
	"sync"
	"time"

	"visavis/pairing"
)

// keepCapture is how long a capture without a socket or request is kept, so that a
// reconnecting phone keeps its streak.
const keepCapture = time.Minute

// captures holds the captures of this instance by session. Safe for concurrent use.
type captures struct {
	plane   *Plane
	pending sync.WaitGroup // timer calls in progress

	mu     sync.Mutex // guards what follows, never held over I/O
	open   map[string]*capturing
	closed bool
}

func newCaptures(p *Plane) *captures {
	return &captures{plane: p, open: map[string]*capturing{}}
}

// use returns the capture of a session for the phone that holds it, and makes one if
// needed. It never returns a capture of another phone. Each use requires one done.
func (cs *captures) use(sess pairing.Session) *capturing {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.open[sess.ID]
	if c != nil && c.device != sess.DeviceHash {
		c.quiet()
		c = nil
	}
	if c == nil {
		c = &capturing{plane: cs.plane, id: sess.ID, device: sess.DeviceHash, subject: sess.Subject,
			turn: make(chan struct{}, 1)}
		cs.open[sess.ID] = c
	}
	c.mu.Lock()
	c.users++
	if c.forget != nil {
		c.forget.Stop()
	}
	c.mu.Unlock()
	c.note(&sess)
	return c
}

// done releases a capture. It is dropped a while after its last user.
func (cs *captures) done(c *capturing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users--
	if c.users > 0 {
		return
	}
	if c.forget != nil {
		c.forget.Stop()
	}
	c.forget = time.AfterFunc(keepCapture, func() { cs.drop(c) })
}

func (cs *captures) drop(c *capturing) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users > 0 || cs.open[c.id] != c {
		return
	}
	delete(cs.open, c.id)
	for _, timer := range []*time.Timer{c.silence, c.deadline} {
		if timer != nil {
			timer.Stop()
		}
	}
}

// hear records that the phone is alive and restarts its deadline. After the limit it
// counts as absent, unless another instance hears it.
func (cs *captures) hear(c *capturing) {
	c.heard.Store(cs.plane.now().UnixMilli())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silence == nil {
		c.silence = time.AfterFunc(cs.plane.Absent, func() { cs.silent(c) })
		return
	}
	c.silence.Reset(cs.plane.Absent)
}

// enter lets a timer call start unless the plane is closing. A true result requires
// pending.Done.
func (cs *captures) enter() bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.closed {
		return false
	}
	cs.pending.Add(1)
	return true
}

// silent runs when a phone was not heard for the limit.
func (cs *captures) silent(c *capturing) {
	if !cs.enter() {
		return
	}
	defer cs.pending.Done()
	ctx, cancel := context.WithTimeout(cs.plane.base, cs.plane.Store)
	defer cancel()
	cs.plane.check(ctx, "mark absent", func() error {
		_, err := cs.plane.Service.MarkAbsent(ctx, c.id)
		return err
	})
}

// quiet stops the timers.
func (c *capturing) quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silence != nil {
		c.silence.Stop()
	}
	if c.forget != nil {
		c.forget.Stop()
	}
	if c.deadline != nil {
		c.deadline.Stop()
	}
}

// close stops every timer and waits for those that run.
func (cs *captures) close() {
	cs.mu.Lock()
	cs.closed = true
	for id, c := range cs.open {
		c.quiet()
		delete(cs.open, id)
	}
	cs.mu.Unlock()
	cs.pending.Wait()
}
