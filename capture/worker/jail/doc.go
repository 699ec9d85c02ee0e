// Package jail takes from the process that calls it all that a worker does not need, so that native code which a
// picture has taken over finds nothing to take: no file but the models, no network, no other program, no other process.
//
// Apply uses Landlock (files, TCP, signals and abstract sockets of others), seccomp (a list of the system calls that
// are left), no_new_privs, and drops all capabilities. The parent gives the process an empty network namespace where
// it may, and package worker its limits. What the kernel lacks Apply tells, and does the rest. Stage.Attempts does what
// an attacker would.
package jail

// Config says what is left to the process.
type Config struct {
	// Read are files and folders that may be read. Those that are not there are passed over.
	Read []string
	// Write are files that may be written: /dev/null for a library that insists.
	Write []string
}

// The parts that a kernel may lack.
const (
	PartLandlock = "Landlock (files can be read)"
	PartSeccomp  = "seccomp (programs, sockets and other processes can be reached)"
	PartNetwork  = "network namespace (the machine's own is seen)"
	PartAll      = "Landlock, seccomp and namespaces (this system is no Linux)"
)

// Attempt is one thing that an attacker inside of a worker would do.
type Attempt struct {
	Name string
	// Landlock says that Landlock alone refuses it.
	Landlock bool
	// Do tries; nil means that it worked.
	Do func() error
}

// Stage is what attempts reach for: a folder with files of the server, and addresses on which it listens.
type Stage struct {
	Dir, TCP, Unix, Abstract string
}
