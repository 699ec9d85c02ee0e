package pairing

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// clocked is a store with a clock that all instances over it share.
type clocked interface {
	// Now returns the time of that clock, in UTC and without a monotonic reading.
	Now() time.Time
}

// clockOf returns the clock that the records of a store are written and judged by.
func clockOf(store Store) func() time.Time {
	if c, ok := store.(clocked); ok {
		return c.Now
	}
	return newSteady(time.Now()).Now
}

// Now returns the time that records are judged by: what a machine's clock would show had
// nobody set it since. Times of records compare with it, not with time.Now: a clock that is
// set forward looks like an hour without activity, to everybody at once. Without a monotonic
// reading.
func (v *Service) Now() time.Time { return v.now() }

// clock returns that time in the precision that JSON keeps: milliseconds, UTC.
func (v *Service) clock() time.Time { return v.now().Truncate(time.Millisecond) }

// steady is a clock that nobody can set but its owner: the time of one moment, and what has
// passed since by the monotonic clock. Safe for concurrent use.
type steady struct {
	mu    sync.Mutex // guards what follows
	was   time.Time  // wall clock
	local time.Time  // the same moment here, with its monotonic reading
}

// newSteady returns a clock that shows this time now.
func newSteady(now time.Time) *steady {
	c := &steady{}
	c.set(now, time.Now())
	return c
}

// set says what a clock showed at a moment of this process.
func (c *steady) set(was, local time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.was, c.local = was.UTC().Round(0), local
}

// Now returns the time of the clock.
func (c *steady) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.was.Add(time.Since(c.local))
}

// Now implements clocked: the clock of Redis, which every instance asks.
func (r *Redis) Now() time.Time { return r.clock.Now() }

const (
	// setEvery is how often Redis is asked for its time: what clocks of two machines drift
	// apart in it is no millisecond.
	setEvery = time.Minute
	// slowAnswer is a round trip too long to learn more from it than the clock knows.
	slowAnswer = time.Second
)

// setClock asks Redis for its time. An answer that was on its way for as long as slow is not
// believed.
func (r *Redis) setClock(ctx context.Context, slow time.Duration) error {
	asked := time.Now()
	at, err := r.Time(ctx)
	if took := time.Since(asked); err == nil && took < slow {
		r.clock.set(at, asked.Add(took/2))
	}
	return err
}

// firstTime sets the clock for the first time. The answer is believed however long it took:
// half of that is less than what the clock of this machine may be wrong by. While the master
// of a Cluster that all instances ask is down, the other ones tell the time: see likeliest.
func (r *Redis) firstTime(ctx context.Context) error {
	err := r.setClock(ctx, math.MaxInt64)
	cluster, ok := r.client.(*redis.ClusterClient)
	if err == nil || !ok {
		return err
	}
	ctx, cancel := r.call(ctx)
	defer cancel()
	teller, _ := cluster.MasterForKey(ctx, sharePrefix) // unknown: it is asked again
	var mu sync.Mutex                                   // guards answers
	var answers []answer
	failed := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		if node == teller {
			return nil // nobody waits for it once more
		}
		asked := time.Now()
		at, err := node.Time(ctx).Result()
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, answer{at, asked.Add(time.Since(asked) / 2)})
		}
		return err
	})
	if len(answers) == 0 {
		return errors.Join(err, wrap(failed))
	}
	told := likeliest(answers)
	r.clock.set(told.at, told.local)
	return nil
}

// answer is what a clock showed at a moment of this process.
type answer struct{ at, local time.Time }

// ahead is by how much that clock is ahead of this machine's.
func (a answer) ahead() time.Duration { return a.at.Sub(a.local) }

// likeliest is the answer in the middle, and of two there the one nearer to this machine's clock:
// a clock that is wrong by an hour ends sessions that are not idle, or keeps those that are. There
// is one answer or more.
func likeliest(answers []answer) answer {
	slices.SortFunc(answers, func(a, b answer) int { return cmp.Compare(a.ahead(), b.ahead()) })
	low, high := answers[(len(answers)-1)/2], answers[len(answers)/2]
	if high.ahead().Abs() < low.ahead().Abs() {
		return high
	}
	return low
}

// keepTime asks for the time of Redis until ctx ends. While nobody answers, the clock goes on.
func (r *Redis) keepTime(ctx context.Context) {
	again := time.NewTicker(setEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			_ = r.setClock(ctx, slowAnswer)
		}
	}
}
