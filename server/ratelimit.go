package server

import (
	"net/netip"
	"sync"
	"time"
)

// mostAddresses is how many addresses have buckets of their own, 10 MB in all; more
// share one, so that strangers from everywhere cannot make the process grow.
const mostAddresses = 100_000

// meter bounds what one address may do: messages, bytes and open sockets. Safe
// for concurrent use.
type meter struct {
	limits Limits

	mu        sync.Mutex // guards what follows
	addresses map[netip.Prefix]*allowance
	swept     time.Time
}

// allowance is a pair of token buckets of one address.
type allowance struct {
	messages, bytes float64
	at              time.Time
	sockets         int
}

func newMeter(l Limits) *meter {
	return &meter{limits: l, addresses: map[netip.Prefix]*allowance{}}
}

// network is what counts as one address: an IPv4 address, or an IPv6 /64, since a
// household has a whole /64 to choose from.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil { // the zero Addr: everybody without an address shares one
		return netip.Prefix{}
	}
	return p
}

// allow takes one message of n bytes from the address's buckets.
func (m *meter) allow(a netip.Addr, n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.refilled(a, time.Now())
	if w.messages < 1 || w.bytes < float64(n) {
		return false
	}
	w.messages--
	w.bytes -= float64(n)
	return true
}

// open counts a socket of the address and returns what takes the count back, once;
// nil when the address has too many.
func (m *meter) open(a netip.Addr) (done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.refilled(a, time.Now())
	if w.sockets >= m.limits.Sockets {
		return nil
	}
	w.sockets++
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		w.sockets--
	})
}

// refilled returns the address's buckets as of now. The caller holds mu.
func (m *meter) refilled(a netip.Addr, now time.Time) *allowance {
	m.sweep(now)
	key := network(a)
	w := m.addresses[key]
	if w == nil && len(m.addresses) >= mostAddresses {
		key = netip.Prefix{}
		w = m.addresses[key]
	}
	if w == nil {
		w = &allowance{messages: m.limits.MessagesBurst, bytes: m.limits.BytesBurst, at: now}
		m.addresses[key] = w
	}
	passed := now.Sub(w.at).Seconds()
	w.at = now
	w.messages = min(m.limits.MessagesBurst, w.messages+passed*m.limits.Messages)
	w.bytes = min(m.limits.BytesBurst, w.bytes+passed*m.limits.Bytes)
	return w
}

// sweep forgets, once a minute, addresses that have been away for long enough to
// have full buckets again. The caller holds mu.
func (m *meter) sweep(now time.Time) {
	if now.Sub(m.swept) < time.Minute {
		return
	}
	m.swept = now
	for key, w := range m.addresses {
		if w.sockets == 0 && now.Sub(w.at) > 2*time.Minute {
			delete(m.addresses, key)
		}
	}
}
