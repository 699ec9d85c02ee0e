package worker

import (
	"os"
	"sync"
)

// spareFiles are as many as the start of a worker takes for a moment: two pipes and one for its last words, what the
// start itself opens, and a handle on the process.
const spareFiles = 16

// reserve holds descriptors, so that a worker can be started again while strangers' sockets have taken all others.
// Its methods may be called by any goroutine.
type reserve struct {
	mu    sync.Mutex // held during a start: the descriptors are enough for one
	files []*os.File
}

// fill takes descriptors up to the reserve, as far as there are any.
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
