package limits

import "net/netip"

// Tier is a network around an address with its share: how many times a row's number it has.
type Tier struct {
	Net   netip.Prefix
	Times int64
}

// tiersOf4 and tiersOf6 are the lengths of prefixes and their shares. A household or an office has an IPv4 address or an
// IPv6 /64; who rents more of them, up to a /24 or a /48 with its 65,536 /64s, has a few times more and not as many
// times as there are addresses.
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

// Tiers are the networks that an address counts for, the narrowest first. Everybody without an address (the zero Addr)
// shares one.
func Tiers(a netip.Addr) []Tier {
	if !a.IsValid() {
		return []Tier{{Times: 1}}
	}
	a = a.Unmap().WithZone("")
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

// NetworkOf is the narrowest of the tiers: what counts as one address.
func NetworkOf(a netip.Addr) netip.Prefix { return Tiers(a)[0].Net }
