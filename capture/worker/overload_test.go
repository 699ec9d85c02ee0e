package worker

import (
	"slices"
	"testing"
	"time"
)

// overloaded lets phones show five previews a second, each of which is answered busy after 300 ms in
// the queue, as the pool does where many wait. It returns how many verdicts each phone has.
func overloaded(workers int, span time.Duration, costs []time.Duration, perNetwork int) []int {
	type asked struct {
		t           *ticket
		phone       int
		since, ends time.Duration
	}
	q := newFairQueue(workers)
	clock := time.Unix(1_800_000_000, 0)
	q.now = func() time.Time { return clock }
	const pace, wait = 200 * time.Millisecond, 300 * time.Millisecond
	counts, due := make([]int, len(costs)), make([]time.Duration, len(costs))
	for i := range due {
		due[i] = time.Duration(i) * 7 * time.Millisecond % pace // they do not all begin at once
	}
	var waiting, running []asked
	for now := time.Duration(0); now < span; now, clock = now+time.Millisecond, clock.Add(time.Millisecond) {
		answered := func(a asked) { due[a.phone] = max(now, a.since+pace) }
		running = slices.DeleteFunc(running, func(a asked) bool {
			if a.ends > now {
				return false
			}
			q.done(a.t, costs[a.phone])
			counts[a.phone]++
			answered(a)
			return true
		})
		waiting = slices.DeleteFunc(waiting, func(a asked) bool {
			if now-a.since < wait {
				return false
			}
			q.leave(a.t)
			answered(a)
			return true
		})
		for i := range due {
			if due[i] <= now {
				who := asker(i/perNetwork, i)
				waiting = append(waiting, asked{t: q.join(classPreview, who), phone: i, since: now})
				due[i] = span
			}
		}
		for len(running) < workers {
			t := q.next()
			if t == nil {
				break
			}
			i := slices.IndexFunc(waiting, func(a asked) bool { return a.t == t })
			a := waiting[i]
			waiting = slices.Delete(waiting, i, i+1)
			a.ends = now + costs[a.phone]
			running = append(running, a)
		}
	}
	return counts
}

// Under many times the load that is served in time, the slowest phone has at least half of the median's
// verdicts, though its previews cost more and it is answered busy most of the time.
func TestNoPhoneIsStarvedUnderOverload(t *testing.T) {
	for name, of := range map[string]struct {
		phones, perNetwork int
		cost               func(i int) time.Duration
	}{
		"48":                {48, 20, mixed},
		"120":               {120, 20, mixed},
		"240":               {240, 20, mixed},
		"240, each its own": {240, 1, mixed},
		"240, all alike":    {240, 20, func(int) time.Duration { return ms(15) }},
		"60, a few dear":    {60, 20, func(i int) time.Duration { return ms(8 + 24*one(i%10 == 3)) }},
	} {
		t.Run(name, func(t *testing.T) {
			var costs []time.Duration
			for i := range of.phones {
				costs = append(costs, of.cost(i))
			}
			counts := overloaded(2, 60*time.Second, costs, of.perNetwork)
			slowest, dearest := slices.Min(counts), slices.Index(counts, slices.Min(counts))
			sorted := slices.Sorted(slices.Values(counts))
			median, total := sorted[len(sorted)/2], 0
			for _, n := range counts {
				total += n
			}
			if 2*slowest < median {
				t.Errorf("the slowest phone, of %v a preview, has %d verdicts of all %d, the median %d", costs[dearest], slowest,
					total, median)
			}
		})
	}
}

// mixed is what previews of different phones cost: most 4 to 12 ms, some 35.
func mixed(i int) time.Duration { return ms([]int{5, 6, 4, 8, 35, 6, 7, 12}[i%8]) }

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
