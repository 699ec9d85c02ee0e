package localca

import (
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// Addresses lists the machine's addresses that a phone on the same network may
// reach and the root may sign for, the one of the default route first and those
// of virtual networks last. Loopback is left out. It sends nothing.
func Addresses() ([]netip.Addr, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var found []address
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // the interface went away meanwhile
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				found = append(found, address{p.Addr().Unmap(), i.Name})
			}
		}
	}
	return order(found, defaultRoute("udp4", "192.0.2.1:9"), defaultRoute("udp6", "[2001:db8::1]:9")), nil
}

// address is one of an interface.
type address struct {
	addr netip.Addr
	name string
}

// order sorts by how likely a phone reaches the address, and leaves out what the
// root does not sign for.
func order(found []address, routes ...netip.Addr) []netip.Addr {
	rank := func(a address) int {
		switch {
		case slices.Contains(routes, a.addr) && a.addr.Is4():
			return 0
		case virtual(a.name):
			return 5
		case a.addr.IsLinkLocalUnicast():
			return 4
		case slices.Contains(routes, a.addr):
			return 2
		case a.addr.Is4():
			return 1
		}
		return 3
	}
	found = slices.DeleteFunc(slices.Clone(found), func(a address) bool {
		return a.addr.IsLoopback() || !Permitted(a.addr.String())
	})
	slices.SortStableFunc(found, func(a, b address) int { return rank(a) - rank(b) })
	var out []netip.Addr
	for _, a := range found {
		if !slices.Contains(out, a.addr) {
			out = append(out, a.addr)
		}
	}
	return out
}

// virtual tells interfaces that lead to containers and virtual machines on this
// machine alone.
func virtual(name string) bool {
	return slices.ContainsFunc([]string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "podman", "cni", "lxc"},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// defaultRoute returns the address from which the machine would reach to, an
// address for documentation (RFC 5737, RFC 3849). A UDP socket that is connected
// has chosen its address and sent nothing. The zero Addr when there is no route.
func defaultRoute(network, to string) netip.Addr {
	c, err := net.Dial(network, to) //nolint:noctx // it does not wait for anything
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	if a, ok := c.LocalAddr().(*net.UDPAddr); ok {
		return a.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// InContainer tells whether the process runs in a container, whose addresses are
// not the machine's.
func InContainer() bool {
	return os.Getenv("KUBERNETES_SERVICE_HOST") != "" || inContainer(os.DirFS("/"))
}

func inContainer(root fs.FS) bool {
	for _, marker := range []string{".dockerenv", "run/.containerenv"} {
		if _, err := fs.Stat(root, marker); err == nil {
			return true
		}
	}
	// cgroup v1 names the engine; v2 hides it, but the markers above remain.
	groups, err := fs.ReadFile(root, "proc/1/cgroup")
	return err == nil && slices.ContainsFunc([]string{"docker", "kubepods", "containerd", "libpod", "lxc"},
		func(engine string) bool { return strings.Contains(string(groups), engine) })
}
