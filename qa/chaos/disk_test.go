//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"visavis/testkit"
)

// mounts reports whether this process may mount, as root does. If not, it has run the whole test
// in a child that may: root of a user namespace, its own user to everybody else.
func mounts(t *testing.T) bool {
	t.Helper()
	if os.Getuid() == 0 {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	t.Logf("in namespaces of its own:\n%s", out)
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v: filling a disk needs root or user namespaces, and has to pass there", err)
	}
	return false
}

// mounted is a file system of its own, in memory, of this size.
func mounted(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatalf("mount: %v: root needs CAP_SYS_ADMIN here", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestEvidenceThatCannotBeWritten fills the file system of the evidence, and makes it
// read-only, while a person captures.
func TestEvidenceThatCannotBeWritten(t *testing.T) {
	if !mounts(t) {
		return
	}
	for name, fault := range map[string]struct {
		begin, end func(t *testing.T, dir string)
	}{
		"full": {
			func(t *testing.T, dir string) { fill(t, filepath.Join(dir, "junk")) },
			func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, "junk")) },
		},
		"read-only": {
			func(t *testing.T, dir string) { remount(t, dir, syscall.MS_RDONLY) },
			func(t *testing.T, dir string) { remount(t, dir, 0) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := mounted(t, 32<<20)
			unwritable(t, t.TempDir(), dir, fault.begin, fault.end, "--evidence-url="+filepath.Join(dir, "evidence"))
		})
	}
}

// TestDiskFull fills the disk of everything: records, evidence and keys.
func TestDiskFull(t *testing.T) {
	if !mounts(t) {
		return
	}
	dir := mounted(t, 48<<20)
	unwritable(t, filepath.Join(dir, "data"), dir,
		func(t *testing.T, dir string) { fill(t, filepath.Join(dir, "junk")) },
		func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, "junk")) })
}

// unwritable lets a person reach the capture, takes the disk away for ten seconds and
// gives it back. The person then goes on to the certificate.
func unwritable(t *testing.T, data, dir string, begin, end func(t *testing.T, dir string), args ...string) {
	addr := testkit.FreeAddress(t)
	s := newServer(t, addr, "https://"+addr, data, args...)
	j := newJourney(t, "https://"+addr, 1)
	ctx, cancel := context.WithTimeout(t.Context(), slack(time.Minute))
	defer cancel()
	for j.reached < 2 {
		if _, err := j.step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	begin(t, dir)
	failed := 0
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
		_, err := j.step(ctx)
		if err != nil {
			failed++
			_ = pause(ctx, 200*time.Millisecond)
		}
		if j.reached > 3 {
			t.Fatal("the capture was accepted though nothing can be written")
		}
	}
	if failed == 0 {
		t.Error("no step failed: the disk was not taken away")
	}
	end(t, dir)
	j.finish(slack(2 * time.Minute))
	if err := s.ready(); err != nil {
		t.Error(err)
	}
	verified(t, data, args...)
	t.Logf(
		"%d steps were refused while nothing could be written; nothing acknowledged was lost, "+
			"and the person went on to the certificate",
		failed,
	)
}

// fill writes until nothing fits any more.
func fill(t *testing.T, path string) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for {
			if n, err := f.Write(make([]byte, size)); err != nil || n < size {
				break
			}
		}
	}
}

func remount(t *testing.T, dir string, flags uintptr) {
	eventually(t, "remount", 5*time.Second,
		func() error { return syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, "") })
}
