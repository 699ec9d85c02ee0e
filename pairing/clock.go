package pairing

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
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
// of a Cluster that all instances ask is down, any other one tells the time: its clock is as
// good as that of the replica which takes the other's place.
func (r *Redis) firstTime(ctx context.Context) error {
	err := r.setClock(ctx, math.MaxInt64)
	cluster, ok := r.client.(*redis.ClusterClient)
	if err == nil || !ok {
		return err
	}
	ctx, cancel := r.call(ctx)
	defer cancel()
	var told atomic.Bool
	failed := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		asked := time.Now()
		at, err := node.Time(ctx).Result()
		if err == nil && told.CompareAndSwap(false, true) {
			r.clock.set(at, asked.Add(time.Since(asked)/2))
			cancel() // nobody waits for the one that is down
		}
		return err
	})
	if told.Load() {
		return nil
	}
	return errors.Join(err, wrap(failed))
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
