package testkit

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// DNS is a scripted name server on loopback, over UDP and TCP. What it says can
// be changed at any time.
type DNS struct {
	// Addr is the host:port that it listens on.
	Addr string

	mu      sync.Mutex
	answers map[question]Answer
	zones   []string
	other   *Answer
	asked   []Asked
	closed  chan struct{}
}

// Answer is what a DNS says to one question.
type Answer struct {
	// RR are the records of the answer section, Ns and Extra those of the
	// other two, as lines of a zone file.
	RR, Ns, Extra []string
	// Rcode is dns.RcodeSuccess by default.
	Rcode int
	// Delay holds the answer back; Silent swallows the question.
	Delay  time.Duration
	Silent bool
	// Truncate sets TC in answers over UDP and leaves them empty; NoTCP closes
	// connections without an answer.
	Truncate, NoTCP bool
	// NoAA and RA make it speak as something else than an authoritative server.
	NoAA, RA bool
	// AD sets the authentic bit, EDE adds an extended error (RFC 8914).
	AD  bool
	EDE []uint16
	// Reply, if set, is asked in place of all the above; nil is silence.
	Reply func(q *dns.Msg) *dns.Msg
}

// Asked is a question as it came in.
type Asked struct {
	Name    string // lower case, with the final dot
	Raw     string // in the case that it was sent in
	Type    uint16
	RD, CD  bool
	Network string // udp or tcp
	From    string // host:port of the client
}

type question struct {
	name  string
	qtype uint16
}

// NewDNS starts a DNS that lives as long as the test, on a free port of
// 127.0.0.1 or on the given host:port. Without a script it answers NXDOMAIN
// with authority to everything; see Zone.
func NewDNS(t testing.TB, addr ...string) *DNS {
	t.Helper()
	d := &DNS{answers: map[question]Answer{}, closed: make(chan struct{})}
	d.Addr = "127.0.0.1:0"
	if len(addr) > 0 {
		d.Addr = addr[0]
	}
	packets, listener := bothTransports(t, d.Addr)
	d.Addr = listener.Addr().String()
	d.serve(t, &dns.Server{PacketConn: packets})
	d.serve(t, &dns.Server{Listener: listener})
	t.Cleanup(func() { close(d.closed) })
	return d
}

// bothTransports finds a port that is free for TCP and for UDP.
func bothTransports(t testing.TB, addr string) (net.PacketConn, net.Listener) {
	t.Helper()
	var config net.ListenConfig
	for range 20 {
		listener, err := config.Listen(context.Background(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := config.ListenPacket(context.Background(), "udp", listener.Addr().String())
		if err == nil {
			return packets, listener
		}
		listener.Close()
	}
	t.Fatalf("no port of %s is free for both UDP and TCP", addr)
	return nil, nil
}

// patience is how long a client over TCP may take; on a busy machine that is
// longer than a real server would wait.
const patience = time.Minute

func (d *DNS) serve(t testing.TB, s *dns.Server) {
	started, done := make(chan struct{}), make(chan struct{})
	s.Handler, s.NotifyStartedFunc = d, func() { close(started) }
	s.ReadTimeout, s.WriteTimeout = patience, patience
	s.IdleTimeout = func() time.Duration { return patience }
	go func() {
		defer close(done)
		if err := s.ActivateAndServe(); err != nil {
			t.Errorf("scripted DNS: %v", err)
		}
	}()
	<-started
	t.Cleanup(func() {
		if err := s.Shutdown(); err != nil {
			t.Errorf("scripted DNS: %v", err)
		}
		<-done
	})
}

// Set scripts the answer to one question. The name may lack the final dot.
func (d *DNS) Set(name string, qtype uint16, a Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[key(name, qtype)] = a
}

// Clear takes what was Set for one question back.
func (d *DNS) Clear(name string, qtype uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.answers, key(name, qtype))
}

// Add scripts records by lines of a zone file, each in the answer to its own
// name and type; a CNAME is in the answer to TXT, A and AAAA as well. A name
// below them that has none is then NODATA instead of NXDOMAIN.
func (d *DNS) Add(t testing.TB, lines ...string) {
	t.Helper()
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil || rr == nil {
			t.Fatalf("%q: %v", line, err)
		}
		types := []uint16{rr.Header().Rrtype}
		if types[0] == dns.TypeCNAME {
			types = append(types, dns.TypeTXT, dns.TypeA, dns.TypeAAAA)
		}
		d.mu.Lock()
		for _, qtype := range types {
			k := key(rr.Header().Name, qtype)
			a := d.answers[k]
			a.RR = append(slices.Clip(a.RR), line)
			d.answers[k] = a
		}
		d.mu.Unlock()
	}
}

