package jail

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"unsafe"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// Apply jails all threads of this process for good. lacks names the parts that the kernel does not have. After an
// error the process must end.
func Apply(c Config) (lacks []string, err error) {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("jail: not dumpable: %w", err)
	}
	if _, _, errno := psx.Syscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
		return nil, fmt.Errorf("jail: no new privileges: %w", errno)
	}
	if abi, err := llsys.LandlockGetABIVersion(); err != nil || abi < 1 {
		lacks = append(lacks, PartLandlock)
	} else if err := restrictFiles(c); err != nil {
		return nil, fmt.Errorf("jail: Landlock: %w", err)
	}
	if err := dropCapabilities(); err != nil {
		return nil, fmt.Errorf("jail: capabilities: %w", err)
	}
	if !seccomp.Supported() {
		return append(lacks, PartSeccomp), nil
	}
	f, err := filter(os.Getpid(), !slices.Contains(lacks, PartLandlock))
	if err != nil {
		return nil, fmt.Errorf("jail: seccomp: %w", err)
	}
	if err := seccomp.LoadFilter(f); err != nil {
		return nil, fmt.Errorf("jail: seccomp: %w", err)
	}
	return lacks, nil
}

// restrictFiles leaves the files of c, and nothing of the network or of other processes, as far as the kernel's
// Landlock goes.
func restrictFiles(c Config) error {
	var rules []landlock.Rule
	for _, path := range c.Read {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		case err != nil:
			return err
		case info.IsDir():
			rules = append(rules, landlock.RODirs(path))
		default:
			rules = append(rules, landlock.ROFiles(path))
		}
	}
	for _, path := range c.Write {
		rules = append(rules, landlock.RWFiles(path).IgnoreIfMissing())
	}
	return landlock.V6.BestEffort().Restrict(rules...)
}

// dropCapabilities empties all sets, also of a process of root.
func dropCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	_, _, errno := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none[0])), 0)
	if errno != 0 {
		return errno
	}
	return nil
}
