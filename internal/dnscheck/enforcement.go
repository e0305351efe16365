package dnscheck

import (
	"strings"

	"github.com/miekg/dns"
)

// enforcementHosts is how many mail exchangers are asked for TLSA records.
const enforcementHosts = 2

// enforcement looks for what makes TLS binding for senders: an MTA-STS record
// (RFC 8461 §3.1), or TLSA records of a mail exchanger that a resolver has
// validated (RFC 7672 §2.2). The policy file itself is not fetched.
func (r *round) enforcement(a Apex) Enforcement {
	e := Enforcement{STS: r.mtaSTS()}
	if e.STS == There {
		return e
	}
	e.DANE = Gone
	for _, mx := range a.MX[:min(len(a.MX), enforcementHosts)] {
		switch r.tlsa(mx.Host) {
		case There:
			e.DANE = There
			return e
		case Unseen:
			e.DANE = Unseen
		}
	}
	return e
}

func (r *round) mtaSTS() Sight {
	f := r.lookup("_mta-sts."+r.domain, dns.TypeTXT)
	if f.msg == nil {
		return Unseen
	}
	for _, rr := range f.msg.Answer {
		if t, ok := rr.(*dns.TXT); ok && strings.HasPrefix(wire(t.Txt).Text(), "v=STSv1") {
			return There
		}
	}
	return Gone
}

func (r *round) tlsa(host string) Sight {
	if name := "_25._tcp." + host; host == "." || len(name) > 253 {
		return Gone
	}
	f := r.lookupShared("_25._tcp."+host, dns.TypeTLSA)
	if f.msg == nil || f.bogus {
		return Unseen
	}
	for _, rr := range f.msg.Answer {
		if _, ok := rr.(*dns.TLSA); ok && f.msg.AuthenticatedData {
			return There
		}
	}
	return Gone
}
