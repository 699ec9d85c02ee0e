package pairing

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visavis/limits"
)

// flooded is a service over a small store, whose strangers are not slowed down by any other limit.
func flooded(t *testing.T, most MemoryLimits) (*Service, *Memory) {
	t.Helper()
	m := newTestMemory(t, most)
	v, err := NewService(m, Config{Secret: testSecret, SessionsPerHour: 1_000_000, ClaimsPer10Min: 1_000_000,
		InvitesPer10Min: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	return v, m
}

func openFrom(t *testing.T, v *Service, address string) (Session, error) {
	t.Helper()
	s, _, err := v.Open(t.Context(), OpenRequest{Address: netip.MustParseAddr(address)})
	return s, err
}

// pairFrom opens, claims and compares from one address.
func pairFrom(t *testing.T, v *Service, address string) (Session, error) {
	t.Helper()
	s, err := openFrom(t, v, address)
	if err != nil {
		return s, err
	}
	return pairAgain(t, v, s.ID, address)
}

// pairAgain pairs a session that waits.
func pairAgain(t *testing.T, v *Service, id, address string) (Session, error) {
	t.Helper()
	s, code, err := v.ShowCode(t.Context(), id, "tab", false)
	if err != nil {
		return s, err
	}
	s, secret, err := v.Claim(t.Context(), Ticket{Token: code.Token, Address: netip.MustParseAddr(address)},
		ClaimRequest{Conn: "c"})
	if err != nil {
		return s, err
	}
	return v.ChooseCode(t.Context(), s.ID, secret, s.Comparison)
}

// Networks that flood: each row says where the i-th session comes from.
var floods = map[string]func(i int) string{
	"345 addresses":             func(i int) string { return fmt.Sprintf("198.%d.%d.7", 18+i%345/250, i%345%250) },
	"one address":               func(int) string { return "198.51.100.1" },
	"an IPv4 /24":               func(i int) string { return fmt.Sprintf("198.51.100.%d", i%256) },
	"an IPv6 /48":               func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i%65536) },
	"an IPv6 /64":               func(i int) string { return fmt.Sprintf("2001:db8:1:1::%x", i%65536) },
	"as many networks as there": func(i int) string { return fmt.Sprintf("100.%d.%d.1", 64+i/250, i%250) },
}

// The attack of 345 addresses, and its siblings: whoever comes while they flood opens a session and pairs.
func TestANewcomerOpensASessionWhileOthersFlood(t *testing.T) {
	for name, from := range floods {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, m := flooded(t, MemoryLimits{Sessions: 100})
				honest, err := pairFrom(t, v, "192.0.2.1")
				if err != nil {
					t.Fatal(err)
				}
				refused := 0
				for i := range 600 {
					switch _, err := openFrom(t, v, from(i)); {
					case errors.Is(err, ErrFull), errors.Is(err, ErrRateLimited):
						refused++
					case err != nil:
						t.Fatal(err)
					}
					if i%60 != 59 {
						continue
					}
					if _, err := pairFrom(t, v, fmt.Sprintf("203.0.113.%d", i/60)); err != nil {
						t.Fatalf("newcomer after %d of the flood: %v", i, err)
					}
				}
				if _, err := v.store.Load(t.Context(), honest.ID); err != nil {
					t.Errorf("who was there before, with a phone: %v", err)
				}
				if err := v.Ping(t.Context()); err != nil {
					t.Errorf("a store that has room for newcomers is ready: %v", err)
				}
				if len(m.sessions) > 100 {
					t.Errorf("%d sessions, limit 100", len(m.sessions))
				}
				if name == "one address" && refused != 0 {
					t.Errorf("%d refused: its own spare sessions go first", refused)
				}
			})
		})
	}
}

// An office of thirty people behind one address, each with a phone, keeps its sessions while somebody floods.
func TestAnOfficeKeepsItsSessionsWhileOthersFlood(t *testing.T) {
	for name, from := range floods {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, _ := flooded(t, MemoryLimits{Sessions: 100})
				var office []Session
				for range 30 {
					s, err := pairFrom(t, v, "192.0.2.1")
					if err != nil {
						t.Fatal(err)
					}
					office = append(office, s)
				}
				for i := range 600 {
					_, _ = openFrom(t, v, from(i))
				}
				for i, s := range office {
					if _, err := v.store.Load(t.Context(), s.ID); err != nil {
						t.Errorf("person %d of the office: %v", i+1, err)
					}
				}
				if _, err := pairFrom(t, v, "192.0.2.1"); err != nil {
					t.Errorf("one more of the office: %v", err)
				}
			})
		})
	}
}

