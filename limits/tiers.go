package limits

import "net/netip"

// Tier is a network around an address with its share: the factor on a limit's number.
type Tier struct {
	Net   netip.Prefix
	Times int64
}

// tiersOf4 and tiersOf6 are prefix lengths and their shares. A household or an office has
// an IPv4 address or an IPv6 /64. Whoever rents more of them, up to a /24 or a /48 with
// its 65,536 /64s, gets a few times more, not a multiple for each address.
var (
	tiersOf4 = []struct {
		bits  int
		times int64
	}{{32, 1}, {24, 8}}
	tiersOf6 = []struct {
		bits  int
		times int64
	}{{64, 1}, {56, 4}, {48, 16}}
)

// nat64 holds IPv4 addresses as a translator before an IPv6 server writes them (RFC 6052). In
// one /64 they would be one network: all of the IPv4 internet.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// Tiers returns the networks that an address is counted for, the narrowest first. All
// clients without an address (the zero Addr) share one.
func Tiers(a netip.Addr) []Tier {
	if !a.IsValid() {
		return []Tier{{Times: 1}}
	}
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		whole := a.As16()
		a = netip.AddrFrom4([4]byte(whole[12:]))
	}
	of := tiersOf4
	if a.Is6() {
		of = tiersOf6
	}
	out := make([]Tier, 0, len(of))
	for _, t := range of {
		out = append(out, Tier{netip.PrefixFrom(a, t.bits).Masked(), t.times})
	}
	return out
}

// NetworkOf returns the narrowest tier: what counts as one address.
func NetworkOf(a netip.Addr) netip.Prefix { return Tiers(a)[0].Net }
