package pairing

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryStore(t *testing.T) {
	testStore(t, func(t *testing.T) (Store, Store) {
		m := newTestMemory(t, MemoryLimits{})
		return m, m
	})
}

func newTestMemory(t *testing.T, limits MemoryLimits) *Memory {
	t.Helper()
	m := NewMemory(limits)
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestMemoryRefusesToGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		m := newTestMemory(t, MemoryLimits{Sessions: 3, Entries: 4, Bytes: 100})
		var last Session
		for range 3 {
			last = create(t, m, time.Minute)
		}
		err := m.Create(ctx, testSession(), time.Minute)
		wantErr(t, "fourth session", err, ErrFull)
		if want := "store full: 3 sessions, limit 3"; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		for i := range 4 {
			if _, err := m.Count(ctx, fmt.Sprint(i), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		_, err = m.Count(ctx, "one more", time.Minute)
		wantErr(t, "fifth entry", err, ErrFull)
		if _, err := m.Count(ctx, "3", time.Minute); err != nil {
			t.Errorf("counter that is there: %v", err)
		}
		if err := errors.Join(m.PutStill(ctx, last.ID, "selfie", make([]byte, 60), maxStill, 0),
			m.PutPart(ctx, last.ID, "u", 0, make([]byte, 40), 1000, time.Minute)); err != nil {
			t.Fatal(err)
		}
		wantErr(t, "image bytes", m.PutPart(ctx, last.ID, "u", 1, make([]byte, 1), 1000, time.Minute), ErrFull)

		<-time.After(time.Minute + time.Second)
		create(t, m, time.Minute)
		if _, err := m.Count(ctx, "one more", time.Minute); err != nil {
			t.Errorf("entry after the others expired: %v", err)
		}
	})
}

// What sessions have shown stays for a day: it must not keep new sessions out.
func TestMemoryKeepsRoomForSessions(t *testing.T) {
	ctx := t.Context()
	m := newTestMemory(t, MemoryLimits{Entries: 100})
	v, err := NewService(m, Config{Secret: testSecret, SessionsPerHour: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if _, _, err := v.Seen(ctx, fmt.Sprint("session ", i), true, fmt.Sprint("frame ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if other, _, err := v.Seen(ctx, "another", true, "frame 3"); err != nil || other != "session 3" {
		t.Errorf("what was shown first: %q, %v", other, err)
	}
	s, _, err := v.Open(ctx, OpenRequest{})
	if err != nil {
		t.Fatalf("a new session: %v", err)
	}
	if _, _, err := v.ShowCode(ctx, s.ID, "tab", false); err != nil {
		t.Errorf("its code: %v", err)
	}
}

func TestMemorySweepsWhatNobodyAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		m := newTestMemory(t, MemoryLimits{})
		s := create(t, m, time.Minute)
		if err := errors.Join(
			m.PutStill(ctx, s.ID, "selfie", make([]byte, 1000), maxStill, 0),
			m.PutPart(ctx, s.ID, "u", 0, make([]byte, 500), 1000, 5*time.Second),
			m.PutIndex(ctx, "key", s.ID, time.Minute),
		); err != nil {
			t.Fatal(err)
		}
		held := func() (sessions, entries int, bytes int64, sweeping bool) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return len(m.sessions), len(m.entries), m.bytes, m.sweeper != nil
		}
		<-time.After(2 * sweepEvery)
		if _, _, bytes, _ := held(); bytes != 1000 {
			t.Errorf("after the parts' end: %d bytes, want 1000", bytes)
		}
		<-time.After(time.Minute)
		if s, e, b, sweeping := held(); s+e != 0 || b != 0 || sweeping {
			t.Errorf("after the end: %d sessions, %d entries, %d bytes, sweeping %t; want nothing", s, e, b, sweeping)
		}
	})
}
