package worker

import (
	"fmt"
	"os"
	"strconv"
)

// Limits of a worker's memory, bytes.
const (
	// DefaultAddressSpace: the libraries and models alone map over 2 GiB.
	DefaultAddressSpace = 4 << 30
	// DefaultData: what can really be filled; a still of 25 megapixels takes 75 MB
	// a copy.
	DefaultData = 1 << 30
	// Unlimited turns a limit off.
	Unlimited = ^uint64(0)
)

// How the parent tells the child its limits.
const (
	addressSpaceEnv = "VISAVIS_WORKER_ADDRESS_SPACE"
	dataEnv         = "VISAVIS_WORKER_DATA"
)

// Confine sets the limits of this process, which must be a worker and calls it
// before anything else: memory as the parent asked, no core dump (it would hold
// somebody's document), no file written, few descriptors.
func Confine() error {
	space, err := limitFrom(addressSpaceEnv, DefaultAddressSpace)
	if err != nil {
		return err
	}
	data, err := limitFrom(dataEnv, DefaultData)
	if err != nil {
		return err
	}
	return confine(space, data)
}

func limitFrom(name string, def uint64) (uint64, error) {
	s := os.Getenv(name)
	if s == "" {
		return def, nil
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("worker limit %s: %w", name, err)
	}
	return v, nil
}
