package jail

import (
	"fmt"
	"slices"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// allowed are the system calls that the Go runtime, the C library, OpenCV and tesseract make once the models are
// loaded. Every other one fails with EPERM. None of them reaches another process, a socket or a program; files are
// left to Landlock, and those open for reading only.
var allowed = []string{
	// memory
	"brk", "munmap", "mremap", "madvise", "mincore", "membarrier",
	// what is open
	"read", "write", "readv", "writev", "pread64", "pwrite64", "lseek", "close", "close_range", "fstat", "newfstatat",
	"stat", "lstat",
	"statx", "fcntl", "dup", "dup3", "getdents64", "readlink", "readlinkat", "access", "faccessat", "faccessat2", "getcwd",
	"statfs", "fstatfs",
	"poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
	"eventfd2", "pipe2",
	// threads, signals to oneself, time
	"futex", "exit", "exit_group", "set_robust_list", "get_robust_list", "set_tid_address", "rseq", "arch_prctl",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "sigaltstack", "restart_syscall",
	"sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
	"sched_get_priority_min", "getcpu",
	"nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time", "times",
	"timer_create", "timer_settime", "timer_delete", "setitimer",
	// what it is
	"getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "getrusage", "getrlimit",
	"sysinfo", "uname",
}

// filter allows what is listed, and some calls with some arguments only. files says that Landlock guards the files:
// without it nothing is opened for writing.
func filter(pid int, files bool) (seccomp.Filter, error) {
	info, err := arch.GetInfo("")
	if err != nil {
		return seccomp.Filter{}, fmt.Errorf("system calls of this processor: %w", err)
	}
	has := func(name string) bool { _, ok := info.SyscallNames[name]; return ok }
	names := slices.DeleteFunc(slices.Clone(allowed), func(name string) bool { return !has(name) })
	is := func(argument uint32, value uint64) seccomp.Condition {
		return seccomp.Condition{Argument: argument, Operation: seccomp.Equal, Value: value}
	}
	threads := seccomp.Condition{Argument: 0, Operation: seccomp.BitsSet, Value: unix.CLONE_THREAD}
	var some []seccomp.NameWithConditions
	allow := func(name string, conditions ...seccomp.Condition) {
		conditions = slices.DeleteFunc(conditions, func(c seccomp.Condition) bool {
			return c.Operation == seccomp.BitsNotSet && c.Value == 0
		})
		if has(name) && len(conditions) == 0 {
			names = append(names, name)
		} else if has(name) {
			some = append(some, seccomp.NameWithConditions{Name: name, Conditions: conditions})
		}
	}
	allow("clone", threads)
	for _, name := range []string{"tgkill", "kill", "prlimit64"} { // of itself
		allow(name, is(0, uint64(pid)))
	}
	allow("prlimit64", is(0, 0))
	for _, option := range []uint64{unix.PR_SET_NAME, unix.PR_GET_NAME, unix.PR_SET_VMA, unix.PR_GET_DUMPABLE} {
		allow("prctl", is(0, option))
	}
	without := func(argument uint32, bits uint64) seccomp.Condition {
		return seccomp.Condition{Argument: argument, Operation: seccomp.BitsNotSet, Value: bits}
	}
	allow("mmap", without(2, unix.PROT_EXEC)) // all code is loaded
	allow("mprotect", without(2, unix.PROT_EXEC))
	writing := uint64(unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC | unix.O_APPEND)
	if files {
		writing = 0
	}
	allow("openat", without(2, writing))
	allow("open", without(1, writing))
	groups := []seccomp.SyscallGroup{
		{Action: seccomp.ActionAllow, Names: names, NamesWithCondtions: some},
	}
	if has("clone3") { // its flags lie in memory: the C library then takes clone
		groups = append(groups, seccomp.SyscallGroup{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS),
			Names: []string{"clone3"}})
	}
	return seccomp.Filter{
		NoNewPrivs: true, Flag: seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: groups},
	}, nil
}
