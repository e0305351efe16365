package dnscheck

import (
	"sync/atomic"

	"github.com/miekg/dns"
)

// glance is a Changed under way.
type glance struct {
	round
	last    []ServerAnswer
	then    func(changed bool)
	waiting atomic.Int32
	news    atomic.Bool
}

// look asks as many servers at once as a check may; those beyond are left to the
// next whole check.
func (g *glance) look() {
	g.waiting.Store(1)
	asked := false
	for i := range g.last {
		server, ok := g.c.endpoint(g.last[i].Addr)
		if g.last[i].Kind != Authoritative || !ok || g.waiting.Load() > inFlightPerCheck {
			continue
		}
		asked = true
		g.waiting.Add(1)
		g.start(server, query{name: g.owner, qtype: dns.TypeTXT}, func(got reply) { g.saw(&g.last[i], got) })
	}
	if !asked {
		g.news.Store(true) // without a last answer everything is new
	}
	g.done()
}

func (g *glance) saw(old *ServerAnswer, got reply) {
	var a ServerAnswer
	a.read(g.owner, got)
	if a.Answered() && !sameAnswer(a, *old) {
		g.news.Store(true)
	}
	g.done()
}

func (g *glance) done() {
	if g.waiting.Add(-1) == 0 {
		g.then(g.news.Load())
	}
}
