package pairing

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// openStores returns two handles on one store: what two instances have. They may
// be the same. It closes them in the test's cleanup.
type openStores func(t *testing.T) (a, b Store)

// testStore is the contract of Store. Every implementation passes it.
func testStore(t *testing.T, open openStores) {
	for name, test := range map[string]func(t *testing.T, a, b Store){
		"creates once":                         storeCreates,
		"saves only on the rev before":         storeSaves,
		"loses no change of many at once":      storeRaces,
		"forgets what has expired":             storeExpires,
		"keeps stills as long as the record":   storeStillLife,
		"finds by index":                       storeIndexes,
		"tells both instances":                 storeTells,
		"shows revs in their order":            storeOrder,
		"misses nothing after subscribe":       storeSubscribeLoad,
		"keeps the newest for the slow":        storeSlow,
		"ends subscriptions":                   storeEndsSubscriptions,
		"knows who is alive":                   storeBeats,
		"counts over both instances":           storeCounts,
		"keeps parts of one upload":            storeParts,
		"keeps stills up to their limit":       storeStills,
		"forgets the images at the end":        storeForgetsImagesAtTheEnd,
		"deletes all of a session":             storeDeletes,
		"honours the context":                  storeContext,
		"gives one of 50 claims the session":   storeClaims,
		"keeps a record as it was":             storeKeepsRecord,
		"refuses everything once it is closed": storeClosed,
	} {
		t.Run(name, func(t *testing.T) {
			a, b := open(t)
			test(t, a, b)
		})
	}
}

func storeCreates(t *testing.T, a, b Store) {
	s := create(t, a, time.Minute)
	wantErr(t, "create again", b.Create(t.Context(), s, time.Minute), ErrConflict)
	got, err := b.Load(t.Context(), s.ID)
	if err != nil || !equal(got, s) {
		t.Errorf("load: %+v, %v; want %+v", got, err, s)
	}
	_, err = a.Load(t.Context(), uuid.NewString())
	wantErr(t, "load unknown", err, ErrNotFound)
}

func storeKeepsRecord(t *testing.T, a, b Store) {
	s := testSession()
	s.Tokens = []Code{{Hash: "aa", ExpiresAt: clock()}}
	s.Tokens[0].Openers = []string{"11", "22", "33"}
	s.Flow = json.RawMessage(`{"x":1}`)
	want := s.Clone()
	if err := a.Create(t.Context(), s, time.Minute); err != nil {
		t.Fatal(err)
	}
	s.Tokens[0].Hash, s.Tokens[0].Openers[0], s.Flow[1] = "bb", "99", '!' // the caller's own copy
	got, err := b.Load(t.Context(), s.ID)
	if err != nil || !equal(got, want) {
		t.Errorf("load: %+v, %v; want %+v", got, err, want)
	}
	got.Flow[1] = '!'
	if again, err := b.Load(t.Context(), s.ID); err != nil || !equal(again, want) {
		t.Errorf("load again: %+v, %v; want %+v", again, err, want)
	}
}

func storeSaves(t *testing.T, a, b Store) {
	s := create(t, a, time.Minute)
	wantErr(t, "save the same rev", b.Save(t.Context(), s, time.Minute), ErrConflict)
	skip := s
	skip.Rev = 3
	wantErr(t, "save a rev too far", a.Save(t.Context(), skip, time.Minute), ErrConflict)
	s.Language = "fr"
	save(t, b, &s)
	if got, err := a.Load(t.Context(), s.ID); err != nil || got.Rev != 2 || got.Language != "fr" {
		t.Errorf("load: rev %d, language %q, %v; want 2, fr", got.Rev, got.Language, err)
	}
	unknown := testSession()
	unknown.Rev = 2
	wantErr(t, "save unknown", a.Save(t.Context(), unknown, time.Minute), ErrNotFound)
}