// Sessions with a phone are no way around: a network holds its share of them, and idle ones go.
func TestOneNetworkDoesNotFillTheStoreWithPhones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, m := flooded(t, MemoryLimits{Sessions: 200, Held: 10})
		for name, most := range map[string]int{"198.51.100.": 80, "2001:db8:1:": 160} {
			held := 0
			for i := range 250 {
				address := fmt.Sprintf("%s%d", name, i%250)
				if strings.Contains(name, ":") {
					address = fmt.Sprintf("%s%x::1", name, i*256)
				}
				_, err := pairFrom(t, v, address)
				if err == nil {
					held++
				} else if !errors.Is(err, ErrRateLimited) && !errors.Is(err, ErrFull) {
					t.Fatal(err)
				}
			}
			if held > most {
				t.Errorf("%s… holds %d sessions, want %d at most", name, held, most)
			}
		}
		pass(11 * time.Minute) // nothing happens in them
		for i := range 100 {
			if _, err := pairFrom(t, v, fmt.Sprintf("203.%d.113.1", i)); err != nil {
				t.Fatalf("newcomer %d: %v", i, err)
			}
		}
		if len(m.sessions) > 200 {
			t.Errorf("%d sessions", len(m.sessions))
		}
	})
}

// A network that would have as many spare sessions itself takes nothing from others, and those in use stay.
func TestWhoHasMostTakesNothingFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, m := flooded(t, MemoryLimits{Sessions: 20})
		var used []Session
		for i := range 15 {
			s, err := pairFrom(t, v, fmt.Sprintf("203.%d.113.1", i))
			if err != nil {
				t.Fatal(err)
			}
			used = append(used, s)
		}
		var spare []Session
		for i := range 3 {
			s, err := openFrom(t, v, fmt.Sprintf("100.%d.113.1", 64+i))
			if err != nil {
				t.Fatal(err)
			}
			spare = append(spare, s)
		}
		for range 100 {
			if _, err := openFrom(t, v, "198.51.100.1"); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range append(used, spare...) {
			if _, err := v.store.Load(t.Context(), s.ID); err != nil {
				t.Errorf("a session of another network: %v", err)
			}
		}
		for i := range 5 { // now all are in use
			if _, err := pairFrom(t, v, fmt.Sprintf("203.%d.113.1", 100+i)); err != nil {
				t.Fatal(err)
			}
		}
		before := limits.Refusals(limits.SessionsTotal)
		_, err := openFrom(t, v, "198.51.100.1")
		wantErr(t, "when all are in use", err, ErrFull)
		if limits.Refusals(limits.SessionsTotal) == before {
			t.Error("the refusal is not counted")
		}
		if err := v.Ping(t.Context()); !errors.Is(err, ErrFull) {
			t.Errorf("ready: %v", err)
		}
		if len(m.sessions) != 20 {
			t.Errorf("%d sessions, want all twenty", len(m.sessions))
		}
	})
}

// Of networks that have as many, who has waited longest goes: a newcomer is not thrown out by the next one.
func TestTheLongestSpareGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, m := flooded(t, MemoryLimits{Sessions: 50})
		var newest []Session
		for i := range 200 {
			s, err := openFrom(t, v, floods["as many networks as there"](i))
			if err != nil {
				t.Fatal(err)
			}
			newest = append(newest, s)
			pass(time.Second)
		}
		for _, s := range newest[len(newest)-40:] {
			if m.sessions[s.ID] == nil {
				t.Errorf("a session of the last forty of fifty has gone")
			}
		}
	})
}

