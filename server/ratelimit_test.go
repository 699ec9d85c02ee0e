package server

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(Limits{Messages: 10, MessagesBurst: 20, Bytes: 1000, BytesBurst: 1000, Sockets: 2})
		a, neighbour, other := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("2001:db8:0:1::1")
		for i := range 20 {
			if !m.allow(a, 1) {
				t.Fatalf("message %d of the burst refused", i)
			}
		}
		if m.allow(neighbour, 1) {
			t.Error("an address of the same /64 has a share of its own")
		}
		if !m.allow(other, 1) {
			t.Error("another network pays for this one")
		}
		time.Sleep(time.Second)
		if !m.allow(a, 1) || m.allow(a, 1001) {
			t.Error("after a second: one message should pass, one over the bytes not")
		}
		first, second := m.open(a), m.open(a)
		if first == nil || second == nil || m.open(a) != nil {
			t.Fatal("sockets: want two and no third")
		}
		first()
		third := m.open(a)
		if third == nil {
			t.Fatal("a socket that is gone still counts")
		}
		second()
		third()
		time.Sleep(5 * time.Minute)
		m.allow(other, 1)
		if len(m.addresses) != 1 {
			t.Errorf("%d addresses are remembered, want 1", len(m.addresses))
		}
	})
}

func TestMeterDoesNotGrowWithoutEnd(t *testing.T) {
	m := newMeter(Limits{}.withDefaults())
	for i := range mostAddresses + 1000 {
		m.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1)
	}
	if n := len(m.addresses); n > mostAddresses+1 {
		t.Errorf("%d addresses are kept, want at most %d", n, mostAddresses+1)
	}
}

// A socket that was opened while the map was full is counted back where it was
// counted, whatever the map holds by then.
func TestASocketIsCountedBackWhereItWasCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(Limits{Sockets: 1, MessagesBurst: 1, BytesBurst: 1})
		for i := range mostAddresses {
			m.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1)
		}
		late := netip.MustParseAddr("192.0.2.1")
		done := m.open(late) // in the bucket that those share who came late
		if done == nil || m.open(netip.MustParseAddr("192.0.2.2")) != nil {
			t.Fatal("who came late shares one bucket of one socket")
		}
		time.Sleep(5 * time.Minute)
		m.allow(late, 0) // the map has room again, and gives this address its own bucket
		done()
		done()
		if got := m.addresses[network(late)].sockets; got != 0 {
			t.Errorf("the address's own bucket counts %d sockets, want 0", got)
		}
		if shared := m.addresses[netip.Prefix{}]; shared != nil && shared.sockets != 0 {
			t.Errorf("the shared bucket counts %d sockets, want 0", shared.sockets)
		}
	})
}