func storeRaces(t *testing.T, a, b Store) {
	s := create(t, a, time.Minute)
	const changes = 40
	errs := make(chan error, changes)
	var wait sync.WaitGroup
	for i := range changes {
		wait.Go(func() {
			store := []Store{a, b}[i%2]
			for {
				cur, err := store.Load(t.Context(), s.ID)
				if err == nil {
					cur.Rev++
					cur.WrongChoices++
					err = store.Save(t.Context(), cur, time.Minute)
				}
				if !errors.Is(err, ErrConflict) {
					errs <- err
					return
				}
			}
		})
	}
	wait.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if got, err := b.Load(t.Context(), s.ID); err != nil || got.WrongChoices != changes || got.Rev != changes+1 {
		t.Errorf("after %d changes: count %d, rev %d, %v", changes, got.WrongChoices, got.Rev, err)
	}
}

func storeExpires(t *testing.T, a, b Store) {
	const life = 150 * time.Millisecond
	ctx := t.Context()
	s := create(t, a, life)
	k := uuid.NewString()
	if err := errors.Join(a.PutIndex(ctx, k, s.ID, life), a.Beat(ctx, s.ID, life)); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Count(ctx, k, life); n != 1 || err != nil {
		t.Fatalf("count: %d, %v", n, err)
	}
	eventually(t, "record forgotten", func() bool { _, err := b.Load(ctx, s.ID); return errors.Is(err, ErrNotFound) })
	eventually(t, "index forgotten", func() bool { _, err := b.FindIndex(ctx, k); return errors.Is(err, ErrNotFound) })
	eventually(t, "beat forgotten", func() bool { ok, err := b.Alive(ctx, s.ID); return !ok && err == nil })
	eventually(t, "counter forgotten", func() bool { n, err := b.Counted(ctx, k); return n == 0 && err == nil })
	s.Rev++
	wantErr(t, "save expired", a.Save(ctx, s, time.Minute), ErrNotFound)
	if n, err := a.Count(ctx, k, time.Minute); n != 1 || err != nil {
		t.Errorf("count in a new window: %d, %v; want 1", n, err)
	}
}

func storeDeletes(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	if err := errors.Join(
		a.PutStill(ctx, s.ID, "selfie", []byte("x"), maxStill, time.Minute),
		a.PutPart(ctx, s.ID, "u", 0, []byte("x"), 10, time.Minute),
		a.Beat(ctx, s.ID, time.Minute),
		b.Delete(ctx, s.ID),
		b.Delete(ctx, s.ID), // what is gone can be deleted again
	); err != nil {
		t.Fatal(err)
	}
	_, err := a.Load(ctx, s.ID)
	wantErr(t, "record", err, ErrNotFound)
	_, err = a.Still(ctx, s.ID, "selfie")
	wantErr(t, "still", err, ErrNotFound)
	if parts, err := a.Parts(ctx, s.ID, "u"); len(parts) != 0 || err != nil {
		t.Errorf("parts: %v, %v", parts, err)
	}
	if alive, err := a.Alive(ctx, s.ID); alive || err != nil {
		t.Errorf("alive: %t, %v", alive, err)
	}
}

func storeContext(t *testing.T, a, _ Store) {
	s := create(t, a, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.Load(ctx, s.ID)
	wantErr(t, "load", err, context.Canceled)
	next := s
	next.Rev++
	wantErr(t, "save", a.Save(ctx, next, time.Minute), context.Canceled)
	_, _, err = a.Subscribe(ctx, s.ID)
	wantErr(t, "subscribe", err, context.Canceled)
	_, err = a.Count(ctx, uuid.NewString(), time.Minute)
	wantErr(t, "count", err, context.Canceled)
	if err := a.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}

func storeClosed(t *testing.T, a, _ Store) {
	s := create(t, a, time.Minute)
	events := subscribe(t, a, s.ID)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := <-events; ok {
		t.Error("an event after close, want the channel closed")
	}
	if _, err := a.Load(t.Context(), s.ID); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("load after close: %v, want an error of the store", err)
	}
	if _, _, err := a.Subscribe(t.Context(), s.ID); err == nil {
		t.Error("subscribe after close worked")
	}
}
