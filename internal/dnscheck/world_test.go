package dnscheck_test

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/testkit"
)

const (
	domain = "example.test"
	owner  = "_smtp._tls.example.test"

	// testTimeout is short where a server is silent, and long enough for a busy machine.
	testTimeout = 2 * time.Second
	token       = "k7m2q9x4w1ab"
)

var (
	zone     = hosted.Zone{Name: "tls.sealpost.test", ReportDomain: "rpt.tls.sealpost.test"}
	target   = zone.Target(domain, token)
	ourText  = zone.Record(token)
	expected = dnscheck.Expect{Token: token}
	start    = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	// grown is a domain that is past the first 48 hours.
	grown = dnscheck.State{Registered: start.Add(-72 * time.Hour)}
)

// world is a small internet on loopback: two name servers of example.test, two
// resolvers, and our own name server, all scripted.
type world struct {
	t         *testing.T
	c         *dnscheck.Checker
	auth      []*testkit.DNS
	resolvers []*testkit.DNS
	own       *testkit.DNS
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, auth: samePort(t, "127.0.0.2", "127.0.0.3"), own: testkit.NewDNS(t)}
	w.c = &dnscheck.Checker{
		Zone: zone, Own: w.own.Addr, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Now: func() time.Time { return start }, PerSecond: 10000, InFlight: 100, Timeout: 20 * time.Second, Total: time.Minute,
	}
	_, port, err := net.SplitHostPort(w.auth[0].Addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	w.c.AuthPort = uint16(n)
	for range 2 {
		r := testkit.NewDNS(t)
		r.Add(t, "example.test. 300 MX 10 mx.example.test.", "example.test. 300 NS ns1.example.test.", "example.test. 300 NS ns2.example.test.",
			"ns1.example.test. 300 A 127.0.0.2", "ns2.example.test. 300 A 127.0.0.3",
			`_mta-sts.example.test. 300 TXT "v=STSv1; id=1"`, "provider.test. 300 MX 10 mx.provider.test.")
		w.resolvers, w.c.Resolvers = append(w.resolvers, r), append(w.c.Resolvers, r.Addr)
	}
	for _, a := range w.auth {
		a.Zone("example.test")
		a.Add(t, "example.test. 300 MX 10 mx.example.test.")
	}
	w.own.Zone(zone.Name)
	w.own.Add(t, target+". 3600 TXT \""+ourText+"\"")
	return w
}

// samePort starts a server on each of several addresses, with one port for all.
func samePort(t *testing.T, addrs ...string) []*testkit.DNS {
	t.Helper()
	for range 20 {
		first := testkit.NewDNS(t, addrs[0]+":0")
		_, port, err := net.SplitHostPort(first.Addr)
		if err != nil {
			t.Fatal(err)
		}
		out := []*testkit.DNS{first}
		for _, addr := range addrs[1:] {
			if free(addr + ":" + port) {
				out = append(out, testkit.NewDNS(t, addr+":"+port))
			}
		}
		if len(out) == len(addrs) {
			return out
		}
	}
	t.Fatal("no port is free on all addresses")
	return nil
}

func free(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	defer l.Close()
	p, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	defer p.Close()
	return true
}

// everywhere puts lines at the authoritative servers, and gives them to the
// resolvers as the whole answer for the owner name.
func (w *world) everywhere(lines ...string) {
	w.t.Helper()
	w.atServers(lines...)
	w.atResolvers(lines...)
}

func (w *world) atServers(lines ...string) {
	w.t.Helper()
	for _, a := range w.auth {
		a.Add(w.t, lines...)
	}
}

// atResolvers scripts the answer of the resolvers for the owner name.
func (w *world) atResolvers(lines ...string) {
	for _, r := range w.resolvers {
		r.Set(owner, dns.TypeTXT, testkit.Answer{RR: lines, RA: true, NoAA: true})
	}
}

// resolve adds other records that the resolvers find.
func (w *world) resolve(lines ...string) {
	w.t.Helper()
	for _, r := range w.resolvers {
		r.Add(w.t, lines...)
	}
}

