package outbound

import "net/netip"

// special4 and special6 are the blocks of the IANA special-purpose address
// registries (RFC 6890 and its updates) that are not for everybody to reach,
// with the tunnels that lead to such addresses, multicast and what is reserved.
var (
	special4 = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
		"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	)
	special6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
	// global6 is the only block that global unicast addresses are given from.
	global6 = netip.MustParsePrefix("2000::/3")
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Special reports whether an address is not one of the public internet:
// private, loopback, link-local, documentation, multicast, a tunnel's or
// reserved. netip's IsPrivate and IsGlobalUnicast let many of these through.
func Special(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" {
		return true
	}
	if a.Is4() {
		return within(a, special4)
	}
	return !global6.Contains(a) || within(a, special6)
}

func within(a netip.Addr, blocks []netip.Prefix) bool {
	for _, b := range blocks {
		if b.Contains(a) {
			return true
		}
	}
	return false
}

// Allowed reports whether a may be reached: an ordinary address, or a special
// one within the allowed blocks.
func Allowed(a netip.Addr, allow []netip.Prefix) bool {
	return !Special(a) || within(a.Unmap().WithZone(""), allow)
}
