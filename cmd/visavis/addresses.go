package main

import (
	"net"
	"net/netip"
	"slices"
)

// machineAddresses are the addresses by which a phone may reach this machine, that
// of the default route first. Link-local and loopback ones are of no use to it.
func machineAddresses() []netip.Addr {
	var out []netip.Addr
	if a, ok := routeAddress(); ok {
		out = append(out, a)
	}
	found, err := net.InterfaceAddrs()
	if err != nil {
		return out
	}
	for _, f := range found {
		p, err := netip.ParsePrefix(f.String())
		if err != nil {
			continue
		}
		a := p.Addr().Unmap()
		if a.Is4() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// routeAddress is the source address of the default route. Connecting a UDP socket
// sends nothing: it only asks the system which way a packet would go. The target
// is a documentation address (RFC 5737).
func routeAddress() (netip.Addr, bool) {
	conn, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		return netip.Addr{}, false
	}
	defer conn.Close()
	a, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil || a.Addr().IsLoopback() {
		return netip.Addr{}, false
	}
	return a.Addr(), true
}
