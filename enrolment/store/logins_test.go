package store_test

import (
	"sync"
	"testing"
	"time"

	"visavis/enrolment/store"
)

func endedLogins(t *testing.T, s *store.Store) {
	ctx, l, now := t.Context(), store.EndedLogins{Store: s}, time.Now().UTC()
	at := func(want time.Time, keys ...string) {
		t.Helper()
		if got, err := l.EndedAt(ctx, keys...); err != nil || !got.Equal(want) {
			t.Errorf("%v: ended at %s, %v, want %s", keys, got, err, want)
		}
	}
	end := func(key string, at time.Time) {
		t.Helper()
		if err := l.End(ctx, key, at, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	at(time.Time{}, "a", "b")
	at(time.Time{})
	end("a", now)
	at(now, "a", "b")
	at(time.Time{}, "b", "a ", "A")
	end("a", now.Add(-time.Minute)) // came late
	at(now, "a")
	end("a", now.Add(time.Minute))
	end("b", now.Add(time.Second))
	at(now.Add(time.Minute), "b", "a")
	at(now.Add(time.Second), "b")
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() { end("together", now.Add(time.Duration(i)*time.Second)) })
	}
	wait.Wait()
	at(now.Add(7*time.Second), "together")
	if err := l.End(ctx, "over", now.Add(-time.Hour), now.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	end("c", now)
	at(time.Time{}, "over") // forgotten with the next one
}
