package limits

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// with is a row with another number.
func with(l Limit, number int64, per time.Duration) Row {
	r := l.Of()
	r.Number, r.Per = number, per
	return r
}

func TestTheTable(t *testing.T) {
	seen := map[string]bool{}
	for i, r := range All() {
		if int(r.Limit) != i || r.Name == "" || seen[r.Name] || r.Number <= 0 || r.Unit == "" || r.Reason == "" ||
			r.Told == "" || r.By == "" {
			t.Errorf("row %d is not whole: %+v", i, r)
		}
		seen[r.Name] = true
	}
	for l, want := range map[Limit]string{
		Messages: "1000 messages in 10 s", Bytes: "64 Mibytes in 8 s", Sessions: "60 sessions opened in 1 h",
		Typed: "30 typed codes in 10 min", Sockets: "200 sockets and event streams at once",
	} {
		if got := l.Of().Amount(); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
}

func TestTiersOfAnAddress(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1":            "[{192.0.2.1/32 1} {192.0.2.0/24 8}]",
		"::ffff:192.0.2.1":     "[{192.0.2.1/32 1} {192.0.2.0/24 8}]",
		"2001:db8:1:2:3:4:5:6": "[{2001:db8:1:2::/64 1} {2001:db8:1::/56 4} {2001:db8:1::/48 16}]",
		"64:ff9b::192.0.2.1":   "[{192.0.2.1/32 1} {192.0.2.0/24 8}]",
		"64:ff9b::c000:201":    "[{192.0.2.1/32 1} {192.0.2.0/24 8}]",
		"64:ff9b:1::c000:201":  "[{64:ff9b:1::/64 1} {64:ff9b:1::/56 4} {64:ff9b:1::/48 16}]",
		"2002:c000:201::1":     "[{2002:c000:201::/64 1} {2002:c000:201::/56 4} {2002:c000:201::/48 16}]",
		"fe80::1%eth0":         "[{fe80::/64 1} {fe80::/56 4} {fe80::/48 16}]",
	} {
		if got := fmt.Sprint(Tiers(netip.MustParseAddr(in))); got != want {
			t.Errorf("tiers of %s: %s, want %s", in, got, want)
		}
	}
	if got := Tiers(netip.Addr{}); len(got) != 1 || got[0].Times != 1 {
		t.Errorf("tiers of nobody: %v", got)
	}
}

func TestARateDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(with(Messages, 20, 2*time.Second), with(Bytes, 1000, time.Second))
		a, neighbour, other := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"),
			netip.MustParseAddr("2001:db8:1::1")
		for i := range 20 {
			if err := m.TakeBoth(a, Messages, 1, Bytes, 1); err != nil {
				t.Fatalf("message %d of the burst: %v", i, err)
			}
		}
		before := Refusals(Messages)
		err := m.Take(neighbour, Messages, 1)
		var refused *Refused
		if !errors.As(err, &refused) || refused.Limit != Messages || refused.RetryAfter != time.Second ||
			Refusals(Messages) != before+1 {
			t.Errorf("an address of the same /64: %v", err)
		}
		if err := m.Take(other, Messages, 1); err != nil {
			t.Errorf("another network pays for this one: %v", err)
		}
		time.Sleep(time.Second)
		for range 10 {
			if err := m.Take(a, Messages, 1); err != nil {
				t.Errorf("after a second: %v", err)
			}
		}
		if m.Take(a, Messages, 1) == nil || m.TakeBoth(a, Messages, 0, Bytes, 1001) == nil {
			t.Error("more than what a second brings back was taken")
		}
	})
}

func TestWhatIsGivenBackCanBeTakenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(with(Messages, 2, time.Hour))
		a, other := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:1::1")
		m.GiveBack(other, Messages, 5) // what was never taken is no credit
		for i, taken := range []bool{true, true, false} {
			if err := m.Take(a, Messages, 1); (err == nil) != taken {
				t.Errorf("message %d: %v", i, err)
			}
			if err := m.Take(other, Messages, 1); (err == nil) != taken {
				t.Errorf("message %d of another network: %v", i, err)
			}
		}
		m.GiveBack(a, Messages, 1)
		if err := m.Take(a, Messages, 1); err != nil {
			t.Errorf("given back: %v", err)
		}
		if m.Take(a, Messages, 1) == nil || m.Take(other, Messages, 1) == nil {
			t.Error("more was given back than one, or to another network")
		}
	})
}

func TestAKeyHasARateOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(with(Calls, 4, time.Minute))
		for want := 3; want >= 0; want-- {
			left, err := m.TakeOneOfKey("key_a", Calls)
			if full := time.Duration(4-want) * 15 * time.Second; err != nil || left != (Left{want, full}) {
				t.Errorf("%+v %v, want %d and %s until all are back", left, err, want, full)
			}
		}
		before := Refusals(Calls)
		left, err := m.TakeOneOfKey("key_a", Calls)
		var refused *Refused
		if !errors.As(err, &refused) || refused.RetryAfter != 15*time.Second || left != (Left{0, time.Minute}) ||
			Refusals(Calls) != before+1 {
			t.Errorf("the fifth: %+v %v", left, err)
		}
		if _, err := m.TakeOneOfKey("key_b", Calls); err != nil {
			t.Errorf("another key pays for this one: %v", err)
		}
		time.Sleep(15 * time.Second)
		if left, err := m.TakeOneOfKey("key_a", Calls); err != nil || left.Number != 0 {
			t.Errorf("after a quarter of the time: %+v %v", left, err)
		}
		// However many networks there are, a key is counted by itself.
		for i := range mostPlaces {
			_, _ = m.TakeOne(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}), CallsStrangers)
		}
		if _, err := m.TakeOneOfKey("key_c", Calls); err != nil {
			t.Errorf("a key among very many networks: %v", err)
		}
		if left, err := m.TakeOneOfKey("key_c", Calls); err != nil || left.Number != 2 {
			t.Errorf("its second call: %+v %v", left, err)
		}
	})
}

func TestWhatANetworkHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(with(CallsStrangers, 2, time.Minute))
		passed := 0
		for i := range 256 { // the /24 has eight times as much as one address
			left, err := m.TakeOne(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), CallsStrangers)
			if err == nil {
				passed++
			}
			if want := min(1, max(0, 16-passed)); left.Number != want {
				t.Errorf("address %d has %d left, want %d", i, left.Number, want)
			}
		}
		if passed != 16 {
			t.Errorf("%d calls passed, want 16", passed)
		}
	})
}

// The row's attack: a /48 is no 65,536 households.
func TestAWideNetworkHasAFewTimesMore(t *testing.T) {
	for name, c := range map[string]struct {
		address func(i int) string
		want    int
	}{
		"a /48":           {func(i int) string { return fmt.Sprintf("2001:db8:7:%x::1", i) }, 160},
		"a /56":           {func(i int) string { return fmt.Sprintf("2001:db8:7:%x::1", i%256) }, 40},
		"a /64":           {func(i int) string { return fmt.Sprintf("2001:db8:7:1::%x", i) }, 10},
		"an IPv4 /24":     {func(i int) string { return fmt.Sprintf("192.0.2.%d", i%256) }, 80},
		"an IPv4 address": {func(int) string { return "192.0.2.1" }, 10},
	} {
		m, passed, held := NewMeter(with(Messages, 10, time.Hour), with(Sockets, 10, 0)), 0, 0
		for i := range 65_536 {
			a := netip.MustParseAddr(c.address(i))
			if m.Take(a, Messages, 1) == nil {
				passed++
			}
			if _, err := m.Hold(a, Sockets); err == nil {
				held++
			}
		}
		if passed != c.want || held != c.want {
			t.Errorf("%s: %d messages and %d sockets passed, want %d", name, passed, held, c.want)
		}
	}
}

