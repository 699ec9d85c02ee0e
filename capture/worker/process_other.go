//go:build !linux

package worker

import (
	"os"
	"syscall"
	"time"
)

// Other systems are for development only. They set no limits, and a child exits at the
// end of its pipe.
func confine(_, _ uint64) error { return nil }

type isolation int

const plain isolation = 0

func isolations() []isolation { return []isolation{plain} }

func (isolation) process() *syscall.SysProcAttr { return nil }

// Hide does nothing on this system.
func Hide() error { return nil }

func shown(_ isolation, do func() error) error { return do() }

// cpuTime is not available on this system; wall time is used.
func cpuTime(int) (time.Duration, bool) { return 0, false }

func widen(*os.File) {}

// runnable is not available on this system.
func runnable(int) bool { return false }
