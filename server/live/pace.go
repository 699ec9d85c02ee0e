package live

import (
	"math/rand/v2"
	"time"
)

// Preview sizes, long side in pixels: from enough to find a document to enough to read
// small print.
const (
	leastPreview = 640
	mostPreview  = 1280
	previewStep  = 160
)

// The time between a result and the next frame measures the line. Below fastGap there is
// capacity to spare; above slowGap the person waits.
const (
	fastGap = 250 * time.Millisecond
	slowGap = 500 * time.Millisecond
	// stallGap and longer say nothing about the line: the person did something else.
	stallGap = 5 * time.Second
)

// pace adapts the size of previews to line and machine, from the round-trip times. The
// zero value starts small.
type pace struct {
	side     int
	answered time.Time
	gap      time.Duration // smoothed
}

// arrived records the arrival of a preview.
func (p *pace) arrived(now time.Time) {
	if p.answered.IsZero() {
		return
	}
	if gap := now.Sub(p.answered); gap < stallGap {
		p.gap = (3*p.gap + gap) / 4
		if p.gap == 0 {
			p.gap = gap
		}
	}
}

// answer returns the long side for the next preview, given the time of this analysis.
func (p *pace) answer(now time.Time, took time.Duration) int {
	if p.side == 0 {
		p.side = leastPreview
	}
	first := p.answered.IsZero()
	p.answered = now
	switch round := p.gap + took; {
	case first:
	case round < fastGap:
		p.side = min(mostPreview, p.side+previewStep)
	case round > slowGap:
		p.side = max(leastPreview, p.side-previewStep)
	}
	return p.side
}

// Jitter varies d by up to a fifth either way, so that sockets opened together do not
// ping together.
func Jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5+1)
}
