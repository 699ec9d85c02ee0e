package worker

import (
	"fmt"
	"os"
	"strconv"
)

// Limits of a worker's memory, bytes.
const (
	// DefaultAddressSpace bounds the mapped memory. Libraries and models alone map over 2
	// GiB.
	DefaultAddressSpace = 4 << 30
	// DefaultData bounds the writable memory. A 25 megapixel still takes 75 MB a copy.
	DefaultData = 1 << 30
	// Unlimited turns a limit off.
	Unlimited = ^uint64(0)
)

// Environment variables with which the parent passes the limits.
const (
	addressSpaceEnv = "VISAVIS_WORKER_ADDRESS_SPACE"
	dataEnv         = "VISAVIS_WORKER_DATA"
)

// Confine sets the resource limits of this process. A worker calls it first. Memory is
// limited as the parent asked. Core dumps are off, since one would contain a document.
// Files cannot be written, and few descriptors are left.
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
