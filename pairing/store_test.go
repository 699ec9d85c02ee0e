package pairing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
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

func testSession() Session {
	return Session{ID: uuid.NewString(), Reference: "K7Q2MX", Rev: 1, State: Waiting, CreatedAt: clock(), CodesEnd: clock().Add(tenMin)}
}

// create stores a new session and returns it.
func create(t *testing.T, store Store, ttl time.Duration) Session {
	t.Helper()
	s := testSession()
	if err := store.Create(t.Context(), s, ttl); err != nil {
		t.Fatal(err)
	}
	return s
}

// save stores the next rev of s.
func save(t *testing.T, store Store, s *Session) {
	t.Helper()
	s.Rev++
	if err := store.Save(t.Context(), *s, time.Minute); err != nil {
		t.Fatalf("save rev %d: %v", s.Rev, err)
	}
}

func subscribe(t *testing.T, store Store, id string) <-chan Event {
	t.Helper()
	events, cancel, err := store.Subscribe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return events
}

// next returns the next event or fails the test after 5 s.
func next(t *testing.T, events <-chan Event) Event {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("subscription ended")
		}
		return e
	case <-time.After(5 * time.Second):
		t.Fatal("no event within 5 s")
		return Event{}
	}
}

// eventually polls until ok, or fails the test after 5 s.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 5 s: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
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
	s.Choices = []string{"11", "22", "33"}
	s.Flow = json.RawMessage(`{"x":1}`)
	want := s.Clone()
	if err := a.Create(t.Context(), s, time.Minute); err != nil {
		t.Fatal(err)
	}
	s.Tokens[0].Hash, s.Choices[0], s.Flow[1] = "bb", "99", '!' // the caller's own copy
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

