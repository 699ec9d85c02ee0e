package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Delays before a crashed worker is restarted. They grow only while starts fail: a worker
// that was ready lost a single frame, and others wait for it.
const (
	firstPause = 50 * time.Millisecond
	longPause  = 5 * time.Second
)

// supervise keeps one worker alive until Close. It sends the first start's outcome to
// first. Its goroutine is locked to its thread, because the kernel kills a child when the
// thread that started it ends.
func (p *Pool) supervise(first chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pause := firstPause
	for {
		wasReady := false
		err := p.live(func() {
			wasReady = true
			if first != nil {
				first <- nil
				first = nil
			}
		})
		if p.ctx.Err() != nil {
			if first != nil {
				first <- ErrClosed
			}
			return
		}
		if first != nil {
			first <- err
			return // New gives up
		}
		p.restarts.Add(1)
		if wasReady {
			pause = firstPause
		}
		p.cfg.Logger.Warn("worker restarting", "pause", pause, "err", err)
		timer := time.NewTimer(pause)
		select {
		case <-p.ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		pause = min(2*pause, longPause)
	}
}

// live starts one worker, offers it to the calls, and returns why it ended.
func (p *Pool) live(ready func()) error {
	var c *child
	err := p.spare.lend(func() (err error) {
		c, err = startChild(p.cfg)
		return err
	})
	if err != nil {
		return err
	}
	var collector sync.WaitGroup
	collector.Go(c.wait)
	defer func() {
		c.kill()
		collector.Wait()
		c.closePipes()
	}()
	stop := context.AfterFunc(p.ctx, c.kill) // also while it loads its models
	defer stop()
	if err := c.ready(p.cfg.StartTimeout); err != nil {
		c.kill()
		<-c.gone
		return c.obituary(err)
	}
	if words := c.stderr.String(); words != "" {
		p.cfg.Logger.Warn("worker has something to say", "pid", c.cmd.Process.Pid, "stderr", words)
	}
	p.tellJail.Do(func() {
		if len(c.lacks) > 0 {
			p.cfg.Logger.Warn("workers are not jailed whole", "lacking", c.lacks)
		}
	})
	ready()
	p.offer(c)
	select {
	case <-c.gone:
		return c.obituary(c.exit)
	case <-p.ctx.Done():
		return ErrClosed
	}
}

// obituary adds a child's last output to its exit error.
func (c *child) obituary(err error) error {
	if err == nil {
		err = errors.New("worker ended by itself")
	}
	if words := c.stderr.String(); words != "" {
		return fmt.Errorf("%w: %s", err, words)
	}
	return err
}
