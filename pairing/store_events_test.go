package pairing

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

func storeTells(t *testing.T, a, b Store) {
	s := create(t, a, time.Minute)
	other := create(t, a, time.Minute)
	onA, onB, again := subscribe(t, a, s.ID), subscribe(t, b, s.ID), subscribe(t, b, s.ID)
	save(t, a, &other)
	save(t, a, &s)
	if err := b.Publish(t.Context(), s.ID, []byte("live")); err != nil {
		t.Fatal(err)
	}
	for name, events := range map[string]<-chan Event{"a": onA, "b": onB, "second on b": again} {
		var rev int64
		var live string
		for rev == 0 || live == "" {
			e := next(t, events)
			if e.Session != nil {
				rev = e.Session.Rev
				if e.Session.ID != s.ID {
					t.Errorf("%s: news of session %s, want %s", name, e.Session.ID, s.ID)
				}
			}
			if e.Live != nil {
				live = string(e.Live)
			}
		}
		if rev != 2 || live != "live" {
			t.Errorf("%s: rev %d, live %q; want 2, live", name, rev, live)
		}
	}
}

func storeOrder(t *testing.T, a, b Store) {
	s := create(t, a, time.Minute)
	events := subscribe(t, b, s.ID)
	const last = 60
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() {
		for i := s.Rev; i < last; i++ {
			save(t, []Store{a, b}[i%2], &s)
		}
	})
	for rev := int64(1); rev < last; {
		e := next(t, events)
		if e.Session.Rev <= rev {
			t.Errorf("rev %d after %d", e.Session.Rev, rev)
		}
		rev = e.Session.Rev
	}
}

func storeSubscribeLoad(t *testing.T, a, b Store) {
	for range 10 {
		s := create(t, a, time.Minute)
		const last = 20
		var wait sync.WaitGroup
		wait.Go(func() {
			for s.Rev < last {
				save(t, a, &s)
			}
		})
		events := subscribe(t, b, s.ID)
		got, err := b.Load(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		for rev := got.Rev; rev < last; {
			if e := next(t, events); e.Session != nil && e.Session.Rev > rev {
				rev = e.Session.Rev
			}
		}
		wait.Wait()
	}
}

func storeSlow(t *testing.T, a, b Store) {
	s := create(t, a, time.Minute)
	slow, fast := subscribe(t, b, s.ID), subscribe(t, b, s.ID)
	const count = 50
	for range count {
		save(t, a, &s)
	}
	for i := range count {
		if err := a.Publish(t.Context(), s.ID, fmt.Appendf(nil, "%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for string(next(t, fast).Live) != fmt.Sprint(count-1) {
	}
	events, rev, live := 0, int64(0), ""
	for live != fmt.Sprint(count-1) {
		e := next(t, slow)
		events++
		if e.Session != nil {
			rev = e.Session.Rev
		}
		live = string(e.Live)
	}
	if rev != s.Rev {
		t.Errorf("slow subscriber: newest rev %d, want %d", rev, s.Rev)
	}
	if events > queue+1 {
		t.Errorf("slow subscriber: %d events kept, want %d at most", events, queue)
	}
}

func storeEndsSubscriptions(t *testing.T, a, _ Store) {
	s := create(t, a, time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	byContext, cancelled, err := a.Subscribe(ctx, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	byCancel, cancel, err := a.Subscribe(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	cancel()
	cancel() // may be called again
	for name, events := range map[string]<-chan Event{"context": byContext, "cancel": byCancel} {
		select {
		case _, ok := <-events:
			if ok {
				t.Errorf("by %s: an event, want the channel closed", name)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("by %s: channel not closed within 5 s", name)
		}
	}
	cancelled()
	save(t, a, &s) // reaches nobody and harms nobody
}
