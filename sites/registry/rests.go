package registry

import (
	"maps"
	"math/rand/v2"
	"time"
)

const (
	// atOnce is how many messages one endpoint is sent at a time by this instance: a
	// slow one holds no more of those who deliver.
	atOnce = 2
	// restLeast and restMost are how long an endpoint that failed is left alone.
	restLeast, restMost = 5 * time.Second, 5 * time.Minute
)

// rest is how an endpoint is left alone on this instance.
type rest struct {
	running int
	failed  int // in a row
	until   time.Time
}

// enter lets a message be sent to an endpoint; else it says when to come again.
func (r *Registry) enter(endpoint string) (again time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.rests[endpoint]
	if of == nil {
		of = &rest{}
		r.rests[endpoint] = of
	}
	left := time.Until(of.until)
	switch {
	case left > 0:
		return left + rand.N(left+time.Second), false // not all at once
	case of.running >= atOnce || of.failed > 0 && of.running > 0: // one tries whether it is back
		return time.Second + rand.N(4*time.Second), false
	}
	of.running++
	return 0, true
}

// leave notes how it went.
func (r *Registry) leave(endpoint string, delivered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.rests[endpoint]
	of.running--
	if delivered {
		of.failed = 0
		if of.running == 0 {
			delete(r.rests, endpoint)
		}
		return
	}
	of.failed++
	of.until = time.Now().Add(min(restLeast<<min(of.failed-1, 10), restMost))
}

// forgetRests forgets the endpoints that nothing was sent to for a while after their last
// failure: they may be gone.
func (r *Registry) forgetRests() {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.rests, func(_ string, of *rest) bool { return of.running == 0 && time.Since(of.until) > restMost })
}
