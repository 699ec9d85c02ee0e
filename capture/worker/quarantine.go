package worker

import (
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

// quarantine remembers by their shape the pictures that cost workers: another comment, table or a few other
// coefficients make no other picture. Its methods may be called by any goroutine.
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

// check refuses a picture that cost workers before. While nothing of its structure is remembered, which is nearly
// always, its picture data is not read.
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

// empty forgets what is old and tells whether nothing is left.
func (q *quarantine) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.cases) > 0 && time.Since(q.cases[0].last) > quarantineTime {
		q.cases = slices.Delete(q.cases, 0, 1)
	}
	return len(q.cases) == 0
}

// suspects tells whether a picture of this structure cost enough workers.
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
