package main

import (
	"net"
	"net/netip"
	"slices"
	"sync"
)

// connectionsEach is how many connections one address may have open, whatever is
// said on them: an office behind one address works, and nobody takes all files of
// the process. Proxies that are listed speak for many and have no limit here.
const connectionsEach = 1024

// perAddress is a listener that closes what one address opens over the limit at
// once. Safe for concurrent use.
type perAddress struct {
	net.Listener
	most    int
	proxies []netip.Prefix

	mu   sync.Mutex // guards what follows
	open map[netip.Addr]int
}

func limitEach(l net.Listener, most int, proxies []netip.Prefix) *perAddress {
	return &perAddress{Listener: l, most: most, proxies: proxies, open: map[netip.Addr]int{}}
}

// Accept implements [net.Listener].
func (l *perAddress) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		addr, limited := l.limited(conn)
		if !limited {
			return conn, nil
		}
		if l.take(addr) {
			return &countedConn{Conn: conn, gone: sync.OnceFunc(func() { l.give(addr) })}, nil
		}
		_ = conn.Close() // nobody of ours to tell
	}
}

// limited is the address that a connection counts for: of IPv6 the /64, which a
// household has for itself.
func (l *perAddress) limited(conn net.Conn) (netip.Addr, bool) {
	remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}, false
	}
	addr := remote.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(l.proxies, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return netip.Addr{}, false
	}
	if p, err := addr.Prefix(64); err == nil && addr.Is6() {
		addr = p.Addr()
	}
	return addr, true
}

func (l *perAddress) take(addr netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[addr] >= l.most {
		return false
	}
	l.open[addr]++
	return true
}

func (l *perAddress) give(addr netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[addr]--; l.open[addr] == 0 {
		delete(l.open, addr)
	}
}

// countedConn gives its place back when it is closed.
type countedConn struct {
	net.Conn
	gone func()
}

// Close implements [net.Conn].
func (c *countedConn) Close() error {
	c.gone()
	return c.Conn.Close()
}
