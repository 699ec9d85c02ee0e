package worker

import (
	"sync"
	"time"
)

// A frame has its time in full: time of the processor, not of the clock on the
// wall. On a machine under load a kill would cost a new start, which is more load
// yet. Whoever takes no processor time at all, and does not wait for any, is stuck;
// and nobody waits for ever.
const (
	stuckShare = 50 // less than this fraction of the wall's time: stuck, not starved
	wallTimes  = 5  // times the timeout on the wall at most
	looks      = 8  // looks a timeout, once it is over
)

// watchdog breaks off the answer to one frame.
type watchdog struct {
	mu    sync.Mutex
	done  bool
	timer *time.Timer
	began time.Time
	used  time.Duration // processor time at the begin
}

// watch calls expire when the frame that the child begins now has had its time.
// The caller calls stop when the answer has come; expire does not run after it.
func (c *child) watch(timeout time.Duration, expire func()) (stop func()) {
	w := &watchdog{began: time.Now()}
	pid := c.cmd.Process.Pid
	w.used, _ = cpuTime(pid)
	w.mu.Lock() // the first look finds the timer set
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

// overdue tells whether a process has had the time of one frame.
func overdue(pid int, before, wall, timeout time.Duration) bool {
	now, known := cpuTime(pid)
	used := now - before
	if !known || used >= timeout || wall >= wallTimes*timeout {
		return true
	}
	return used < wall/stuckShare && !runnable(pid)
}
