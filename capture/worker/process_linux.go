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

// isolation is how a worker is set apart when it is started.
type isolation int

const (
	plain      isolation = iota
	ownNetwork           // an empty network, which takes a privilege
	ownUser              // the same by way of an own user namespace, where the system lets
)

// isolations are the ways to start a worker, best first.
func isolations() []isolation {
	if os.Geteuid() == 0 {
		return []isolation{ownNetwork, ownUser, plain}
	}
	return []isolation{ownUser, plain}
}

// process are the attributes of a worker. The kernel kills it when the thread that started it ends.
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

// hidden is set once Hide was called.
var hidden atomic.Bool

// Hide keeps other processes of the same user, and core dumps, from the memory and environment of this one.
func Hide() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("hide process: %w", err)
	}
	hidden.Store(true)
	return nil
}

// starting guards the moment in which a hidden process shows itself: the kernel gives the file that maps the user of a
// new namespace to whoever owns the process that makes it, and a hidden one is root's.
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
