package registry

import (
	"context"
	"maps"
	"math/rand/v2"
	"time"
)

const (
	// atOnce is how many messages one endpoint is sent at a time by this instance: a
	// slow one holds no more of those who deliver.
	atOnce = 4
	// patience is how long a message waits for its turn at any other endpoint before it is
	// put off: whoever delivers is held for no longer by a slow one.
	patience = 100 * time.Millisecond
	// quickly is the time within which a quick endpoint answers. A message waits as long for its turn at one: many at
	// once would else be put off for seconds, though each is answered in milliseconds.
	quickly = time.Second
	// restLeast and restMost are how long an endpoint that failed is left alone.
	restLeast, restMost = 5 * time.Second, 5 * time.Minute
)

// rest is how an endpoint is left alone on this instance.
type rest struct {
	turns   chan struct{} // one for each message that is being sent
	users   int           // of this value: those who send, and those who wait for a turn
	running int
	failed  int  // in a row
	quick   bool // it answered quickly last, and a turn was found since
	until   time.Time
	ahead   time.Duration // of its site's clock, as last seen
}

// restOf returns how an endpoint is left alone; r.mu is held.
func (r *Registry) restOf(endpoint string) *rest {
	of := r.rests[endpoint]
	if of == nil {
		of = &rest{turns: make(chan struct{}, atOnce)}
		r.rests[endpoint] = of
	}
	return of
}

// wakeIfMoved ends the time for which an endpoint is left alone when its site's clock was moved since, on whichever
// instance. enter follows.
func (r *Registry) wakeIfMoved(endpoint string, ahead time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if of := r.restOf(endpoint); of.ahead != ahead {
		of.until, of.ahead = time.Time{}, ahead
	}
}

// enter lets a message be sent to an endpoint; else it says when to come again.
func (r *Registry) enter(ctx context.Context, endpoint string) (again time.Duration, ok bool) {
	r.mu.Lock()
	of := r.restOf(endpoint)
	of.users++
	again = of.left()
	turn := false
	if again == 0 {
		most := patience
		if of.quick {
			most = quickly
		}
		r.mu.Unlock()
		turn = of.turn(ctx, most)
		r.mu.Lock()
		of.quick = of.quick && turn
		if again = of.left(); again == 0 && !turn {
			again = putOff()
		}
	}
	defer r.mu.Unlock()
	if again == 0 {
		of.running++
		return 0, true
	}
	if turn {
		<-of.turns
	}
	r.quit(endpoint, of)
	return again, false
}

// left is for how long an endpoint that failed is left alone; 0: it may be called.
func (of *rest) left() time.Duration {
	switch left := time.Until(of.until); {
	case left > 0:
		return left + rand.N(left+time.Second) // not all at once
	case of.failed > 0 && of.running > 0: // one tries whether it is back
		return putOff()
	}
	return 0
}

// putOff is a pause of a message that finds no turn.
func putOff() time.Duration { return time.Second + rand.N(4*time.Second) }

// turn waits for a turn, most at most.
func (of *rest) turn(ctx context.Context, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case of.turns <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// quit is told by each user; r.mu is held. An endpoint that does not fail is forgotten with its last one.
func (r *Registry) quit(endpoint string, of *rest) {
	if of.users--; of.users == 0 && of.failed == 0 {
		delete(r.rests, endpoint)
	}
}

// leave notes how it went, and how long it took.
func (r *Registry) leave(endpoint string, delivered bool, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.rests[endpoint]
	of.running--
	of.quick = delivered && took <= quickly
	<-of.turns
	if delivered {
		of.failed, of.until = 0, time.Time{}
	} else {
		of.failed++
		of.until = time.Now().Add(min(restLeast<<min(of.failed-1, 10), restMost))
	}
	r.quit(endpoint, of)
}

// forgetRests forgets the endpoints that nothing was sent to for a while after their last
// failure: they may be gone.
func (r *Registry) forgetRests() {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.rests, func(_ string, of *rest) bool { return of.users == 0 && time.Since(of.until) > restMost })
}