// Who follows a session that goes is told, and nothing of it is left.
func TestASessionThatGoesIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, m := flooded(t, MemoryLimits{Sessions: 2})
		first, err := openFrom(t, v, "198.51.100.1")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := v.ShowCode(t.Context(), first.ID, "tab", false); err != nil {
			t.Fatal(err)
		}
		events, stop, err := v.Subscribe(t.Context(), first.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		pass(time.Second)
		for _, a := range []string{"198.51.100.1", "192.0.2.1"} {
			if _, err := openFrom(t, v, a); err != nil {
				t.Fatal(err)
			}
		}
		if ev := <-events; !ev.Gone {
			t.Errorf("heard %+v, want that it is gone", ev)
		}
		for key, e := range m.entries {
			if e.id == first.ID {
				t.Errorf("%s still leads to it", key)
			}
		}
	})
}

// still puts a picture of n bytes into a session.
func still(t *testing.T, m *Memory, s Session, step string, n int) error {
	t.Helper()
	return m.PutStill(t.Context(), s.ID, step, make([]byte, n), maxStill, time.Hour)
}

// Twelve addresses that fill the pictures: newcomers still take theirs, and an office keeps its own.
func TestANewcomersPicturesHaveRoomWhileOthersFlood(t *testing.T) {
	const kB = 1 << 10
	for name, networks := range map[string]int{"twelve addresses": 12, "one address": 1, "two hundred": 200} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, m := flooded(t, MemoryLimits{Bytes: 5120 * kB, HeldBytes: 1280 * kB})
				person := func(address string) Session {
					s, err := pairFrom(t, v, address)
					if err != nil {
						t.Fatal(err)
					}
					for _, step := range []string{"document-front", "document-back", "selfie"} {
						if err := still(t, m, s, step, 10*kB); err != nil {
							t.Fatalf("%s of a person at %s: %v", step, address, err)
						}
					}
					return s
				}
				var office []Session
				for range 30 {
					office = append(office, person("192.0.2.1"))
				}
				for i := range 300 {
					s, err := pairFrom(t, v, fmt.Sprintf("198.%d.%d.1", 18+i%networks/100, i%networks%100))
					if err != nil {
						continue
					}
					pass(time.Millisecond)
					for _, step := range []string{"document-front", "document-back", "selfie"} {
						_ = still(t, m, s, step, 40*kB)
					}
				}
				for i := range 20 {
					person(fmt.Sprintf("203.%d.113.1", i))
				}
				for i, s := range office {
					if _, err := m.Still(t.Context(), s.ID, "selfie"); err != nil {
						t.Errorf("person %d of the office: %v", i+1, err)
					}
				}
				if m.bytes > 5120*kB {
					t.Errorf("%d bytes", m.bytes)
				}
			})
		})
	}
}

// One network keeps half of the pictures at most, however wide it is.
func TestOneNetworkKeepsHalfOfThePictures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, m := flooded(t, MemoryLimits{Bytes: 1000, HeldBytes: 200})
		for i := range 50 {
			s, err := openFrom(t, v, fmt.Sprintf("198.51.100.%d", i))
			if err != nil {
				t.Fatal(err)
			}
			if err := still(t, m, s, "selfie", 50); err != nil {
				wantErr(t, "over its share", err, ErrFull)
			}
		}
		if m.bytes != 500 {
			t.Errorf("a /24 keeps %d of 1,000 bytes, want half", m.bytes)
		}
		s, err := openFrom(t, v, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		wantErr(t, "one address", still(t, m, s, "selfie", 201), ErrFull)
		if err := still(t, m, s, "selfie", 200); err != nil {
			t.Error(err)
		}
	})
}

// What is counted of networks ends with their sessions.
func TestNothingIsRememberedOfNetworksThatHoldNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, m := flooded(t, MemoryLimits{Sessions: 50})
		for i := range 300 {
			s, err := pairFrom(t, v, floods["345 addresses"](i))
			if err != nil {
				continue
			}
			_ = still(t, m, s, "selfie", 100)
			_ = m.PutPart(t.Context(), s.ID, "u", 0, make([]byte, 50), 1000, time.Minute)
		}
		pass(30 * time.Hour)
		if len(m.holds) != 0 || m.bytes != 0 || len(m.sessions) != 0 {
			t.Errorf("%d networks, %d bytes, %d sessions are left", len(m.holds), m.bytes, len(m.sessions))
		}
	})
}
