package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddr returns the client's address. X-Forwarded-For is trusted only as far as
// listed proxies wrote it: read from the right, the first address that is not a proxy's
// is the client.
func clientAddr(r *http.Request, proxies []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !contains(proxies, addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		known, ok := hopAddr(strings.TrimSpace(hop))
		if !ok {
			return addr
		}
		addr = known
		if !contains(proxies, addr) {
			return addr
		}
	}
	return addr
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// hopAddr parses one entry of X-Forwarded-For. Some proxies add the port, or brackets around an
// IPv6 address without one.
func hopAddr(hop string) (netip.Addr, bool) {
	if bare, ok := strings.CutPrefix(hop, "["); ok {
		if bare, ok = strings.CutSuffix(bare, "]"); ok && strings.Contains(bare, ":") {
			hop = bare
		}
	}
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(hop)
	return a.Unmap(), err == nil
}
