package pairing

import (
	"encoding/json"
	"errors"
	"net/netip"
	"testing"
	"time"
)

// What strangers leave in the store goes by itself.
func TestStrangersLeaveNothing(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		m := h.store.(*Memory)
		for i := range 500 {
			from := netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})
			s, _, err := h.v.Open(t.Context(), OpenRequest{Address: from})
			if err != nil {
				t.Fatal(err)
			}
			code := h.show(t, s.ID)
			for _, ticket := range []Ticket{{Token: newToken(), Address: from}, {Code: newTyped(), Address: from},
				{Token: "x", Address: from}} {
				_, err := h.v.Invite(t.Context(), ticket)
				if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrRateLimited) {
					t.Fatal(err)
				}
			}
			if i%2 == 0 {
				if _, _, err := h.v.Claim(t.Context(), Ticket{Token: code.Token, Address: from}, ClaimRequest{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		held := func() (sessions, entries int) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return len(m.sessions), len(m.entries)
		}
		if sessions, entries := held(); sessions != 500 || entries > 500*12 {
			t.Errorf("%d sessions with %d entries", sessions, entries)
		}
		pass(80 * time.Minute)
		if sessions, _ := held(); sessions != 0 {
			t.Errorf("%d sessions after 80 minutes, want none", sessions)
		}
		pass(7 * time.Hour)
		if sessions, entries := held(); sessions+entries != 0 {
			t.Errorf("%d sessions and %d entries left after all", sessions, entries)
		}
	})
}

// A session that a phone's frames keep busy costs no write: what BenchmarkFlow
// times is a frame that changes nothing.
func BenchmarkFlow(b *testing.B) {
	store := NewMemory(MemoryLimits{})
	b.Cleanup(func() { _ = store.Close() })
	v, err := NewService(store, Config{Secret: testSecret})
	if err != nil {
		b.Fatal(err)
	}
	s, _, err := v.Open(b.Context(), OpenRequest{})
	if err != nil {
		b.Fatal(err)
	}
	s.State, s.IdleAt, s.EndsAt, s.Rev = Paired, clock().Add(time.Hour), clock().Add(time.Hour), 2
	s.Flow = json.RawMessage(`{"document":"identity-card","steps":[{"step":"document-front","state":"accepted"},{"step":"selfie"}]}`)
	if err := store.Save(b.Context(), s, time.Hour); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.UpdateFlow(b.Context(), s.ID, s.DeviceHash, func(f json.RawMessage) (json.RawMessage, error) {
			return f, nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFanout brings one record to a thousand subscribers of one session.
func BenchmarkFanout(b *testing.B) {
	var f fanout
	s := testSession()
	for range 1000 {
		f.add(s.ID)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Rev++
		next := s
		f.publish(s.ID, Event{Session: &next})
	}
}