// An office of thirty people behind one address: pages, sockets and phones.
func TestAnOfficeBehindOneAddressWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, office := NewMeter(), netip.MustParseAddr("192.0.2.1")
		for range 30 {
			for range 3 {
				if _, err := m.Hold(office, Sockets, SocketsTotal, SocketsDesktops); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.Take(office, Messages, 60*0.1+10); err != nil {
				t.Fatal(err)
			}
		}
		for range 600 { // a minute of thirty phones that send two previews a second
			time.Sleep(100 * time.Millisecond)
			if err := m.TakeBoth(office, Messages, 6, Bytes, 6*100_000); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestWhatIsHeldIsGivenBackOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(with(Sockets, 2, 0), with(SocketsTotal, 3, 0), with(SocketsStrangers, 2, 0))
		a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.1")
		first, err := m.Hold(a, Sockets, SocketsTotal, SocketsStrangers)
		second, err2 := m.Hold(a, Sockets, SocketsTotal, SocketsStrangers)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[Limit]Limit{Sockets: Sockets, SocketsStrangers: SocketsStrangers} {
			from := a
			if name == SocketsStrangers {
				from = b
			}
			_, err := m.Hold(from, Sockets, SocketsTotal, SocketsStrangers)
			var refused *Refused
			if !errors.As(err, &refused) || refused.Limit != want {
				t.Errorf("%s: %v", name, err)
			}
		}
		first.Release(SocketsStrangers)
		first.Release(SocketsStrangers)
		third, err := m.Hold(b, Sockets, SocketsTotal, SocketsStrangers)
		if err != nil {
			t.Fatalf("a stranger that is known leaves its place: %v", err)
		}
		if _, err := m.Hold(b, Sockets, SocketsTotal); err == nil {
			t.Error("the fourth of three")
		}
		for range 2 {
			first.Release()
			second.Release()
			third.Release()
		}
		time.Sleep(2 * sweepEvery)
		if err := m.Take(b, Messages, 1); err != nil {
			t.Fatal(err)
		}
		if len(m.places) != 2 {
			t.Errorf("%d networks are remembered, want the two of who spoke", len(m.places))
		}
	})
}

func TestAMeterDoesNotGrowWithoutEnd(t *testing.T) {
	m := NewMeter()
	for i := range mostPlaces + 1000 {
		_ = m.Take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), Messages, 1)
	}
	if n := len(m.places); n > mostPlaces+1 {
		t.Errorf("%d networks are kept, want at most %d", n, mostPlaces+1)
	}
}

// Networks that are asked for once fill all places. Two seconds later each network is
// counted by itself again.
func TestManyNetworksTakeNoPlaceFromOthersForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(with(Messages, 20, 2*time.Second))
		for i := range mostPlaces {
			_ = m.Take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), Messages, 1)
		}
		if n := len(m.places); n < mostPlaces {
			t.Fatalf("%d networks, want %d", n, mostPlaces)
		}
		time.Sleep(2 * time.Second)
		loud, quiet := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.1")
		for m.Take(loud, Messages, 1) == nil {
		}
		if err := m.Take(quiet, Messages, 1); err != nil {
			t.Errorf("a network pays for another: %v", err)
		}
	})
}

// What is measured here happens at each read of a socket.
func BenchmarkTakeBoth(b *testing.B) {
	for _, of := range []string{"192.0.2.1", "2001:db8::1"} {
		b.Run(of, func(b *testing.B) {
			m, a := NewMeter(), netip.MustParseAddr(of)
			b.ReportAllocs()
			for b.Loop() {
				_ = m.TakeBoth(a, Messages, 1e-6, Bytes, 1)
			}
		})
	}
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	for want, r := range map[string]*Refused{
		"too many sessions opened (sessions): try again in 3600 s":                     Refuse(Sessions, time.Hour),
		"too many messages (messages): try again in 1 s":                               Refuse(Messages, time.Millisecond),
		"too many sockets and event streams (sockets): try again when some have ended": Refuse(Sockets, 0),
	} {
		if got := r.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
