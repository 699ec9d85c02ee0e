package jail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Attempts are made in order. Outside of a jail each succeeds, for a process that may do what its user may.
func (s Stage) Attempts() []Attempt {
	file := func(name string) string { return filepath.Join(s.Dir, name) }
	parent := os.Getppid()
	return []Attempt{
		{"read a key file", true, func() error { return reads(file("key")) }},
		{"read a database", true, func() error { return reads(file("records.db")) }},
		{"read the parent's environment", true, func() error { return reads(fmt.Sprintf("/proc/%d/environ", parent)) }},
		{"list a folder", true, func() error { _, err := os.ReadDir(s.Dir); return err }},
		{"write into a file", false, func() error { return opens(file("records.db"), os.O_WRONLY) }},
		{"truncate a file", false, func() error { return os.Truncate(file("records.db"), 0) }},
		{"create a file", false, func() error { return opens(file("new"), os.O_WRONLY|os.O_CREATE) }},
		{"create a folder", false, func() error { return os.Mkdir(file("folder"), 0o700) }},
		{"rename a file", false, func() error { return os.Rename(file("old"), file("older")) }},
		{"make a link", false, func() error { return os.Symlink("/etc/passwd", file("link")) }},
		{"change a file's mode", false, func() error { return os.Chmod(file("key"), 0o644) }},
		{"remove a file", false, func() error { return os.Remove(file("records.db")) }},
		{"connect to a port", false, func() error { return dials("tcp", s.TCP) }},
		{"listen on a port", false, listens},
		{"connect to a socket in a folder", false, func() error { return dials("unix", s.Unix) }},
		{"connect to an abstract socket", false, func() error { return dials("unixpacket", s.Abstract) }},
		{"send a datagram", false, func() error { return dials("udp", "127.0.0.1:9") }},
		{"run a shell", false, func() error {
			return exec.Command("/bin/sh", "-c", ":").Run() //nolint:noctx // ends at once
		}},
		{"leave the namespaces", false, unshares},
		{"make a program in memory", false, func() error { return closes(unix.MemfdCreate("x", 0)) }},
		{"make code writable", false, codes},
		{"trace the parent", false, func() error { return traces(parent) }},
		{"read the parent's memory", false, func() error { return peeks(parent) }},
		{"signal the parent", false, func() error { return syscall.Kill(parent, 0) }},
		{"read the parent's limits", false, func() error { return limits(parent) }},
	}
}

func reads(path string) error {
	b, err := os.ReadFile(path)
	if err == nil && len(b) == 0 {
		return fs.ErrInvalid
	}
	return err
}

func opens(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func dials(network, address string) error {
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(context.Background(), network, address)
	if err != nil {
		return err
	}
	return c.Close()
}

func listens() error {
	var c net.ListenConfig
	l, err := c.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	return l.Close()
}

func closes(fd int, err error) error {
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// unshares asks for namespaces of its own, as a process needs them that wants to be root in one.
func unshares() error { return unix.Unshare(unix.CLONE_FS) }

func codes() error {
	b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	return unix.Munmap(b)
}

// traces attaches to a process without stopping it; the kernel lets go when this thread ends.
func traces(pid int) error {
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(pid), 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// peeks asks for no bytes of another process, which needs the same right as some.
func peeks(pid int) error {
	b := make([]byte, 1)
	_, err := unix.ProcessVMReadv(pid, []unix.Iovec{{Base: &b[0], Len: 1}}, []unix.RemoteIovec{{Base: 0, Len: 1}}, 0)
	if errors.Is(err, unix.EFAULT) {
		return nil // allowed, but nothing is there
	}
	return err
}

// limits reads a limit of another process, which needs the right to set it.
func limits(pid int) error {
	var r unix.Rlimit
	return unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &r)
}
