package worker

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"slices"
	"testing"
	"time"

	"visavis/capture"
)

// asker is a session of a network.
func asker(network, session int) capture.Asker {
	return capture.Asker{
		Session: fmt.Sprint(network, "/", session),
		Network: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(network)}), 32),
	}
}

// load is a client of the simulated workers: it asks again as soon as it was answered, or after its pause, and at
// most once in its pace.
type load struct {
	who   capture.Asker
	class class
	cost  time.Duration
	pause time.Duration
	pace  time.Duration
	used  time.Duration
	waits time.Duration
	count int
}

// simulate runs the queue with a number of workers for a while of virtual time.
func simulate(workers int, span time.Duration, loads []*load) {
	type job struct {
		t    *ticket
		l    *load
		ends time.Duration
	}
	q := newFairQueue(workers)
	clock := time.Unix(1_800_000_000, 0)
	q.now = func() time.Time { return clock }
	due := map[*load]time.Duration{}
	asked := map[*ticket]*load{}
	since := map[*ticket]time.Duration{}
	for _, l := range loads {
		due[l] = 0
	}
	var running []job
	for now := time.Duration(0); now < span; now, clock = now+time.Millisecond, clock.Add(time.Millisecond) {
		for _, l := range loads {
			if at, ok := due[l]; ok && at <= now {
				t := q.join(l.class, l.who)
				asked[t], since[t] = l, now
				delete(due, l)
			}
		}
		running = slices.DeleteFunc(running, func(j job) bool {
			if j.ends > now {
				return false
			}
			q.done(j.t, j.l.cost)
			j.l.used += j.l.cost
			j.l.count++
			due[j.l] = max(now+j.l.pause, since[j.t]+j.l.pace)
			return true
		})
		for len(running) < workers {
			t := q.next()
			if t == nil {
				break
			}
			l := asked[t]
			l.waits += now - since[t]
			running = append(running, job{t, l, now + l.cost})
		}
	}
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// The workers' time is shared by networks first, then by sessions, whatever a frame costs.
func TestTimeIsSharedByNetworkAndSession(t *testing.T) {
	var loads []*load
	for s := range 12 { // twelve sessions of one network, with frames that cost four times as much
		loads = append(loads, &load{who: asker(1, s), cost: ms(80)})
	}
	for s := range 6 {
		loads = append(loads, &load{who: asker(2, s), cost: ms(20)})
	}
	simulate(2, 60*time.Second, loads)
	used := map[bool]time.Duration{}
	for i, l := range loads {
		used[i < 12] += l.used
		same := loads[0]
		if i >= 12 {
			same = loads[12]
		}
		if ratio := float64(l.used) / float64(same.used); ratio < 0.8 || ratio > 1.25 {
			t.Errorf("sessions of one network had %v and %v", l.used, same.used)
		}
	}
	if ratio := float64(used[true]) / float64(used[false]); ratio < 0.8 || ratio > 1.25 {
		t.Errorf("two networks had %v and %v", used[true], used[false])
	}
}

// A phone that asks for less than its share gets what it asks for, with the wait for one free worker at most.
func TestAModestPhoneIsServedFirst(t *testing.T) {
	var loads []*load
	for n := range 8 {
		loads = append(loads, &load{who: asker(n, 0), cost: ms(60)})
	}
	honest := &load{who: asker(100, 0), cost: ms(20), pause: ms(200)}
	loads = append(loads, honest)
	simulate(2, 60*time.Second, loads)
	if mean := honest.waits / time.Duration(honest.count); mean > ms(40) {
		t.Errorf("it waited %v a frame, want less than one frame of the others", mean)
	}
	if honest.count < 200 {
		t.Errorf("%d frames in a minute, want 4 a second", honest.count)
	}
}

// Eight phones that ask as soon as they were answered leave an honest one 80 % of the frames that it gets alone,
// whatever each of theirs costs (8 times an ordinary one at most: TestHostileStructuresCostBoundedTime), whichever
// class they are of and wherever they sit. The time is virtual: frames are counted, no clock of a machine matters.
func TestAnHonestPhoneKeepsItsRateBesideEight(t *testing.T) {
	const ordinary, pace, span = 40 * time.Millisecond, 200 * time.Millisecond, 30 * time.Second
	rate := func(workers int, hostile ...*load) int {
		honest := &load{who: asker(100, 0), cost: ordinary, pace: pace}
		simulate(workers, span, append(hostile, honest))
		return honest.count
	}
	classesOf := map[string]func(n int) class{
		"previews": func(int) class { return classPreview },
		"stills":   func(int) class { return classStill },
		"both":     func(n int) class { return class(n % 2) },
	}
	networks := map[string]func(n int) int{
		"eight networks":   func(n int) int { return n },
		"one network":      func(int) int { return 1 },
		"the honest one's": func(int) int { return 100 },
	}
	for _, workers := range []int{2, 4} {
		alone := rate(workers)
		for of, classOf := range classesOf {
			for where, network := range networks {
				for _, times := range []int{1, 2, 3, 5, 8} {
					var hostile []*load
					for n := range 8 {
						hostile = append(hostile,
							&load{who: asker(network(n), n+1), class: classOf(n), cost: time.Duration(times) * ordinary})
					}
					if got := rate(workers, hostile...); float64(got) < 0.8*float64(alone) {
						t.Errorf("%d workers, eight phones of %s with %s of %d times the cost: %d frames of %d", workers, where, of,
							times, got, alone)
					}
				}
			}
		}
	}
}

// A session whose frames became dear is long from then on, and one of ordinary frames never is.
func TestDearFramesAreLong(t *testing.T) {
	q := newFairQueue(2)
	serve := func(who capture.Asker, cost time.Duration) (long bool) {
		tk := q.join(classPreview, who)
		for q.next() != tk {
			t.Fatal("another request was served")
		}
		q.done(tk, cost)
		return tk.long
	}
	for range 5 {
		if serve(asker(1, 1), 60*time.Millisecond) {
			t.Error("ordinary frames are long")
		}
	}
	serve(asker(2, 1), 300*time.Millisecond)
	if !serve(asker(2, 1), 300*time.Millisecond) || !serve(asker(2, 2), 300*time.Millisecond) {
		t.Error("dear frames, and those of another session of their network, are not long")
	}
	if serve(asker(3, 1), 60*time.Millisecond) || serve(asker(1, 2), 60*time.Millisecond) {
		t.Error("a newcomer is long before it cost anything")
	}
	for range 12 {
		serve(asker(2, 1), 20*time.Millisecond)
	}
	if serve(asker(2, 1), 20*time.Millisecond) {
		t.Error("a session whose frames became ordinary stays long")
	}
}

// Readings and stills never starve previews, nor the other way round.
func TestClassesDoNotStarveEachOther(t *testing.T) {
	for _, workers := range []int{1, 2, 4} {
		var loads []*load
		for n := range 10 {
			loads = append(loads, &load{who: capture.Asker{}, class: classReading, cost: ms(900)},
				&load{who: asker(n, 1), class: classStill, cost: ms(300)},
				&load{who: asker(n, 2), class: classPreview, cost: ms(40)})
		}
		simulate(workers, 300*time.Second, loads)
		var used [classes]time.Duration
		for _, l := range loads {
			used[l.class] += l.used
		}
		sum := used[0] + used[1] + used[2]
		for c, want := range map[class]float64{classPreview: 4. / 9, classStill: 3. / 9, classReading: 2. / 9} {
			if got := float64(used[c]) / float64(sum); got < want*0.8 || got > want*1.25 {
				t.Errorf("%d workers, class %d had %.2f of the time, want %.2f", workers, c, got, want)
			}
		}
	}
}

// Without previews all workers read; with some one worker is theirs, so that they wait for a preview at most.
func TestOneWorkerIsLeftForPreviews(t *testing.T) {
	var loads []*load
	for range 6 {
		loads = append(loads, &load{class: classReading, cost: ms(900)})
	}
	const span = 120 * time.Second
	simulate(2, span, loads)
	used := time.Duration(0)
	for _, l := range loads {
		used += l.used
	}
	if used < 2*span*95/100 {
		t.Errorf("readings alone had %v of two workers in %v", used, span)
	}
	phone := &load{who: asker(1, 1), cost: ms(40), pause: ms(160)}
	for _, l := range loads {
		l.used = 0
	}
	simulate(2, span, append(loads, phone))
	if mean := phone.waits / time.Duration(phone.count); mean > ms(20) {
		t.Errorf("previews beside readings waited %v each, want a free worker", mean)
	}
}

// Sessions that come and go leave nothing behind.
func TestAccountsAreForgotten(t *testing.T) {
	q := newFairQueue(1)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 100_000 {
		tk := q.join(classPreview, asker(r.IntN(200), i))
		if i%7 == 0 {
			if !q.leave(tk) {
				t.Fatal("a waiting request was not found")
			}
			continue
		}
		if q.next() != tk {
			t.Fatal("another request was served")
		}
		q.done(tk, ms(1+r.IntN(50)))
	}
	n := 0
	for _, network := range q.root.children[classPreview].children {
		n += 1 + len(network.children)
	}
	if n > 200*sweepFrom/8 {
		t.Errorf("%d accounts are kept", n)
	}
	for i := range 50_000 { // of as many networks
		who := capture.Asker{Network: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}),
			32)}
		tk := q.join(classPreview, who)
		if q.next() != tk {
			t.Fatal("another request was served")
		}
		q.done(tk, ms(1+r.IntN(50)))
	}
	if n := len(q.root.children[classPreview].children); n > keptNetworks+1 {
		t.Errorf("%d networks are kept", n)
	}
}

