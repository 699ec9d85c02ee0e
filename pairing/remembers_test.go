package pairing

import (
	"strings"
	"testing"
)

// A change of a session that somebody follows on this instance is one call of Redis.
func TestAChangeOfAFollowedSessionDoesNotLoadIt(t *testing.T) {
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
	presence(Asleep) // from now on its record is known here
	gets := func() (n string) {
		t.Helper()
		info, err := plainClient(t, u).Info(t.Context(), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(info) {
			if strings.HasPrefix(line, "cmdstat_get:") {
				n, _, _ = strings.Cut(line, ",")
			}
		}
		return n
	}
	before := gets()
	presence(Present)
	presence(Asleep)
	if after := gets(); before == "" || after != before {
		t.Errorf("GETs of Redis before %q and after two changes %q, want none between", before, after)
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
