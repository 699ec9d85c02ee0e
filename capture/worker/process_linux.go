package worker

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxFiles is enough for the libraries and models that a worker opens.
const maxFiles = 256

// confine sets soft and hard limits; Unlimited leaves one as it is.
func confine(space, data uint64) error {
	for _, l := range []struct {
		name  string
		which int
		value uint64
	}{
		{"address space", unix.RLIMIT_AS, space},
		{"data", unix.RLIMIT_DATA, data},
		{"core", unix.RLIMIT_CORE, 0},
		{"file size", unix.RLIMIT_FSIZE, 0},
		{"open files", unix.RLIMIT_NOFILE, maxFiles},
	} {
		if l.value == Unlimited {
			continue
		}
		if err := unix.Setrlimit(l.which, &unix.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("limit %s: %w", l.name, err)
		}
	}
	return nil
}

// cpuTime is the processor time that a process has used, all its threads together.
func cpuTime(pid int) (time.Duration, bool) {
	const ofProcess = 2 // CPUCLOCK_SCHED of a process, as clock_getcpuclockid(3) makes it
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|ofProcess), &ts); err != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}

// runnable tells whether a thread of a process runs or waits for a processor.
func runnable(pid int) bool {
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(stats, func(name string) bool {
		b, err := os.ReadFile(name) // gone meanwhile: it does not run
		after := bytes.LastIndexByte(b, ')')
		return err == nil && bytes.HasPrefix(b[after+1:], []byte(" R"))
	})
}

// attributes let the kernel kill the child when the thread that started it ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// widen makes room for a whole frame in a pipe, so that writer and reader change
// turns once. Without it all works, slower.
func widen(pipe *os.File) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) // the most that needs no privilege
	})
}
