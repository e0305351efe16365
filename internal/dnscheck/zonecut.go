package dnscheck

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/outbound"
	"golang.org/x/net/publicsuffix"
)

const (
	maxServers  = 13 // name servers of one zone that are looked up
	fewServers  = 6  // up to here both address families of each are
	maxPerNS    = 4  // addresses of one name server that are asked
	maxWalk     = 8  // questions to find a zone
	maxReferral = 3  // zone cuts below the domain
)

// zoneOf finds the zone that name lies in, and its name servers, through the
// resolvers. The owner name itself is never asked for here: a resolver that is
// asked too early remembers the absence.
func (r *round) zoneOf(name string) (zone string, servers []string) {
	for range maxWalk {
		f := r.nameServers(name)
		if f.msg == nil || name == "" {
			return "", nil
		}
		if servers = nsAt(name, f.msg.Answer); len(servers) > 0 {
			return name, servers
		}
		name = parentZone(name, f.msg)
	}
	return "", nil
}

// nameServers looks a zone's up; above the domain it is shared with all that lie
// in the same zone.
func (r *round) nameServers(name string) found {
	if name == r.domain {
		return r.lookup(name, dns.TypeNS)
	}
	return r.lookupShared(name, dns.TypeNS)
}

// parentZone is where to look next: the owner of the SOA that came with the
// absence, or one label up.
func parentZone(name string, m *dns.Msg) string {
	if len(m.Answer) > 0 { // an alias: the SOA would be that of its target
		return up(name)
	}
	for _, rr := range m.Ns {
		owner := plainName(rr.Header().Name)
		if rr.Header().Rrtype == dns.TypeSOA && owner != name && owner != "" && below(name, owner) {
			return owner
		}
	}
	return up(name)
}

func nsAt(name string, rrs []dns.RR) []string {
	var out []string
	for _, rr := range rrs {
		if ns, ok := rr.(*dns.NS); ok && sameName(ns.Hdr.Name, name) && len(out) < maxServers {
			out = append(out, plainName(ns.Ns))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// suffix reports whether a zone is a registry's, below which others register.
func suffix(zone string) bool {
	s, icann := publicsuffix.PublicSuffix(zone)
	return s == zone && (icann || !strings.Contains(zone, "."))
}

// seat is one address of a name server; without Addr, err says why.
type seat struct {
	ns   string
	addr netip.Addr
	err  string
}

// seats looks up the addresses of name servers; glue is asked first.
func (r *round) seats(names []string, glue map[string][]netip.Addr) []seat {
	found := make([][]seat, len(names))
	var asks []func()
	for i, ns := range names {
		asks = append(asks, func() { found[i] = r.seatsOf(ns, glue[ns], len(names) <= fewServers) })
	}
	parallel(asks...)
	return slices.Concat(found...)
}

func (r *round) seatsOf(ns string, addrs []netip.Addr, both bool) []seat {
	known := true
	if len(addrs) == 0 {
		for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
			if len(addrs) > 0 && !both {
				break
			}
			f := r.lookupShared(ns, qtype)
			if f.msg == nil {
				known = false
				continue
			}
			addrs = append(addrs, addressesIn(f.msg.Answer, "")...)
		}
	}
	if len(addrs) == 0 && !known {
		return []seat{{ns: ns, err: ErrBudget}}
	}
	if len(addrs) == 0 {
		return []seat{{ns: ns, err: ErrNoAddress}}
	}
	var out []seat
	for _, a := range addrs {
		out = append(out, seat{ns: ns, addr: a})
	}
	return out
}

// addressesIn takes the A and AAAA records of name, or of any name for "".
func addressesIn(rrs []dns.RR, name string) []netip.Addr {
	var out []netip.Addr
	for _, rr := range rrs {
		if name != "" && !sameName(rr.Header().Name, name) {
			continue
		}
		var ip net.IP
		switch v := rr.(type) {
		case *dns.A:
			ip = v.A
		case *dns.AAAA:
			ip = v.AAAA
		}
		if a, ok := netip.AddrFromSlice(ip); ok && len(out) < maxPerNS {
			out = append(out, a.Unmap())
		}
	}
	return out
}

// endpoint is where the authoritative server at an address is asked, if it may be.
func (c *Checker) endpoint(addr string) (string, bool) {
	a, err := netip.ParseAddr(addr)
	if err != nil || !outbound.Allowed(a, c.Allow) {
		return "", false
	}
	return netip.AddrPortFrom(a, c.authPort()).String(), true
}
