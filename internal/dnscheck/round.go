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
	end    time.Time // when the check has to be over
	domain string
	owner  string
	target string        // plain name of the target that the domain was given, or ""
	spare  bool          // see Expect.Seen
	left   atomic.Int64  // questions that may still be sent
	flight chan struct{} // questions that somebody waits for, over all servers; a glance waits for none
	turn   atomic.Uint32 // spreads lookups over the resolvers
	dead   sync.Map      // resolvers that gave no answer in this round
}

// inFlightPerCheck is how many questions one check has under way at most.
const inFlightPerCheck = 20

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
	return min(lifeOf(f.msg), sharedFor)
}

// lifeOf is the shortest TTL of an answer, or how long an absence is remembered.
func lifeOf(m *dns.Msg) time.Duration {
	ttl := negativeTTL(m.Ns)
	for i, rr := range m.Answer {
		if i == 0 || ttlOf(rr) < ttl {
			ttl = ttlOf(rr)
		}
	}
	return seconds(ttl)
}

// ownerQuestion is what a resolver's answer for an owner name is remembered by.
type ownerQuestion struct {
	server, name string
}

// ownerFor bounds how long that is: the page says what a cache holds now.
const ownerFor = 5 * time.Second

// askOnce asks a resolver for the record itself, once for all checks of the
// same name at the same time: of several accounts, and of visitors.
func (r *round) askOnce(server string, q query) reply {
	got := r.c.owners.recall(r.ctx, ownerQuestion{server, q.name}, r.c.now(), func() (reply, time.Duration) {
		got := r.ask(server, q)
		if !conclusive(got) {
			return got, 0
		}
		return got, min(lifeOf(got.msg), ownerFor)
	})
	if got.msg == nil && got.err == "" {
		got.err = ErrBudget // the check ended while another one was asking
	}
	return got
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
