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
			if again, ok := r.enter(e); !ok {
				t.Fatalf("%s is not called at first, but after %s", e, again)
			}
		}
		r.leave("end_gone", false)
		if again, ok := r.enter("end_gone"); ok || again < restLeast || again > 2*restLeast+time.Second {
			t.Errorf("called %v after %s, want %s or more", ok, again, restLeast)
		}
		r.forgetRests()
		if _, ok := r.enter("end_gone"); ok {
			t.Error("forgotten while it is left alone")
		}
		time.Sleep(restLeast + restMost + time.Second)
		r.forgetRests()
		if r.rests["end_gone"] != nil || r.rests["end_slow"] == nil {
			t.Errorf("%v is kept, want the one that is being called", r.rests)
		}
	})
}