// Zone names zones that it is authoritative for: absences below them carry a
// SOA, and questions outside of them are refused.
func (d *DNS) Zone(names ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range names {
		d.zones = append(d.zones, dns.CanonicalName(name))
	}
}

// SetOther scripts the answer to every question that has none of its own: a
// wildcard, a server that lies, a server that is dead.
func (d *DNS) SetOther(a Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.other = &a
}

// Asked gives the questions that came in so far.
func (d *DNS) Asked() []Asked {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// Count is how often one question came in.
func (d *DNS) Count(name string, qtype uint16) int {
	n := 0
	for _, a := range d.Asked() {
		if (question{a.Name, a.Type}) == key(name, qtype) {
			n++
		}
	}
	return n
}

func key(name string, qtype uint16) question { return question{dns.CanonicalName(name), qtype} }

// ServeDNS answers one question by the script.
func (d *DNS) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	network := w.RemoteAddr().Network()
	a, m := d.answer(q, network, w.RemoteAddr().String())
	if a.Delay > 0 {
		select {
		case <-time.After(a.Delay):
		case <-d.closed:
		}
	}
	switch {
	case a.Reply != nil:
		m = a.Reply(q)
	case a.NoTCP && network == "tcp":
		w.Close()
		return
	case a.Truncate && network == "udp":
		m.Answer, m.Truncated = nil, true
	}
	if m != nil && !a.Silent {
		_ = w.WriteMsg(m) // the client may be gone, which is its own affair
	}
}

func (d *DNS) answer(q *dns.Msg, network, from string) (Answer, *dns.Msg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := new(dns.Msg)
	m.SetReply(q)
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return Answer{}, m
	}
	k := key(q.Question[0].Name, q.Question[0].Qtype)
	d.asked = append(d.asked, Asked{k.name, q.Question[0].Name, k.qtype, q.RecursionDesired, q.CheckingDisabled, network, from})
	a, scripted := d.answers[k]
	if !scripted {
		a = d.unscripted(k)
	}
	m.Rcode, m.Authoritative, m.RecursionAvailable, m.AuthenticatedData = a.Rcode, !a.NoAA, a.RA, a.AD
	m.Answer, m.Ns, m.Extra = records(a.RR), records(a.Ns), records(a.Extra)
	if opt := q.IsEdns0(); opt != nil {
		m.SetEdns0(1232, false)
		for _, code := range a.EDE {
			opt := m.IsEdns0()
			opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: code})
		}
	}
	return a, m
}

func (d *DNS) unscripted(k question) Answer {
	if d.other != nil {
		return *d.other
	}
	if a, ok := d.wildcard(k); ok && !d.exists(k.name) {
		return a
	}
	return d.absence(k.name)
}

// wildcard finds the answer of a name that begins with *, for a name below its
// parent that has nothing of its own (RFC 4592), with the name that was asked.
func (d *DNS) wildcard(k question) (Answer, bool) {
	for i, end := dns.NextLabel(k.name, 0); !end; i, end = dns.NextLabel(k.name, i) {
		a, ok := d.answers[question{"*." + k.name[i:], k.qtype}]
		if !ok {
			continue
		}
		a.RR = slices.Clone(a.RR)
		for j, line := range a.RR {
			if rr, err := dns.NewRR(line); err == nil && rr != nil {
				rr.Header().Name = k.name
				a.RR[j] = rr.String()
			}
		}
		return a, true
	}
	return Answer{}, false
}

// absence is NODATA for a name that has something at or below it, else NXDOMAIN.
func (d *DNS) absence(name string) Answer {
	a := Answer{Rcode: dns.RcodeNameError}
	zone := ""
	for _, z := range d.zones {
		if dns.IsSubDomain(z, name) && len(z) > len(zone) {
			zone = z
		}
	}
	if zone == "" && len(d.zones) > 0 {
		return Answer{Rcode: dns.RcodeRefused, NoAA: true}
	}
	if zone != "" {
		a.Ns = []string{zone + " 3600 IN SOA ns." + zone + " hostmaster." + zone + " 1 7200 3600 1209600 300"}
	}
	if d.exists(name) {
		a.Rcode = dns.RcodeSuccess
	}
	return a
}

// exists reports whether there is something at or below a name.
func (d *DNS) exists(name string) bool {
	for k, a := range d.answers {
		if a.Rcode == dns.RcodeSuccess && (k.name == name || strings.HasSuffix(k.name, "."+name)) {
			return true
		}
	}
	return false
}

func records(lines []string) []dns.RR {
	var out []dns.RR
	for _, line := range lines {
		if rr, err := dns.NewRR(line); err == nil && rr != nil {
			out = append(out, rr)
		}
	}
	return out
}