func storeStillLife(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	if err := a.PutStill(ctx, s.ID, "selfie", []byte("jpeg"), 100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	save(t, a, &s) // prolongs the still to a minute
	<-time.After(150 * time.Millisecond)
	if got, err := b.Still(ctx, s.ID, "selfie"); err != nil || string(got) != "jpeg" {
		t.Errorf("still of a living record: %q, %v", got, err)
	}
	s.Rev++
	if err := a.Save(ctx, s, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	eventually(t, "still gone with its record", func() bool {
		_, err := b.Still(ctx, s.ID, "selfie")
		return errors.Is(err, ErrNotFound)
	})
}

func storeIndexes(t *testing.T, a, b Store) {
	ctx, k := t.Context(), uuid.NewString()
	_, err := b.FindIndex(ctx, k)
	wantErr(t, "unknown key", err, ErrNotFound)
	for _, id := range []string{"one", "two"} {
		if err := a.PutIndex(ctx, k, id, time.Minute); err != nil {
			t.Fatal(err)
		}
		if got, err := b.FindIndex(ctx, k); got != id || err != nil {
			t.Errorf("find: %q, %v; want %q", got, err, id)
		}
	}
}

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

func storeBeats(t *testing.T, a, b Store) {
	ctx, id := t.Context(), uuid.NewString()
	if alive, err := b.Alive(ctx, id); alive || err != nil {
		t.Errorf("before a beat: %t, %v", alive, err)
	}
	if err := a.Beat(ctx, id, time.Minute); err != nil {
		t.Fatal(err)
	}
	if alive, err := b.Alive(ctx, id); !alive || err != nil {
		t.Errorf("after a beat: %t, %v", alive, err)
	}
}

func storeCounts(t *testing.T, a, b Store) {
	ctx, k := t.Context(), uuid.NewString()
	const each = 25
	var wait sync.WaitGroup
	for range each {
		for _, store := range []Store{a, b} {
			wait.Go(func() {
				if _, err := store.Count(ctx, k, time.Minute); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wait.Wait()
	if n, err := b.Counted(ctx, k); n != 2*each || err != nil {
		t.Errorf("counted %d, %v; want %d", n, err, 2*each)
	}
	if n, err := a.Count(ctx, k, time.Minute); n != 2*each+1 || err != nil {
		t.Errorf("count %d, %v; want %d", n, err, 2*each+1)
	}
	if n, err := a.Counted(ctx, uuid.NewString()); n != 0 || err != nil {
		t.Errorf("unknown counter %d, %v; want 0", n, err)
	}
}

func storeParts(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	put := func(store Store, upload string, part int, data string) error {
		return store.PutPart(ctx, s.ID, upload, part, []byte(data), 10, time.Minute)
	}
	if got, err := b.Parts(ctx, s.ID, "front/1"); len(got) != 0 || err != nil {
		t.Errorf("no parts yet: %v, %v", got, err)
	}
	if err := errors.Join(put(a, "front/1", 0, "aaaa"), put(b, "front/1", 2, "cc"), put(a, "front/1", 0, "AAAAA")); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "one byte too many", put(b, "front/1", 1, "bbbb"), ErrTooLarge)
	if err := put(b, "front/1", 1, "bbb"); err != nil {
		t.Errorf("exactly the limit: %v", err)
	}
	got, err := b.Parts(ctx, s.ID, "front/1")
	if err != nil || len(got) != 3 || string(got[0]) != "AAAAA" || string(got[1]) != "bbb" || string(got[2]) != "cc" {
		t.Errorf("parts: %v, %v", got, err)
	}
	if err := put(a, "front/2", 0, "new"); err != nil {
		t.Fatal(err)
	}
	if old, err := b.Parts(ctx, s.ID, "front/1"); len(old) != 0 || err != nil {
		t.Errorf("parts of the upload before: %v, %v; want none", old, err)
	}
	if got, err := b.Parts(ctx, s.ID, "front/2"); len(got) != 1 || string(got[0]) != "new" || err != nil {
		t.Errorf("parts of the new upload: %v, %v", got, err)
	}
	if err := a.PutPart(ctx, s.ID, "back/1", 0, []byte("x"), 10, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	eventually(t, "parts forgotten", func() bool { got, err := b.Parts(ctx, s.ID, "back/1"); return len(got) == 0 && err == nil })
	wantErr(t, "part of no session", a.PutPart(ctx, uuid.NewString(), "u", 0, []byte("x"), 10, time.Minute), ErrNotFound)
}

func storeStills(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	_, err := b.Still(ctx, s.ID, "selfie")
	wantErr(t, "no still yet", err, ErrNotFound)
	full := bytes.Repeat([]byte{0xff, 0xd8, 0x00}, MaxStill/3)
	if err := a.PutStill(ctx, s.ID, "selfie", full[:MaxStill], time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Still(ctx, s.ID, "selfie"); err != nil || !bytes.Equal(got, full) {
		t.Errorf("still: %d bytes, %v; want the %d that were put", len(got), err, len(full))
	}
	wantErr(t, "still over the limit", a.PutStill(ctx, s.ID, "selfie", append(full, 0), time.Minute), ErrTooLarge)
	if err := a.PutStill(ctx, s.ID, "selfie", []byte("again"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Still(ctx, s.ID, "selfie"); err != nil || string(got) != "again" {
		t.Errorf("replaced still: %d bytes, %v", len(got), err)
	}
	wantErr(t, "still of no session", a.PutStill(ctx, uuid.NewString(), "selfie", []byte("x"), time.Minute), ErrNotFound)
}

func storeForgetsImagesAtTheEnd(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	put := func() {
		t.Helper()
		if err := errors.Join(
			a.PutStill(ctx, s.ID, "selfie", []byte("x"), time.Minute), a.PutPart(ctx, s.ID, "u", 0, []byte("x"), 10, time.Minute),
		); err != nil {
			t.Fatal(err)
		}
	}
	save := func(state State) {
		t.Helper()
		s.Rev++
		s.State = state
		if err := b.Save(ctx, s, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	put()
	save(Paired)
	if still, err := b.Still(ctx, s.ID, "selfie"); err != nil || len(still) != 1 {
		t.Errorf("still of a session that goes on: %d bytes, %v", len(still), err)
	}
	save(Ended)
	_, err := a.Still(ctx, s.ID, "selfie")
	wantErr(t, "still of an ended session", err, ErrNotFound)
	if parts, err := a.Parts(ctx, s.ID, "u"); len(parts) != 0 || err != nil {
		t.Errorf("parts of an ended session: %v, %v", parts, err)
	}
	if got, err := a.Load(ctx, s.ID); err != nil || got.State != Ended {
		t.Errorf("the record of an ended session: %s, %v", got.State, err)
	}
}

func storeDeletes(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	if err := errors.Join(
		a.PutStill(ctx, s.ID, "selfie", []byte("x"), time.Minute),
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

func storeClaims(t *testing.T, a, b Store) {
	var services []*Service
	for _, store := range []Store{a, b} {
		v, err := NewService(store, Config{Secret: testSecret, ClaimsPer10Min: 1000, SessionsPerHour: 1000})
		if err != nil {
			t.Fatal(err)
		}
		services = append(services, v)
	}
	address := netip.AddrFrom16(uuid.New()) // counters of earlier runs may be there
	opened, _, err := services[0].Open(t.Context(), OpenRequest{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	_, code, err := services[1].ShowCode(t.Context(), opened.ID, "tab", false)
	if err != nil {
		t.Fatal(err)
	}
	const phones = 50
	secrets := make(chan Token, phones)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := range phones {
		wait.Go(func() {
			<-start
			_, secret, err := services[i%2].Claim(t.Context(), Ticket{Token: code.Token, Address: address}, ClaimRequest{})
			var second *SecondPhoneError
			switch {
			case err == nil:
				secrets <- secret
			case !errors.Is(err, ErrInvalid) || !errors.As(err, &second) || second.ID != opened.ID:
				t.Errorf("loser: %v, want a SecondPhoneError of %s", err, opened.ID)
			}
		})
	}
	close(start)
	wait.Wait()
	if len(secrets) != 1 {
		t.Fatalf("%d of %d claims won, want 1", len(secrets), phones)
	}
	winner := <-secrets
	for i, v := range services {
		got, err := v.ByDevice(t.Context(), winner)
		if err != nil || got.ID != opened.ID || got.State != Comparing {
			t.Errorf("winner on instance %d: %s, %s, %v", i, got.ID, got.State, err)
		}
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
