package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"sync"
	"time"
)

// network is the line of one party: up, down, slow, or one that loses packets. Safe
// for concurrent use.
type network struct {
	mu    sync.Mutex
	state string
	from  netip.Addr // connections come from this address; zero: as usual
	loss  float64
	rng   *rand.Rand
	conns map[*shaped]struct{}
}

func newNetwork(seed uint64) *network {
	return &network{state: "up", rng: rand.New(rand.NewPCG(seed, 1)), conns: map[*shaped]struct{}{}}
}

// perNetwork is how many numbers have their addresses in one /24, which has eight times the
// limits of an address: twenty phones stay below them, whatever they show and though each of
// several loads begins with the same number.
const perNetwork = 20

// loopbackOf is a loopback address of a number's own, so that neither scenarios nor the phones
// of a load reach the limits of an address or of the network around it; false where the server
// is not on this machine, or the system has one loopback address alone.
func loopbackOf(server string, i int) (netip.Addr, bool) {
	u, err := url.Parse(server)
	if err != nil || runtime.GOOS != "linux" {
		return netip.Addr{}, false
	}
	if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" &&
		(err != nil || !ip.Is4() || !ip.IsLoopback()) {
		return netip.Addr{}, false
	}
	n := i / perNetwork
	return netip.AddrFrom4([4]byte{127, byte(1 + n/250%250), byte(n % 250), byte(1 + i%perNetwork)}), true
}

var errDown = errors.New("the network is down")

// set changes the line. A line that goes down hangs, as a phone's in a lift: what is
// sent is lost, and nobody is told.
func (n *network) set(state string, loss float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state == "down" && state != "down" {
		for c := range n.conns { // what hung is lost for good
			c.Conn.Close()
		}
		n.conns = map[*shaped]struct{}{}
	}
	n.state, n.loss = state, loss
}

// move gives the line another address, as from a Wi-Fi to a mobile network: what was
// open is gone, and the server hears nothing of it.
func (n *network) move(to netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		c.Conn.Close()
	}
	n.from, n.conns = to, map[*shaped]struct{}{}
}

// The slow line: a bad mobile one.
const (
	slowBytes = 500_000 / 8 // a second
	slowDelay = 300 * time.Millisecond
	lostDelay = 250 * time.Millisecond // until a lost packet is sent again
)

// pause is how long so many bytes need; false when the line is down.
func (n *network) pause(bytes int) (time.Duration, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := time.Duration(0)
	if n.state == "slow" {
		d = slowDelay + time.Duration(bytes)*time.Second/slowBytes
	}
	if n.loss > 0 && n.rng.Float64() < n.loss {
		d += lostDelay
	}
	return d, n.state != "down"
}

// dial connects as net.Dialer does.
func (n *network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if _, up := n.pause(0); !up {
		return nil, errDown
	}
	var d net.Dialer
	n.mu.Lock()
	if n.from.IsValid() {
		d.LocalAddr = &net.TCPAddr{IP: n.from.AsSlice()}
	}
	n.mu.Unlock()
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	s := &shaped{Conn: c, line: n}
	n.mu.Lock()
	n.conns[s] = struct{}{}
	n.mu.Unlock()
	return s, nil
}

// shaped is a connection over a line.
type shaped struct {
	net.Conn
	line *network
}

// Write sends after the line's time; on a line that is down it is lost.
func (s *shaped) Write(b []byte) (int, error) {
	d, up := s.line.pause(len(b))
	if !up {
		return len(b), nil
	}
	if d > 0 {
		<-time.After(d)
	}
	return s.Conn.Write(b)
}

// Read waits while the line is down.
func (s *shaped) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	for {
		if _, up := s.line.pause(0); up {
			return n, err
		}
		s.line.mu.Lock()
		_, open := s.line.conns[s]
		s.line.mu.Unlock()
		if !open {
			return 0, net.ErrClosed
		}
		<-time.After(20 * time.Millisecond)
	}
}

// Close forgets the connection.
func (s *shaped) Close() error {
	s.line.mu.Lock()
	delete(s.line.conns, s)
	s.line.mu.Unlock()
	return s.Conn.Close()
}
