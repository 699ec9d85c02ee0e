package live

import (
	"testing"
	"time"

	"visavis/capture"
)

func TestASequenceSpansItsChallengeWithinItsLimits(t *testing.T) {
	var q sequence
	start := time.Now()
	for i := range 500 {
		q.add(capture.DocumentFront, make([]byte, 40<<10), start.Add(time.Duration(i)*time.Millisecond))
	}
	first, last := q.frames[0].At.Sub(start), q.frames[len(q.frames)-1].At.Sub(start)
	if len(q.frames) > sequenceFrames || q.size > sequenceBytes || len(q.frames) < 20 || first != 0 ||
		last < 450*time.Millisecond {
		t.Errorf("%d frames of %d bytes from %s to %s", len(q.frames), q.size, first, last)
	}
	q.add(capture.Selfie, []byte{1}, start)
	if len(q.frames) != 1 || q.step != capture.Selfie || q.size != 1 {
		t.Errorf("the next step begins with %d frames", len(q.frames))
	}
}
