package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"visavis/capture"
)

// take waits for a free live worker, in the order of the fair queue.
func (p *Pool) take(ctx context.Context, work class, who capture.Asker) (*ticket, *child, error) {
	if p.ctx.Err() != nil {
		return nil, nil, fmt.Errorf("%w: %w", capture.ErrBusy, ErrClosed)
	}
	p.mu.Lock()
	t := p.queue.join(work, who)
	p.match()
	limit := p.cfg.Wait
	if work == classPreview && p.queue.previews() > 2*p.cfg.N {
		limit = p.cfg.PreviewWait
	}
	p.mu.Unlock()
	wait := time.NewTimer(limit)
	defer wait.Stop()
	var err error
	select {
	case c := <-t.grant:
		return t, c, nil
	case <-wait.C:
		err = fmt.Errorf("%w: no worker free within %v", capture.ErrBusy, limit)
	case <-ctx.Done():
		err = fmt.Errorf("%w: no worker free: %w", capture.ErrBusy, ctx.Err())
	case <-p.ctx.Done():
		err = fmt.Errorf("%w: %w", capture.ErrBusy, ErrClosed)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.queue.leave(t) { // served in the same moment
		return t, <-t.grant, nil
	}
	p.waited.Add(1)
	return nil, nil, err
}

// match assigns idle workers to waiting requests. The caller holds mu.
func (p *Pool) match() {
	p.idle = slices.DeleteFunc(p.idle, (*child).ended)
	for len(p.idle) > 0 {
		t := p.queue.next()
		if t == nil {
			return
		}
		last := len(p.idle) - 1
		t.grant <- p.idle[last]
		p.idle = p.idle[:last]
	}
}

// offer returns a live worker to the idle ones.
func (p *Pool) offer(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !c.ended() {
		p.idle = append(p.idle, c)
	}
	p.match()
}
