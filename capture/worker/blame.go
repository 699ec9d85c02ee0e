package worker

import (
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"visavis/capture"
)

// obituaryWait is how long a worker that broke off may take to be collected.
const obituaryWait = 2 * time.Second

// blame tells whether a worker's end can be laid at its picture: it used up its time, or it ended by a fault of
// its own. A worker that somebody killed, or that hangs without using time, tells nothing of the picture.
func (c *child) blame(overtime bool, cost time.Duration) bool {
	if overtime {
		return cost >= hangShare
	}
	select {
	case <-c.gone:
	case <-time.After(obituaryWait):
		return true // it lives and talks nonsense
	}
	if c.cmd.ProcessState == nil {
		return false
	}
	status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return true
	}
	// Sent from outside, of the kernel for want of memory or of an operator. The rest are faults: ABRT, SEGV, BUS, SYS.
	outside := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}
	return !slices.Contains(outside, status.Signal())
}

// hangShare is the least processor time of a frame that used up its time; with less the worker was stopped.
const hangShare = 100 * time.Millisecond

// meter begins to count the processor time of a worker; where the system tells none, the time on the wall.
func (c *child) meter() func() time.Duration {
	began := time.Now()
	before, known := cpuTime(c.cmd.Process.Pid)
	return func() time.Duration {
		now, still := cpuTime(c.cmd.Process.Pid)
		if known && still {
			return now - before
		}
		return time.Since(began)
	}
}

// Sessions whose pictures stopped workers.
const (
	offencesAllowed = 2 // the second ends the session
	offenderCount   = 4096
)

// offenders counts the workers that each session cost. Its methods may be called by any goroutine.
type offenders struct {
	mu    sync.Mutex
	count map[string]int
	order []string // oldest first
}

// note counts a worker lost to a session; true when the session is to end.
func (o *offenders) note(who capture.Asker) bool {
	if who.Session == "" {
		return false // a job of our own
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count == nil {
		o.count = map[string]int{}
	}
	if o.count[who.Session] == 0 {
		o.order = append(o.order, who.Session)
	}
	o.count[who.Session]++
	if len(o.order) > offenderCount {
		delete(o.count, o.order[0])
		o.order = o.order[1:]
	}
	return o.count[who.Session] >= offencesAllowed
}

// check refuses the work of a session that is to end.
func (o *offenders) check(who capture.Asker) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count[who.Session] >= offencesAllowed {
		return fmt.Errorf("%w: %d workers lost", capture.ErrOffender, offencesAllowed)
	}
	return nil
}
