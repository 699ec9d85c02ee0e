package worker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxFiles is enough for the libraries and models that a worker opens.
const maxFiles = 256

// confine sets soft and hard limits. Unlimited leaves a limit unchanged.
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

// cpuTime is the processor time of a process, over all its threads.
func cpuTime(pid int) (time.Duration, bool) {
	const ofProcess = 2 // CPUCLOCK_SCHED of a process, as clock_getcpuclockid(3) makes it
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|ofProcess), &ts); err != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}

// runnable reports whether a thread of a process runs or waits for a processor.
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

// isolation is how a worker process is isolated at its start.
type isolation int

const (
	plain      isolation = iota
	ownNetwork           // an empty network, which takes a privilege
	ownUser              // the same by way of an own user namespace, where the system lets
)

// isolations returns the ways to start a worker, best first.
func isolations() []isolation {
	if os.Geteuid() == 0 {
		return []isolation{ownNetwork, ownUser, plain}
	}
	return []isolation{ownUser, plain}
}

// process returns the attributes of a worker. The kernel kills it when the thread that
// started it ends.
func (i isolation) process() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	switch i {
	case ownNetwork:
		a.Cloneflags = unix.CLONE_NEWNET | unix.CLONE_NEWIPC
	case ownUser:
		a.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWIPC
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// hidden is set by Hide.
var hidden atomic.Bool

// Hide makes this process's memory and environment inaccessible to other processes of the
// same user, and disables core dumps.
func Hide() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("hide process: %w", err)
	}
	hidden.Store(true)
	return nil
}

// starting guards the start of an isolated worker, during which a hidden process is
// visible: the kernel gives the uid_map of a new user namespace to the owner of its
// creator, and that of a hidden process is root.
var starting sync.Mutex

func shown(i isolation, do func() error) error {
	if i != ownUser || !hidden.Load() {
		return do()
	}
	starting.Lock()
	defer starting.Unlock()
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("show process: %w", err)
	}
	return errors.Join(do(), unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
}

// widen enlarges a pipe's buffer to a whole frame, so that writer and reader switch once.
// Failure only costs time.
func widen(pipe *os.File) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) // the most that needs no privilege
	})
}
