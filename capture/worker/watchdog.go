package worker

import (
	"sync"
	"time"
)

// The timeout of a frame counts processor time, not wall time. Under load a kill would add the cost of a restart. A
// worker that uses no processor time and is not waiting for any is stuck and is killed after the timeout in wall
// time. wallTimes bounds the wait in every case.
const (
	stuckShare = 50 // a worker that used less than 1/50 of the wall time is stuck
	wallTimes  = 5  // the longest wall time, in timeouts
	looks      = 8  // checks a timeout, after the first timeout has passed
)

// watchdog ends the wait for the answer to one frame.
type watchdog struct {
	mu    sync.Mutex
	done  bool
	timer *time.Timer
	began time.Time
	used  time.Duration // processor time at the start
}

// watch starts the timeout of a frame and calls expire when it is over. The caller calls stop when the answer has come;
// expire does not run afterwards.
func (c *child) watch(timeout time.Duration, expire func()) (stop func()) {
	w := &watchdog{began: time.Now()}
	pid := c.cmd.Process.Pid
	w.used, _ = cpuTime(pid)
	w.mu.Lock() // the callback must not run before timer is set
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(timeout, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch {
		case w.done:
		case overdue(pid, w.used, time.Since(w.began), timeout):
			expire()
		default:
			w.timer.Reset(timeout / looks)
		}
	})
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.done = true
		w.timer.Stop()
	}
}

// overdue reports whether a process has used up the timeout of one frame.
func overdue(pid int, before, wall, timeout time.Duration) bool {
	now, known := cpuTime(pid)
	used := now - before
	if !known || used >= timeout || wall >= wallTimes*timeout {
		return true
	}
	return used < wall/stuckShare && !runnable(pid)
}
