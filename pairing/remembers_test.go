package pairing

import (
	"errors"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// called counts the calls that clients of a Redis have made: of scripts, and of GET.
func called(t *testing.T, u string) (scripts, gets int) {
	t.Helper()
	info, err := plainClient(t, u).Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]*int{"evalsha": &scripts, "get": &gets} {
		if m := regexp.MustCompile(`cmdstat_` + name + `:calls=(\d+)`).FindStringSubmatch(info); m != nil {
			*n, _ = strconv.Atoi(m[1])
		}
	}
	return scripts, gets
}

// A change of a session that somebody follows on this instance is one call of Redis: its
// record is not loaded, and what the share knows of it is still true.
func TestAChangeOfAFollowedSessionIsOneCall(t *testing.T) {
	u := redisURL(t)
	store := openRedis(t, u)
	h := harnessOn(t, store)
	s, _ := h.paired(t)
	events := subscribe(t, store, s.ID)
	presence := func(p Presence) {
		t.Helper()
		if _, err := h.v.Presence(t.Context(), s.ID, "", p); err != nil {
			t.Fatal(err)
		}
		for e := next(t, events); e.Session == nil || e.Session.PhonePresence != p; e = next(t, events) {
		}
	}
	start := time.Now()
	presence(Asleep) // from now on its record is known here, and that the share knows it
	scripts, gets := called(t, u)
	const changes = 20
	for range changes / 2 {
		presence(Present)
		presence(Asleep)
	}
	again := int(time.Since(start) / noteEvery) // a slow machine may have to tell the share once more
	after, loaded := called(t, u)
	if scripts == 0 || after-scripts < changes || after-scripts > changes+again || loaded != gets {
		t.Errorf("%d changes took %d scripts and %d GETs of Redis, want %d and none", changes, after-scripts, loaded-gets,
			changes)
	}
}

// What the share knows of a session follows each change that counts there, on whatever
// instance it is made, though both know what they themselves told it before.
func TestTheShareFollowsASessionOverInstances(t *testing.T) {
	v, stores := smallRedis(t, RedisConfig{})
	s, err := openFrom(t, v[0], "203.0.113.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range stores {
		subscribe(t, r, s.ID)
	}
	claimed := func() bool {
		t.Helper()
		err := stores[0].client.ZScore(t.Context(), sharePrefix+"idle", s.ID).Err()
		if err != nil && !errors.Is(err, redis.Nil) {
			t.Fatal(err)
		}
		return err == nil
	}
	for i := range 8 {
		here, there := v[i%2], v[(i+1)%2]
		if s, err = pairAgain(t, here, s.ID, "203.0.113.1"); err != nil {
			t.Fatal(err)
		}
		if !claimed() {
			t.Fatalf("round %d: a phone holds the session, and the share does not know it", i)
		}
		if s, err = there.NotMyPhone(t.Context(), s.ID, "", nil); err != nil {
			t.Fatal(err)
		}
		if claimed() {
			t.Fatalf("round %d: the phone was thrown out, and the share does not know it", i)
		}
	}
}

func TestWhatTheShareKnowsHolds(t *testing.T) {
	now := time.Now()
	s := Session{Rev: 7, State: Paired}
	end := now.Add(25 * time.Minute)
	known := noted{rev: 6, state: Paired, end: end, at: now}
	for name, change := range map[string]func(n *noted, s *Session, end *time.Time){
		"somebody else saved it":  func(n *noted, _ *Session, _ *time.Time) { n.rev-- },
		"its state":               func(_ *noted, s *Session, _ *time.Time) { s.State = Comparing },
		"it is done":              func(_ *noted, s *Session, _ *time.Time) { s.Finished = true },
		"it was prolonged":        func(_ *noted, _ *Session, end *time.Time) { *end = end.Add(30 * time.Minute) },
		"it ends sooner":          func(_ *noted, _ *Session, end *time.Time) { *end = end.Add(-noteEvery) },
		"it was told a while ago": func(n *noted, _ *Session, _ *time.Time) { n.at = now.Add(-noteEvery) },
		"it ends at once":         func(_ *noted, _ *Session, end *time.Time) { *end = now.Add(time.Second) },
		"nothing was told yet":    func(n *noted, _ *Session, _ *time.Time) { *n = noted{} },
	} {
		n, s, end := known, s, end
		change(&n, &s, &end)
		if n.holds(s, end, now) {
			t.Errorf("%s: the share is not told", name)
		}
	}
	if !known.holds(s, end.Add(time.Second), now.Add(time.Second)) {
		t.Error("the share is told what it knows")
	}
}

// A record that is remembered may be an old one. Its change is tried, refused by the store,
// and made on the stored one.
func TestAChangeOnAnOldRecordIsMadeOnTheStoredOne(t *testing.T) {
	u := redisURL(t)
	here, there := openRedis(t, u), openRedis(t, u)
	h, other := harnessOn(t, here), harnessOn(t, there)
	s, _ := h.paired(t)
	events := subscribe(t, here, s.ID)
	if _, err := h.v.Presence(t.Context(), s.ID, "", Asleep); err != nil {
		t.Fatal(err)
	}
	next(t, events)
	old := here.newest(s.ID)
	if old == nil {
		t.Fatal("nothing is remembered of a session that is followed")
	}
	if _, err := other.v.Camera(t.Context(), s.ID, "", CameraDenied); err != nil {
		t.Fatal(err)
	}
	for e := next(t, events); e.Session == nil || e.Session.PhoneCamera == ""; e = next(t, events) {
	}
	for _, sub := range here.fan.of(s.ID) { // as if that news had not come yet
		sub.mu.Lock()
		sub.newest = old
		sub.mu.Unlock()
	}
	got, err := h.v.Presence(t.Context(), s.ID, "", Present)
	if err != nil || got.PhonePresence != Present || got.PhoneCamera != CameraDenied || got.Rev != old.Rev+2 {
		t.Errorf("%+v, %v, want both changes, at rev %d", got, err, old.Rev+2)
	}
	ended, err := other.v.UnsafePictures(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range here.fan.of(s.ID) {
		sub.mu.Lock()
		sub.newest = old
		sub.mu.Unlock()
	}
	if got, err := h.v.Presence(t.Context(), s.ID, "", Present); err != nil || got.Rev != ended.Rev {
		t.Errorf("%+v, %v, want the record as it ended", got, err)
	}
}