// delegate makes all well.
func delegate(w *world) {
	w.t.Helper()
	w.delegateTo(target)
	w.atResolvers(cname(owner, target), txt(target, ourText))
}

func delegated(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	delegate(w)
	return w
}

// delegateTo publishes a CNAME; resolvers find our text behind a target that
// is the right one, in whatever case.
func (w *world) delegateTo(name string) {
	w.t.Helper()
	w.everywhere(cname(owner, name))
	if strings.EqualFold(name, target) {
		w.atResolvers(cname(owner, name), txt(name, ourText))
	}
}

func (w *world) provider(text string) {
	w.t.Helper()
	w.atServers(cname(owner, "x.provider.test"))
	w.atResolvers(cname(owner, "x.provider.test"), txt("x.provider.test", text))
	w.resolve(txt("x.provider.test", text))
}

// cut delegates a name below the domain from the first server to the second,
// on which alone the rest of the set-up then works.
func (w *world) cut(name string) *world {
	w.t.Helper()
	referral := testkit.Answer{NoAA: true, Ns: []string{name + ". 60 NS ns2.example.test."}}
	w.auth[0].Set(owner, dns.TypeTXT, referral)
	w.auth = w.auth[1:]
	return w
}

// apex scripts the domain's own MX and takes its addresses away.
func (w *world) apex(rcode int, mx ...string) {
	for _, r := range w.resolvers {
		r.Set(domain, dns.TypeMX, testkit.Answer{Rcode: rcode, RR: mx})
	}
}

// wildcard makes the authoritative servers answer everything.
func (w *world) wildcard(line func(name string) string) {
	for _, a := range w.auth {
		a.SetOther(testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
			m := new(dns.Msg)
			m.SetReply(q)
			m.Authoritative = true
			if rr, err := dns.NewRR(line(q.Question[0].Name)); err == nil {
				m.Answer = []dns.RR{rr}
			}
			return m
		}})
	}
}

// silence makes servers swallow the question for the owner name, kill all.
func (w *world) silence(servers ...*testkit.DNS) {
	w.c.Timeout = testTimeout
	for _, d := range servers {
		d.Set(owner, dns.TypeTXT, testkit.Answer{Silent: true})
		d.Set(owner, dns.TypeCNAME, testkit.Answer{Silent: true})
	}
}

func (w *world) kill(servers ...*testkit.DNS) {
	w.silence(servers...)
	for _, d := range servers {
		for _, qtype := range []uint16{dns.TypeMX, dns.TypeNS, dns.TypeA, dns.TypeAAAA} {
			d.Set(domain, qtype, testkit.Answer{Silent: true})
		}
		d.SetOther(testkit.Answer{Silent: true})
	}
}

func (w *world) failResolvers() {
	for _, r := range w.resolvers {
		r.Set(owner, dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeServerFailure})
	}
}

// first makes the resolvers answer the first of all their questions about a
// name by rcode, and the later ones by lines.
func (w *world) first(name string, qtype uint16, rcode int, lines ...string) {
	once := make(chan bool, 1)
	once <- true
	for _, r := range w.resolvers {
		r.Set(name, qtype, testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
			select {
			case <-once:
				m := new(dns.Msg)
				return m.SetRcode(q, rcode)
			default:
				q.CheckingDisabled = true
				return bogus(lines...)(q)
			}
		}})
	}
}

// forget makes a resolver remember for ttl seconds that nothing is there.
func (w *world) forget(r *testkit.DNS, ttl int) {
	soa := fmt.Sprintf("example.test. %d SOA ns1.example.test. h.example.test. 1 2 3 4 3600", ttl)
	r.Set(owner, dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeNameError, Ns: []string{soa}})
}

func (w *world) check(e dnscheck.Expect) dnscheck.Observation {
	w.t.Helper()
	return w.c.Check(w.t.Context(), domain, e)
}

// changed waits for what Changed has to say.
func (w *world) changed(last []dnscheck.ServerAnswer) bool {
	w.t.Helper()
	said := make(chan bool, 1)
	w.c.Changed(w.t.Context(), domain, last, func(changed bool) { said <- changed })
	return <-said
}
