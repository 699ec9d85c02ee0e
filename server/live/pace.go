package live

import (
	"math/rand/v2"
	"time"
)

// The sizes of previews, long side in pixels: from what finds a document to what
// reads its small print.
const (
	leastPreview = 640
	mostPreview  = 1280
	previewStep  = 160
)

// The time between a result and the next frame says how good the line is. Under
// fastGap there is room for more; over slowGap the person waits.
const (
	fastGap = 250 * time.Millisecond
	slowGap = 500 * time.Millisecond
	// stallGap is no measure of the line: the person did something else.
	stallGap = 5 * time.Second
)

// pace finds the size of previews that the line and the machine carry, from the
// round trips as they come. The zero value starts small.
type pace struct {
	side     int
	answered time.Time
	gap      time.Duration // smoothed
}

// arrived notes a preview, answered the result it got; took is the time between.
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

// answer returns the side that the next preview should have, after an analysis
// that took this long.
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

// Jitter spreads d by a fifth on both sides, so that sockets opened together do
// not ping together.
func Jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5+1)
}
