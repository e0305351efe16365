package dnscheck

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// round is one check under way: its bounds and what it has learnt of the
// resolvers.
type round struct {
	c      *Checker
	ctx    context.Context
	domain string
	owner  string
	target string        // plain name of the target that the domain was given, or ""
	spare  bool          // see Expect.Seen
	left   atomic.Int64  // questions that may still be sent
	flight chan struct{} // questions under way, over all servers
	turn   atomic.Uint32 // spreads lookups over the resolvers
	dead   sync.Map      // resolvers that gave no answer in this round
}

// inFlightPerCheck is how many questions one check has under way at most.
const inFlightPerCheck = 20

// ask puts one question to one server: twice when the first is lost, without
// EDNS when the server does not know it, over TCP when the answer is too long.
func (r *round) ask(server string, q query) reply {
	short, long := r.c.timeout()*2/5, r.c.timeout()*3/5
	got := r.try(server, q, short)
	if got.err == wrongCase {
		q.lower = true
		got = r.try(server, q, short)
	}
	if got.err == ErrTimeout {
		got = r.try(server, q, long)
	}
	if got.err == "" && chokesOnEDNS(got.msg) {
		q.plain = true
		got = r.try(server, q, short)
	}
	if got.err == "" && got.msg.Truncated {
		q.tcp = true
		got = r.try(server, q, long)
		if got.err != "" && got.err != ErrBudget {
			got.err = ErrTCP
		}
	}
	return got
}

func chokesOnEDNS(m *dns.Msg) bool {
	return m.Rcode == dns.RcodeFormatError || m.Rcode == dns.RcodeNotImplemented || m.Rcode == dns.RcodeBadVers
}

func (r *round) try(server string, q query, timeout time.Duration) reply {
	select {
	case r.flight <- struct{}{}:
		defer func() { <-r.flight }()
	case <-r.ctx.Done():
		return reply{err: ErrBudget}
	}
	if r.left.Add(-1) < 0 {
		return reply{err: ErrBudget}
	}
	done, ok := r.c.polite.wait(r.ctx, server, r.c.perSecond(), r.c.inFlight())
	if !ok {
		return reply{err: ErrBudget}
	}
	defer done()
	ctx, cancel := context.WithTimeout(r.ctx, timeout)
	defer cancel()
	got := r.c.exchange(ctx, server, q)
	if got.err == ErrTimeout && r.ctx.Err() != nil {
		got.err = ErrBudget // the check ended before the server's time was up
	}
	return got
}

// found is the outcome of a lookup through the resolvers.
type found struct {
	msg      *dns.Msg // nil when no resolver gave an answer
	resolver string
	bogus    bool // the answer came only with validation switched off
}

// lookup resolves a name that is not the owner name through one resolver after
// the other. A SERVFAIL of all of them is tried once without validation.
func (r *round) lookup(name string, qtype uint16) found {
	return r.lookupBut("", name, qtype)
}

// lookupBut leaves one resolver out, for a second opinion.
func (r *round) lookupBut(but, name string, qtype uint16) found {
	failing := ""
	first := int(r.turn.Add(1))
	for i := range r.c.Resolvers {
		resolver := r.c.Resolvers[(first+i)%len(r.c.Resolvers)]
		if _, dead := r.dead.Load(resolver); dead || resolver == but {
			continue
		}
		got := r.ask(resolver, query{name: name, qtype: qtype, recurse: true})
		switch {
		case conclusive(got):
			return found{msg: got.msg, resolver: resolver}
		case got.err == "" && got.msg.Rcode == dns.RcodeServerFailure:
			failing = resolver
		case got.err != ErrBudget:
			r.dead.Store(resolver, true)
		}
	}
	if failing == "" {
		return found{}
	}
	if got := r.ask(failing, query{name: name, qtype: qtype, recurse: true, unchecked: true}); conclusive(got) {
		return found{msg: got.msg, resolver: failing, bogus: true}
	}
	return found{}
}

// question is what a lookup is remembered by.
type question struct {
	name  string
	qtype uint16
}

// sharedFor bounds how long what one check has looked up is believed by others.
const sharedFor = time.Minute

// lookupShared is lookup for names that many domains have in common: hosts of
// name servers, mail exchangers, mailboxes of providers. All checks under way
// ask once, and remember the answer for its TTL, a minute at most.
func (r *round) lookupShared(name string, qtype uint16) found {
	return r.c.lookups.recall(r.ctx, question{name, qtype}, r.c.now(), func() (found, time.Duration) {
		f := r.lookup(name, qtype)
		return f, f.life()
	})
}

// life is how long an answer may be believed.
func (f found) life() time.Duration {
	if f.msg == nil || f.bogus {
		return 0
	}
	ttl := negativeTTL(f.msg.Ns)
	for i, rr := range f.msg.Answer {
		if i == 0 || ttlOf(rr) < ttl {
			ttl = ttlOf(rr)
		}
	}
	return min(seconds(ttl), sharedFor)
}

func conclusive(got reply) bool {
	return got.err == "" && (got.msg.Rcode == dns.RcodeSuccess || got.msg.Rcode == dns.RcodeNameError)
}

// parallel runs all, the last one itself, and waits for them.
func parallel(all ...func()) {
	if len(all) == 0 {
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, f := range all[:len(all)-1] {
		wg.Go(f)
	}
	all[len(all)-1]()
}

// plainName is a name in lower case without final dot, the form of our facts.
func plainName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// below reports whether name is zone or lies under it; both plain.
func below(name, zone string) bool {
	return zone == "" || name == zone || strings.HasSuffix(name, "."+zone)
}

// up cuts the first label off a plain name; "" is the root.
func up(name string) string {
	_, parent, _ := strings.Cut(name, ".")
	return parent
}
