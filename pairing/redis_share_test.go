package pairing

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// smallRedis are services of two instances over one Redis that keeps little. A busy
// machine's calls may take long: these tests are about room, not time.
func smallRedis(t *testing.T, c RedisConfig) (services [2]*Service, stores [2]*Redis) {
	t.Helper()
	c.URLs, c.Timeout = []string{"redis://" + startRedis(t)}, time.Minute
	for i := range services {
		r, err := NewRedis(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		stores[i] = r
		if services[i], err = NewService(r, Config{Secret: testSecret, SessionsPerHour: 1_000_000, ClaimsPer10Min: 1_000_000,
			InvitesPer10Min: 1_000_000}); err != nil {
			t.Fatal(err)
		}
	}
	return services, stores
}

// kept counts the records.
func kept(t *testing.T, r *Redis) (n int) {
	t.Helper()
	iter := r.client.Scan(t.Context(), 0, "visavis:*:session:*", 1000).Iterator()
	for iter.Next(t.Context()) {
		n++
	}
	if err := iter.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// Pictures of many networks, each within its share, leave a newcomer room: over two
// instances the sessions that keep most go first, and who follows one is told.
func TestPicturesOfAllOnRedis(t *testing.T) {
	v, stores := smallRedis(t, RedisConfig{HeldBytes: 1000, Bytes: 4000})
	put := func(i int, s Session, step string, n int) error {
		return stores[i%2].PutStill(t.Context(), s.ID, step, make([]byte, n), maxStill, time.Minute)
	}
	open := func(i int) Session {
		t.Helper()
		s, err := pairFrom(t, v[i%2], fmt.Sprintf("100.64.%d.1", i))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var flood []Session
	for i := range 4 {
		flood = append(flood, open(i))
		if err := put(i, flood[i], "selfie", 900+i); err != nil {
			t.Fatal(err)
		}
	}
	events := subscribe(t, stores[0], flood[3].ID)
	newcomer := open(10)
	if err := errors.Join(put(0, newcomer, "document-front", 300), put(1, newcomer, "selfie", 300)); err != nil {
		t.Fatalf("a newcomer's pictures: %v", err)
	}
	for gone := false; !gone; {
		select {
		case ev := <-events:
			gone = ev.Gone
		case <-time.After(10 * time.Second):
			t.Fatal("who follows the largest session heard nothing")
		}
	}
	if _, err := stores[1].Load(t.Context(), flood[3].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the largest session is still there: %v", err)
	}
	for i, s := range flood[:3] {
		if _, err := stores[1].Still(t.Context(), s.ID, "selfie"); err != nil {
			t.Errorf("session %d, which need not have gone: %v", i, err)
		}
	}
	// The largest one may not displace the smaller ones, and leaves nothing.
	late := open(11)
	wantErr(t, "the largest of all, with no room", put(1, late, "selfie", 1000), ErrFull)
	if _, err := stores[0].Still(t.Context(), late.ID, "selfie"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was refused is kept: %v", err)
	}
	if err := put(0, late, "selfie", 697); err != nil {
		t.Errorf("exactly what is left: %v", err)
	}
	wantErr(t, "parts count too", stores[0].PutPart(t.Context(), late.ID, "u", 0, make([]byte, 250), 1000, time.Minute),
		ErrFull)
	if err := put(0, newcomer, "selfie", 100); err != nil { // smaller than before
		t.Errorf("a smaller picture in place of a larger one: %v", err)
	}
	if n := countedBytes(t, stores[0]); n == 0 || n > 4000 {
		t.Errorf("%d bytes are counted, limit 4000", n)
	}
}

// countedBytes are the bytes that a Redis counts of all pictures.
func countedBytes(t *testing.T, r *Redis) int64 {
	t.Helper()
	n, err := r.client.HGet(t.Context(), sharePrefix+"bytes", "all").Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		t.Fatal(err)
	}
	return n
}

// What Redis forgot by itself counts no longer, neither of all nor of the network: a
// session's pictures, and the parts of a still that was never finished.
func TestForgottenPicturesAreNotCounted(t *testing.T) {
	for name, forget := range map[string]func(*Redis, Session) error{
		"a session": func(r *Redis, s Session) error {
			s.Rev++
			return errors.Join(r.PutStill(t.Context(), s.ID, "selfie", make([]byte, 900), maxStill, time.Minute),
				r.Save(t.Context(), s, 50*time.Millisecond))
		},
		"parts": func(r *Redis, s Session) error {
			return r.PutPart(t.Context(), s.ID, "u", 0, make([]byte, 900), 1000, 50*time.Millisecond)
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, stores := smallRedis(t, RedisConfig{HeldBytes: 1000, Bytes: 2000})
			var open [2]Session
			for i := range open {
				var err error
				if open[i], err = pairFrom(t, v[i], "203.0.113.1"); err != nil {
					t.Fatal(err)
				}
			}
			if err := forget(stores[0], open[0]); err != nil {
				t.Fatal(err)
			}
			if n := countedBytes(t, stores[1]); n != 900 {
				t.Fatalf("%d bytes are counted, want 900", n)
			}
			waitFor(t, "a picture in the room of what was forgotten", func() error {
				return stores[1].PutStill(t.Context(), open[1].ID, "selfie", make([]byte, 950), maxStill, time.Minute)
			})
			if n := countedBytes(t, stores[1]); n != 950 {
				t.Errorf("%d bytes are counted, want 950", n)
			}
			if left, err := stores[0].client.ZCard(t.Context(), sharePrefix+"uploads").Result(); err != nil || left != 0 {
				t.Errorf("%d uploads are known (%v), want none", left, err)
			}
		})
	}
}

// The attack of 345 addresses and its siblings, against two instances over one Redis.
func TestANewcomerOpensASessionWhileOthersFloodRedis(t *testing.T) {
	for name, from := range floods {
		t.Run(name, func(t *testing.T) {
			v, stores := smallRedis(t, RedisConfig{Sessions: 60})
			var office []Session
			for i := range 20 {
				s, err := pairFrom(t, v[i%2], "192.0.2.1")
				if err != nil {
					t.Fatal(err)
				}
				office = append(office, s)
			}
			for i := range 240 {
				switch _, err := openFrom(t, v[i%2], from(i)); {
				case err != nil && !errors.Is(err, ErrFull) && !errors.Is(err, ErrRateLimited):
					t.Fatal(err)
				}
				if i%40 == 39 {
					if _, err := pairFrom(t, v[i/40%2], fmt.Sprintf("203.0.113.%d", i/40)); err != nil {
						t.Fatalf("newcomer after %d of the flood: %v", i, err)
					}
				}
			}
			for i, s := range office {
				if _, err := stores[1].Load(t.Context(), s.ID); err != nil {
					t.Errorf("person %d of the office: %v", i+1, err)
				}
			}
			if n := kept(t, stores[0]); n > 60 {
				t.Errorf("%d records, limit 60 over both instances", n)
			}
		})
	}
}

func TestSharesOnRedis(t *testing.T) {
	v, stores := smallRedis(t, RedisConfig{Sessions: 12, Held: 5, HeldBytes: 1000})
	a, b := stores[0], stores[1]
	var own []Session
	for range 5 {
		s, err := pairFrom(t, v[0], "198.51.100.1")
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, s)
	}
	_, err := openFrom(t, v[1], "198.51.100.1")
	wantErr(t, "the sixth of one address, on the other instance", err, ErrRateLimited)

	still := func(r *Redis, s Session, step string, n int) error {
		return r.PutStill(t.Context(), s.ID, step, make([]byte, n), maxStill, time.Minute)
	}
	if err := errors.Join(still(a, own[0], "selfie", 400), still(b, own[1], "selfie", 400),
		still(b, own[1], "selfie", 500)); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "a network over its bytes", still(a, own[2], "selfie", 101), ErrFull)
	if _, err := b.Still(t.Context(), own[2].ID, "selfie"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was refused is kept: %v", err)
	}
	wantErr(t, "its parts", a.PutPart(t.Context(), own[2].ID, "u", 0, make([]byte, 101), 1000, time.Minute), ErrFull)
	if err := a.PutPart(t.Context(), own[2].ID, "u", 0, make([]byte, 100), 1000, time.Minute); err != nil {
		t.Errorf("exactly its bytes: %v", err)
	}
	if _, err := v[0].Cancel(t.Context(), own[0].ID); err != nil { // its picture is gone
		t.Fatal(err)
	}
	if err := still(a, own[3], "selfie", 400); err != nil {
		t.Errorf("after a session ended: %v", err)
	}

	// A session that goes is told on the other instance too, and all that is counted ends with the sessions.
	waits, err := openFrom(t, v[0], "203.0.113.1")
	if err != nil {
		t.Fatal(err)
	}
	events := subscribe(t, b, waits.ID)
	for i := range 12 {
		if _, err := openFrom(t, v[0], fmt.Sprintf("100.64.%d.1", i)); err != nil {
			t.Fatal(err)
		}
	}
	for gone := false; !gone; {
		select {
		case ev := <-events:
			gone = ev.Gone
		case <-time.After(10 * time.Second):
			t.Fatal("who follows it heard nothing")
		}
	}
	iter := a.client.Scan(t.Context(), 0, "visavis:*:session:*", 1000).Iterator()
	for iter.Next(t.Context()) {
		if err := a.Delete(t.Context(), iter.Val()[len("visavis:{00}:session:"):]); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range []string{"sessions", "idle", "crowd", "held", "bytes", "largest", "of"} {
		if n, err := a.client.Exists(t.Context(), sharePrefix+k).Result(); err != nil || n != 0 {
			t.Errorf("%s is left (%v)", k, err)
		}
	}
}

// Records that end by themselves are counted no more.
func TestSharesOnRedisEndWithTheRecords(t *testing.T) {
	_, stores := smallRedis(t, RedisConfig{Sessions: 2})
	for range 3 {
		s, u := testSession(), testSession()
		s.Networks, u.Networks = []Holder{{"a", 1}}, []Holder{{"b", 1}}
		if err := errors.Join(stores[0].Create(t.Context(), s, 50*time.Millisecond),
			stores[1].Create(t.Context(), u, 50*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the records' end", func() error {
			if n := kept(t, stores[0]); n != 0 {
				return fmt.Errorf("%d are left", n)
			}
			return nil
		})
	}
	if n, err := stores[0].client.HGet(t.Context(), sharePrefix+"held", "a").Int(); err != nil &&
		!errors.Is(err, redis.Nil) || n > 1 {
		t.Errorf("%d are counted of a network (%v)", n, err)
	}
}
