package main

import (
	"net"
	"net/netip"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"visavis/limits"
)

// sharedListener closes what is opened over the limits at once, whatever would be said on it. Proxies that are listed
// speak for many: their connections count in all alone. This machine, which asks for its health, has places of its own
// when all others are taken. Safe for concurrent use.
type sharedListener struct {
	net.Listener
	meter   *limits.Meter
	proxies []netip.Prefix
	own     chan struct{} // the places of this machine
}

// ownConnections are what this machine may open when all others are taken.
const ownConnections = 64

func shareConnections(l net.Listener, m *limits.Meter, proxies []netip.Prefix) *sharedListener {
	return &sharedListener{Listener: l, meter: m, proxies: proxies, own: make(chan struct{}, ownConnections)}
}

// Accept implements [net.Listener].
func (l *sharedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if release, ok := l.take(conn); ok {
			return &countedConn{Conn: conn, gone: sync.OnceFunc(release)}, nil
		}
		_ = conn.Close() // over its limit; an error of Close is ignored
	}
}

// take counts a connection, and returns what gives its place back.
func (l *sharedListener) take(conn net.Conn) (release func(), ok bool) {
	remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	addr := remote.Addr().Unmap().WithZone("")
	rows := []limits.Limit{limits.ConnectionsTotal, limits.Connections}
	if err != nil || slices.ContainsFunc(l.proxies, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		rows = rows[:1]
	}
	if held, err := l.meter.Hold(addr, rows...); err == nil {
		return func() { held.Release() }, true
	}
	if !addr.IsLoopback() {
		return nil, false
	}
	select {
	case l.own <- struct{}{}:
		return func() { <-l.own }, true
	default:
		return nil, false
	}
}

// keptDescriptors are not for connections: files, stores, workers.
const keptDescriptors = 1024

// connectionRows lowers the number of connections to what the descriptors of the process allow.
func connectionRows() []limits.Row {
	row := limits.ConnectionsTotal.Of()
	row.Number = allowedConnections(row.Number)
	return []limits.Row{row}
}

// allowedConnections is the smaller of most and what the process may open, half of it where that is little.
func allowedConnections(most int64) int64 {
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) != nil {
		return most
	}
	free := int64(min(files.Cur, 1<<40))
	return max(1, min(most, max(free-keptDescriptors, free/2)))
}

// socketsTotal keeps connections for pages where the descriptors are few.
func socketsTotal() int {
	most := int64(limits.SocketsTotal.Number())
	return int(min(most, allowedConnections(int64(limits.ConnectionsTotal.Number()))*4/5))
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
