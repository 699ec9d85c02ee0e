package limits

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Refused is the error of a limit that is reached. Make it with Refuse, which counts it.
type Refused struct {
	Limit      Limit
	RetryAfter time.Duration // at most; zero: when others have finished
}

func (e *Refused) Error() string { return e.Text() }

// Text says in words which limit it is and when to come again.
func (e *Refused) Text() string {
	r := e.Limit.Of()
	if e.RetryAfter > 0 {
		return fmt.Sprintf("too many %s (%s): try again in %d s", r.Unit, r.Name, Seconds(e.RetryAfter))
	}
	return fmt.Sprintf("too many %s (%s): try again when some have ended", r.Unit, r.Name)
}

// Seconds are whole seconds of a wait, one at least, as Retry-After has them.
func Seconds(wait time.Duration) int { return max(1, int((wait+time.Second-1)/time.Second)) }

// refusals count by limit since the start of the process.
var refusals [end]atomic.Uint64

// Refuse counts a refusal and returns its error.
func Refuse(l Limit, retryAfter time.Duration) *Refused {
	refusals[l].Add(1)
	return &Refused{Limit: l, RetryAfter: retryAfter}
}

// Refusals is how often a limit was reached since the start of the process.
func Refusals(l Limit) uint64 { return refusals[l].Load() }
