package dnscheck

import (
	"crypto/rand"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// maxSiblings is how many servers are asked for the random sibling.
const maxSiblings = 4

// sibling is a name beside the owner name that nobody has created: a wildcard
// that covers the one covers the other.
func sibling(domain string) string {
	return "_" + strings.ToLower(rand.Text()[:16]) + "._tls." + domain
}

// siblings asks servers that have the owner name for a random sibling, and one
// of them for the empty name between.
func (r *round) siblings(o *Observation, auth []ServerAnswer) {
	name := sibling(r.domain)
	if o.Cut == r.owner { // the owner name is a zone of its own, which no wildcard covers
		o.Sibling = true
		return
	}
	var have []ServerAnswer
	for _, a := range auth {
		if a.Answered() && !a.Empty() && len(have) < maxSiblings {
			have = append(have, a)
		}
	}
	if len(have) == 0 || len(name) > 253 {
		return
	}
	answers := make([]ServerAnswer, len(have))
	var asks []func()
	for i, a := range have {
		asks = append(asks, func() { answers[i] = r.atServer(a.Addr, name, dns.TypeTXT) })
	}
	asks = append(asks, func() { o.Parent = r.atServer(have[0].Addr, up(r.owner), dns.TypeTXT).Rcode })
	parallel(asks...)
	o.Sibling = true
	for i, s := range answers {
		o.Sibling = o.Sibling && s.Answered()
		o.Wildcard = o.Wildcard || !s.Empty() && s.Answered() && sameAnswer(s, have[i])
	}
}

// atServer asks one authoritative address for a name.
func (r *round) atServer(addr, name string, qtype uint16) ServerAnswer {
	a := ServerAnswer{Addr: addr, Kind: Authoritative, Err: ErrSpecial}
	if server, ok := r.c.endpoint(addr); ok {
		a.read(name, r.ask(server, query{name: name, qtype: qtype}))
	}
	return a
}

// otherTypes looks for addresses at an owner name that exists without CNAME
// and TXT, and whether a wildcard put them there.
func (r *round) otherTypes(o *Observation, auth []ServerAnswer) {
	i := slices.IndexFunc(auth, func(a ServerAnswer) bool { return a.Answered() && a.Rcode == "NOERROR" })
	server, ok := "", false
	if i >= 0 {
		server, ok = r.c.endpoint(auth[i].Addr)
	}
	if !ok {
		return
	}
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		if r.has(server, r.owner, qtype) {
			o.OtherTypes = append(o.OtherTypes, dns.TypeToString[qtype])
			o.Wildcard = o.Wildcard || r.has(server, sibling(r.domain), qtype)
		}
	}
}

func (r *round) has(server, name string, qtype uint16) bool {
	got := r.ask(server, query{name: name, qtype: qtype})
	return got.err == "" && slices.ContainsFunc(got.msg.Answer, func(rr dns.RR) bool {
		return rr.Header().Rrtype == qtype && sameName(rr.Header().Name, name)
	})
}