// A session whose pictures cost two workers is told apart from one that was unlucky.
func TestASessionThatCostsWorkersIsEnded(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) { cfg.Wait = 20 * time.Second })
	hostile := capture.WithAsker(t.Context(), asker(1, 1))
	if _, err := p.Analyze(hostile, another(t, seqCrash, 1)); !errors.Is(err, capture.ErrBusy) ||
		errors.Is(err, capture.ErrOffender) {
		t.Fatalf("the first: %v", err)
	}
	if _, err := p.Analyze(hostile, another(t, seqCrash, 2)); !errors.Is(err, capture.ErrOffender) {
		t.Fatalf("the second: %v, want ErrOffender", err)
	}
	if _, err := p.Analyze(hostile, picture(t, seqGood)); !errors.Is(err, capture.ErrOffender) {
		t.Errorf("afterwards: %v, want ErrOffender", err)
	}
	if _, err := p.Analyze(capture.WithAsker(t.Context(), asker(1, 2)), picture(t, seqGood)); err != nil {
		t.Errorf("its neighbour: %v", err)
	}
}

// Workers that somebody kills, and a worker that hangs without using time, are nobody's fault.
func TestAKilledWorkerIsNobodysFault(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) { cfg.Wait, cfg.Timeout = 20*time.Second, 10*time.Second })
	unlucky := capture.WithAsker(t.Context(), asker(1, 1))
	for i := range 4 {
		done := make(chan error, 1)
		go func() {
			_, err := p.Analyze(unlucky, another(t, seqSleep, i))
			done <- err
		}()
		until(t, "a worker has the frame", func() bool { return p.Stats().Busy > 0 })
		if err := exec.Command("kill", "-9", children(t)[0]).Run(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, capture.ErrBusy) || errors.Is(err, capture.ErrOffender) {
			t.Fatalf("killed %d times: %v", i+1, err)
		}
	}
	if _, err := p.Analyze(unlucky, picture(t, seqGood)); err != nil {
		t.Errorf("after four kills: %v", err)
	}
}
