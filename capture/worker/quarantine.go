package worker

import (
	"slices"
	"sync"
	"time"

	"visavis/capture"
)

// A picture that crashed two workers is not given to a third: a client that retries would
// send it again and cost every session its time. One crash may be chance on a loaded
// machine.
const (
	deathsAllowed   = 2
	quarantineTime  = 10 * time.Minute
	quarantineCount = 64 // pictures remembered; the oldest is forgotten first
)

// quarantine remembers pictures that crashed workers by their shape: a changed comment,
// table or a few coefficients do not make another picture. Safe for concurrent use.
type quarantine struct {
	mu    sync.Mutex
	cases []death // oldest first
}

type death struct {
	shape capture.PictureShape
	count int
	last  time.Time
}

// note counts a worker lost to a picture.
func (q *quarantine) note(jpeg []byte) {
	shape, err := capture.PictureShapeOf(jpeg)
	if err != nil {
		return // it never reaches a worker
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	d := death{shape: shape}
	if i := q.index(shape); i >= 0 {
		d = q.cases[i]
		q.cases = slices.Delete(q.cases, i, i+1)
	}
	d.count, d.last = d.count+1, time.Now()
	if len(q.cases) >= quarantineCount {
		q.cases = slices.Delete(q.cases, 0, 1)
	}
	q.cases = append(q.cases, d)
}

// check refuses a picture that crashed workers before. It reads the picture data only if
// a picture of the same structure is remembered, which is rare.
func (q *quarantine) check(jpeg []byte) error {
	if q.empty() {
		return nil
	}
	shape, err := capture.StructureOf(jpeg)
	if err != nil {
		return err
	}
	if !q.suspects(shape) {
		return nil
	}
	if shape, err = capture.PictureShapeOf(jpeg); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.index(shape); i >= 0 && q.cases[i].count >= deathsAllowed {
		return &capture.FrameError{
			Code: "bad-image", Measured: "a picture whose analysis broke off twice", Wanted: "another picture; take it again",
		}
	}
	return nil
}

// empty drops expired entries and reports whether none is left.
func (q *quarantine) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.cases) > 0 && time.Since(q.cases[0].last) > quarantineTime {
		q.cases = slices.Delete(q.cases, 0, 1)
	}
	return len(q.cases) == 0
}

// suspects reports whether pictures of this structure crashed enough workers.
func (q *quarantine) suspects(shape capture.PictureShape) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(q.cases, func(d death) bool {
		return d.count >= deathsAllowed && d.shape.Structure == shape.Structure
	})
}

func (q *quarantine) index(shape capture.PictureShape) int {
	return slices.IndexFunc(q.cases, func(d death) bool { return d.shape.Like(shape) })
}
