package worker

import (
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"visavis/capture"
)

// obituaryWait is how long to wait for the exit status of a worker that broke off.
const obituaryWait = 2 * time.Second

// blame reports whether a worker's end was caused by its picture: it used up its
// processor time, or crashed. A worker that was killed from outside, or that hangs
// without using processor time, says nothing about the picture.
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

// hangShare is the minimum processor time of a frame that used up its time. With less,
// the worker was stopped from outside.
const hangShare = 100 * time.Millisecond

// meter starts to measure a worker's processor time, or wall time if the system reports
// none.
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

// Bounds on sessions whose pictures crashed workers.
const (
	offencesAllowed = 2 // the second ends the session
	offenderCount   = 4096
)

// offenders counts the crashed workers of each session. Safe for concurrent use.
type offenders struct {
	mu    sync.Mutex
	count map[string]int
	order []string // oldest first
}

// note counts a worker lost to a session and reports whether the session must end.
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

// check refuses work of a session that must end.
func (o *offenders) check(who capture.Asker) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count[who.Session] >= offencesAllowed {
		return fmt.Errorf("%w: %d workers lost", capture.ErrOffender, offencesAllowed)
	}
	return nil
}
