package registry

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAnEndpointThatFailedIsLeftAloneAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Registry{rests: map[string]*rest{}}
		for _, e := range []string{"end_gone", "end_slow"} {
			if again, ok := r.enter(t.Context(), e); !ok {
				t.Fatalf("%s is not called at first, but after %s", e, again)
			}
		}
		r.leave("end_gone", false, 0)
		if again, ok := r.enter(t.Context(), "end_gone"); ok || again < restLeast || again > 2*restLeast+time.Second {
			t.Errorf("called %v after %s, want %s or more", ok, again, restLeast)
		}
		r.forgetRests()
		if _, ok := r.enter(t.Context(), "end_gone"); ok {
			t.Error("forgotten while it is left alone")
		}
		time.Sleep(restLeast + restMost + time.Second)
		r.forgetRests()
		if r.rests["end_gone"] != nil || r.rests["end_slow"] == nil {
			t.Errorf("%v is kept, want the one that is being called", r.rests)
		}
	})
}

func TestOfAnEndpointThatHangsAFewMessagesAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Registry{rests: map[string]*rest{}}
		for range atOnce {
			if again, ok := r.enter(t.Context(), "end_slow"); !ok {
				t.Fatalf("put off for %s", again)
			}
		}
		begun := time.Now()
		if again, ok := r.enter(t.Context(), "end_slow"); ok || again < time.Second || time.Since(begun) != patience {
			t.Errorf("one more: sent %v after %s, again after %s; want to be put off after %s", ok,
				time.Since(begun), again, patience)
		}
		turn := make(chan bool)
		go func() {
			_, ok := r.enter(t.Context(), "end_slow")
			turn <- ok
		}()
		synctest.Wait()
		r.leave("end_slow", true, time.Minute)
		if !<-turn {
			t.Error("who waited for a turn did not get the one that was free")
		}
		for range atOnce {
			r.leave("end_slow", true, time.Minute)
		}
		if len(r.rests) != 0 {
			t.Errorf("%v is kept of an endpoint that works", r.rests)
		}
	})
}

func TestMessagesWaitForAnEndpointThatAnswersQuickly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Registry{rests: map[string]*rest{}}
		for range atOnce + 1 {
			go func() {
				if _, ok := r.enter(t.Context(), "end_quick"); ok {
					time.Sleep(time.Millisecond)
					r.leave("end_quick", true, time.Millisecond)
				}
			}()
		}
		synctest.Wait()
		time.Sleep(time.Millisecond) // all but the one that takes the free turn are answered
		synctest.Wait()
		for range atOnce - 1 {
			if again, ok := r.enter(t.Context(), "end_quick"); !ok {
				t.Fatalf("put off for %s", again)
			}
		}
		time.Sleep(time.Millisecond) // the last answer; then it hangs
		synctest.Wait()
		if again, ok := r.enter(t.Context(), "end_quick"); !ok {
			t.Fatalf("put off for %s", again)
		}
		for i, want := range []time.Duration{quickly, patience} {
			begun := time.Now()
			if _, ok := r.enter(t.Context(), "end_quick"); ok || time.Since(begun) != want {
				t.Errorf("message %d: sent %v after %s, want it put off after %s", i, ok, time.Since(begun), want)
			}
		}
		for range atOnce {
			r.leave("end_quick", false, time.Minute)
		}
	})
}
