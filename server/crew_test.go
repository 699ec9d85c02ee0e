package server

import (
	"sync"
	"testing"
	"testing/synctest"
)

// A crew keeps its goroutines for what comes next, no more of them than it may, and none after
// its end.
func TestACrewKeepsItsGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		c := newCrew(over)
		for _, atOnce := range []int{1, 1, 3, mostIdle + 10, 2} {
			var done sync.WaitGroup
			stand := make(chan struct{})
			for range atOnce {
				done.Add(1)
				c.run(func() {
					defer done.Done()
					<-stand
				})
			}
			synctest.Wait() // all stand: who waits for another would never come
			close(stand)
			done.Wait()
			synctest.Wait()
		}
		if c.idle != mostIdle {
			t.Errorf("%d wait for work, want %d", c.idle, mostIdle)
		}
		close(over)
		c.all.Wait()
		if c.idle != 0 {
			t.Errorf("%d still wait after the end", c.idle)
		}
		done := make(chan struct{})
		c.run(func() { close(done) }) // what comes then is done too
		<-done
	})
}

// Without a crew each function has a goroutine of its own.
func TestNoCrew(*testing.T) {
	done := make(chan struct{})
	(*crew)(nil).run(func() { close(done) })
	<-done
}
