//go:build !linux

package worker

import (
	"os"
	"syscall"
	"time"
)

// Other systems serve development only: no limits are set there, and a child ends
// by the end of its pipe.
func confine(_, _ uint64) error { return nil }

type isolation int

const plain isolation = 0

func isolations() []isolation { return []isolation{plain} }

func (isolation) process() *syscall.SysProcAttr { return nil }

// Hide does nothing here.
func Hide() error { return nil }

func shown(_ isolation, do func() error) error { return do() }

// cpuTime is not known here: the clock on the wall decides.
func cpuTime(int) (time.Duration, bool) { return 0, false }

func widen(*os.File) {}

// runnable is not known here.
func runnable(int) bool { return false }
