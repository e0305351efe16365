package dnscheck

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/hosted"
)

// Check asks everybody once and gives the facts, within Total and Questions.
// It never fails: what could not be asked or did not answer is part of the
// facts. The domain must have come from domainname.Parse.
func (c *Checker) Check(ctx context.Context, domain string, e Expect) Observation {
	ctx, cancel := context.WithTimeout(ctx, c.total())
	defer cancel()
	r := &round{flight: make(chan struct{}, inFlightPerCheck)}
	r.begin(ctx, c, domain, e)
	o := Observation{Domain: domain, At: c.now()}
	var names []string
	parallel(
		func() { o.Apex = r.apex() },
		func() { o.Zone, names = r.zoneOf(domain) },
	)
	if o.Apex.Rcode == "NXDOMAIN" && suffix(o.Zone) {
		o.Zone, names = "", nil // nobody's zone but the registry's
	}
	auth, relays := r.authoritative(&o, names)
	o.Chain, o.End = r.follow(start(auth))
	chain := o.Chain
	var resolvers, own []ServerAnswer
	parallel(
		func() { resolvers = r.resolvers(auth) },
		func() { own = r.own(chain) },
		func() { r.siblings(&o, auth) },
	)
	o.Servers = slices.Concat(auth, resolvers, own)
	if o.Chain == nil {
		o.Chain, o.End = r.follow(start(resolvers))
	}
	if absent(auth) {
		var elsewhere []Misplaced
		zone := o.Zone
		parallel(
			func() { r.otherTypes(&o, auth) },
			func() { elsewhere = r.elsewhere(zone, relays) },
		)
		o.Elsewhere = elsewhere
		return o
	}
	r.beyond(&o, e)
	return o
}

// beyond gathers what a record that a sender can use is worth: whether its
// destinations take reports, and whether anything enforces TLS.
func (r *round) beyond(o *Observation, e Expect) {
	j := judge{zone: r.c.Zone, o: *o, e: e, target: r.target}
	j.survey()
	j.reach()
	var enforcement Enforcement
	parallel(
		func() { o.Destinations = r.destinations(j.lint.Parsed.Destinations) },
		func() {
			if j.lint.Effective {
				enforcement = r.enforcement(o.Apex)
			}
		},
	)
	o.Enforcement = enforcement
}

// Changed asks each authoritative server of the last answers one question and
// calls then, once and maybe at once, with whether any of them says something
// new, so that a whole Check is worth its questions. It is what a watched page
// runs on, and holds no goroutine while it waits; then must not block.
func (c *Checker) Changed(ctx context.Context, domain string, last []ServerAnswer, then func(bool)) {
	g := &glance{last: last, then: then}
	g.begin(ctx, c, domain, Expect{})
	g.look()
}

func (r *round) begin(ctx context.Context, c *Checker, domain string, e Expect) {
	end := time.Now().Add(c.total())
	if d, ok := ctx.Deadline(); ok && d.Before(end) {
		end = d
	}
	r.c, r.ctx, r.end, r.domain, r.owner = c, ctx, end, domain, hosted.Owner(domain)
	if e.Token != "" {
		r.target = c.Zone.Target(domain, e.Token)
	}
	r.spare = e.Token != "" && !e.Seen
	r.left.Store(int64(c.questions()))
}

// absent reports whether authoritative servers answered, and all of those that
// did have neither CNAME nor TXT.
func absent(auth []ServerAnswer) bool {
	answered := false
	for _, a := range auth {
		if a.Answered() {
			answered = true
			if !a.Empty() {
				return false
			}
		}
	}
	return answered
}

// sameAnswer compares what two answers say, whatever their TTL.
func sameAnswer(a, b ServerAnswer) bool {
	return a.Answered() == b.Answered() && strings.EqualFold(a.CNAME, b.CNAME) && sameTXT(a.TXT, b.TXT)
}

func sameTXT(a, b []string) bool {
	return slices.Equal(a, b) || len(a) == len(b) && slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// resolvers asks every resolver for the TXT at the owner name. While a domain
// that is being set up has nothing there they are spared, because they would
// remember the absence longer than the owner wants to wait.
func (r *round) resolvers(auth []ServerAnswer) []ServerAnswer {
	out := make([]ServerAnswer, len(r.c.Resolvers))
	var asks []func()
	for i, resolver := range r.c.Resolvers {
		out[i] = ServerAnswer{Server: resolver, Addr: resolver, Kind: Resolver}
		if r.spare && absent(auth) {
			out[i].Err = ErrSpared
			continue
		}
		asks = append(asks, func() { r.askResolver(&out[i]) })
	}
	parallel(asks...)
	return out
}

// askResolver tells a zone whose DNSSEC is broken from one that is dead: the
// former answers when validation is switched off, and fails again when it is
// switched on.
func (r *round) askResolver(a *ServerAnswer) {
	q := query{name: r.owner, qtype: dns.TypeTXT, recurse: true}
	a.read(r.owner, r.askOnce(a.Server, q))
	if a.Rcode != "SERVFAIL" {
		return
	}
	q.unchecked = true
	if !conclusive(r.ask(a.Server, q)) {
		return
	}
	q.unchecked = false
	a.read(r.owner, r.ask(a.Server, q))
	a.Bogus = a.Rcode == "SERVFAIL"
}

// own asks our own name server for what it should serve: the target that this
// domain was given, or the name in our zone that its CNAME leads to.
func (r *round) own(chain []Alias) []ServerAnswer {
	name := r.target
	if name == "" && len(chain) > 0 {
		if last := chain[len(chain)-1].Target; r.c.Zone.IsOurs(last) {
			name = last
		}
	}
	if r.c.Own == "" || name == "" {
		return nil
	}
	a := ServerAnswer{Server: r.c.Own, Addr: r.c.Own, Kind: Own}
	a.read(name, r.ask(r.c.Own, query{name: name, qtype: dns.TypeTXT}))
	return []ServerAnswer{a}
}
