package dnscheck

import "github.com/miekg/dns"

// maxHops is how many aliases are followed from the owner name on.
const maxHops = 8

// start is the target to follow: the first that a server shows.
func start(answers []ServerAnswer) string {
	for _, a := range answers {
		if a.Answered() && a.CNAME != "" {
			return plainName(a.CNAME)
		}
	}
	return ""
}

// follow walks the aliases one by one, because a resolver that is asked for
// the TXT at once says no more about a loop than SERVFAIL. It stops at the
// target that we gave out, which our own server is asked for. In a loop the
// last target is a name that the chain had already.
func (r *round) follow(name string) ([]Alias, *ServerAnswer) {
	if name == "" {
		return nil, nil
	}
	chain := []Alias{{Name: r.owner, Target: name}}
	seen := map[string]bool{r.owner: true}
	for name != r.target && !seen[name] && len(chain) <= maxHops {
		seen[name] = true
		a, conclusive := r.at(name, dns.TypeCNAME)
		if a.CNAME != "" {
			chain = append(chain, Alias{Name: name, Target: plainName(a.CNAME)})
			name = plainName(a.CNAME)
			continue
		}
		if conclusive && a.Rcode == "NOERROR" {
			a, _ = r.at(name, dns.TypeTXT)
		}
		return chain, &a
	}
	return chain, nil
}

// at asks for a name anywhere: in our zone our own server, else the resolvers.
func (r *round) at(name string, qtype uint16) (a ServerAnswer, conclusive bool) {
	if r.c.Own != "" && r.c.Zone.IsOurs(name) {
		a = ServerAnswer{Server: r.c.Own, Addr: r.c.Own, Kind: Own}
		a.read(name, r.ask(r.c.Own, query{name: name, qtype: qtype}))
		return a, a.Answered()
	}
	f := r.lookup(name, qtype)
	a = ServerAnswer{Server: f.resolver, Addr: f.resolver, Kind: Resolver, Bogus: f.bogus, Err: ErrTimeout}
	if f.msg != nil {
		a.read(name, reply{msg: f.msg})
	}
	return a, f.msg != nil
}
