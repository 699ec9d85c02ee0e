package worker

import (
	"os"
	"sync"
)

// spareFiles is the number of descriptors that starting a worker takes: two pipes, one
// for its stderr, those of the start itself, and a handle on the process.
const spareFiles = 16

// reserve holds descriptors, so that a worker can be restarted when client sockets have
// used up all others. Safe for concurrent use.
type reserve struct {
	mu    sync.Mutex // held during a start: the descriptors suffice for one
	files []*os.File
}

// fill takes descriptors up to the reserve, as far as available.
func (r *reserve) fill() {
	for len(r.files) < spareFiles {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return // the next start tries again
		}
		r.files = append(r.files, f)
	}
}

// lend frees the reserve while start runs.
func (r *reserve) lend(start func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free()
	defer r.fill()
	return start()
}

func (r *reserve) free() {
	for _, f := range r.files {
		_ = f.Close()
	}
	r.files = nil
}

func (r *reserve) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free()
}
