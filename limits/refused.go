package limits

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Refused is the error of a reached limit. Make it with Refuse, which counts it.
type Refused struct {
	Limit      Limit
	RetryAfter time.Duration // at most; zero: when others have finished
}

func (e *Refused) Error() string { return e.Text() }

// Text names the limit and says when to try again.
func (e *Refused) Text() string {
	r := e.Limit.Of()
	if e.RetryAfter > 0 {
		return fmt.Sprintf("too many %s (%s): try again in %d s", r.Unit, r.Name, Seconds(e.RetryAfter))
	}
	return fmt.Sprintf("too many %s (%s): try again when some have ended", r.Unit, r.Name)
}

// Seconds rounds a wait up to whole seconds, at least one, for Retry-After.
func Seconds(wait time.Duration) int { return max(1, int((wait+time.Second-1)/time.Second)) }

// refusals counts by limit since the start of the process.
var refusals [end]atomic.Uint64

// Count counts a refusal that has another error than Refused.
func Count(l Limit) { refusals[l].Add(1) }

// Refuse counts a refusal and returns its error.
func Refuse(l Limit, retryAfter time.Duration) *Refused {
	Count(l)
	return &Refused{Limit: l, RetryAfter: retryAfter}
}

// Refusals returns how often a limit was reached since the start of the process.
func Refusals(l Limit) uint64 { return refusals[l].Load() }
