package worker

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"visavis/capture"
)

// A picture that cost two workers is not shown to a third: it would be sent again
// by a client that retries, and cost every session its time. One death may be
// chance, a machine under load.
const (
	deathsAllowed   = 2
	quarantineTime  = 10 * time.Minute
	quarantineCount = 64 // pictures remembered; the oldest is forgotten first
)

// quarantine remembers by their hash the pictures that cost workers. Its methods
// may be called by any goroutine.
type quarantine struct {
	mu    sync.Mutex
	cases []death // oldest first
}

type death struct {
	sum   [32]byte
	count int
	last  time.Time
}

// note counts a worker lost to a picture.
func (q *quarantine) note(jpeg []byte) {
	sum := sha256.Sum256(jpeg)
	q.mu.Lock()
	defer q.mu.Unlock()
	d := death{sum: sum}
	if i := q.index(sum); i >= 0 {
		d = q.cases[i]
		q.cases = slices.Delete(q.cases, i, i+1)
	}
	d.count, d.last = d.count+1, time.Now()
	if len(q.cases) >= quarantineCount {
		q.cases = slices.Delete(q.cases, 0, 1)
	}
	q.cases = append(q.cases, d)
}

// check refuses a picture that cost workers before. While nothing is remembered,
// which is nearly always, nothing is hashed.
func (q *quarantine) check(jpeg []byte) error {
	q.mu.Lock()
	for len(q.cases) > 0 && time.Since(q.cases[0].last) > quarantineTime {
		q.cases = slices.Delete(q.cases, 0, 1)
	}
	empty := len(q.cases) == 0
	q.mu.Unlock()
	if empty {
		return nil
	}
	sum := sha256.Sum256(jpeg)
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.index(sum); i >= 0 && q.cases[i].count >= deathsAllowed {
		return &capture.FrameError{Code: "bad-image", Measured: "a picture whose analysis broke off twice", Wanted: "another picture"}
	}
	return nil
}

func (q *quarantine) index(sum [32]byte) int {
	return slices.IndexFunc(q.cases, func(d death) bool { return d.sum == sum })
}
