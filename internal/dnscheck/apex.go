package dnscheck

import "github.com/miekg/dns"

// maxMX is how many mail exchangers of one domain are kept.
const maxMX = 50

// apex looks up whether the domain takes mail. What would end the check early,
// an absence, needs two resolvers to agree when there are two.
func (r *round) apex() Apex {
	f := r.lookup(r.domain, dns.TypeMX)
	if f.msg == nil {
		return Apex{MX: []MX{}}
	}
	if len(mxOf(f.msg)) == 0 {
		second := r.lookupBut(f.resolver, r.domain, dns.TypeMX)
		if second.msg != nil && (len(mxOf(second.msg)) > 0 || second.msg.Rcode == dns.RcodeSuccess) {
			f = second
		}
	}
	a := Apex{Rcode: rcodeName(f.msg.Rcode), MX: mxOf(f.msg), Bogus: f.bogus, Known: true}
	if f.msg.AuthenticatedData {
		a.Secure = f.resolver
	}
	if len(a.MX) == 0 && f.msg.Rcode == dns.RcodeSuccess {
		a.Address, a.Known = r.hasAddress()
	}
	return a
}

// hasAddress looks for an implicit MX (RFC 5321 §5.1).
func (r *round) hasAddress() (has, known bool) {
	known = true
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		f := r.lookup(r.domain, qtype)
		if f.msg == nil {
			known = false
			continue
		}
		for _, rr := range f.msg.Answer {
			if rr.Header().Rrtype == qtype {
				return true, true
			}
		}
	}
	return false, known
}

func mxOf(m *dns.Msg) []MX {
	out := []MX{}
	for _, rr := range m.Answer {
		mx, ok := rr.(*dns.MX)
		if !ok || len(out) == maxMX {
			continue
		}
		host := plainName(mx.Mx)
		if host == "" {
			host = "."
		}
		out = append(out, MX{Preference: mx.Preference, Host: host})
	}
	return out
}
