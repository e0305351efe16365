package dnscheck_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/testkit"
)

func (w *world) questions() int {
	n := 0
	for _, d := range slices.Concat(w.auth, w.resolvers, []*testkit.DNS{w.own}) {
		n += len(d.Asked())
	}
	return n
}

func TestCheckIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		setup func(*world)
	}{
		{"nothing published", func(*world) {}},
		{"300 name servers", func(w *world) {
			for i := range 300 {
				w.resolve(fmt.Sprintf("example.test. 60 NS n%d.example.test.", i), fmt.Sprintf("n%d.example.test. 60 A 127.0.0.2", i))
			}
		}},
		{"a name server with 300 addresses", func(w *world) {
			for i := range 300 {
				w.resolve(fmt.Sprintf("ns1.example.test. 60 A 127.0.%d.%d", i/250+1, i%250+4))
			}
		}},
		{"300 mail exchangers", func(w *world) {
			for i := range 300 {
				w.resolve(fmt.Sprintf("example.test. 60 MX 1 m%d.example.test.", i))
			}
		}},
		{"referrals without end", func(w *world) {
			for _, a := range w.auth {
				a.SetOther(testkit.Answer{NoAA: true, Ns: []string{"_tls.example.test. 60 NS ns1.example.test.", "_tls.example.test. 60 NS ns2.example.test."}})
			}
		}},
		{"everything is an alias", func(w *world) {
			w.everywhere(cname(owner, "a.p.test"))
			for _, r := range w.resolvers {
				r.SetOther(testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
					m := new(dns.Msg)
					m.SetReply(q)
					name := q.Question[0].Name
					m.Answer = []dns.RR{&dns.CNAME{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET}, Target: "x" + name}}
					return m
				}})
			}
		}},
		{"resolvers fail at everything", func(w *world) {
			for _, r := range w.resolvers {
				r.SetOther(testkit.Answer{Rcode: dns.RcodeServerFailure})
				for _, qtype := range []uint16{dns.TypeMX, dns.TypeNS} {
					r.Clear(domain, qtype)
				}
			}
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.setup(w)
			o := w.check(expected)
			if n := w.questions(); n > 50 {
				t.Errorf("%d questions were asked", n)
			}
			if r := dnscheck.Judge(zone, o, expected, grown); r.Proven || r.Verdict == "pass" {
				t.Errorf("verdict %s, proven %v", r.Verdict, r.Proven)
			}
		})
	}
}

func TestSpentBudgetIsNoFinding(t *testing.T) {
	t.Parallel()
	for n := 1; n < 20; n++ {
		w := delegated(t)
		w.c.Questions = n
		r := dnscheck.Judge(zone, w.check(expected), expected, grown)
		for _, f := range r.Findings {
			if f.ID != "D1" && f.ID != "N2" {
				t.Errorf("with %d questions: %s %s", n, f.ID, f.Text)
			}
		}
		if w.questions() > n {
			t.Errorf("%d questions were asked, %d allowed", w.questions(), n)
		}
	}
}

func TestTotalEndsTheCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kill(w.resolvers...)
	w.c.Timeout, w.c.Total = time.Hour, 50*time.Millisecond
	done := make(chan dnscheck.Observation, 1)
	go func() { done <- w.check(expected) }()
	select {
	case o := <-done:
		if r := dnscheck.Judge(zone, o, expected, grown); !r.Inconclusive || r.Verdict != "pending" {
			t.Errorf("got %s", r.Verdict)
		}
	case <-time.After(5 * time.Minute):
		t.Fatal("the check did not end")
	}
}

func TestSpecialAddressesAreNotAsked(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	w.c.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	r := dnscheck.Judge(zone, w.check(expected), expected, grown)
	if n := len(w.auth[1].Asked()); n > 0 {
		t.Errorf("a special address was asked %d questions", n)
	}
	if len(w.auth[0].Asked()) == 0 || !r.Proven || idsOf(r) != "N11 D1" {
		t.Errorf("got %q, proven %v; the allowed server must be asked", idsOf(r), r.Proven)
	}
}

func TestResolversAreSparedAnAbsence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		e     dnscheck.Expect
		asked bool
	}{
		{"being set up", dnscheck.Expect{Token: token}, false},
		{"seen before", dnscheck.Expect{Token: token, Seen: true}, true},
		{"in public", dnscheck.Expect{}, true},
	} {
		w := newWorld(t)
		o := w.check(c.e)
		below := 0
		for _, r := range w.resolvers {
			for _, q := range r.Asked() {
				if strings.HasSuffix(q.Name, "._tls.example.test.") || q.Name == "_tls.example.test." {
					below++
				}
			}
		}
		if (below > 0) != c.asked {
			t.Errorf("%s: resolvers were asked %d questions below _tls", c.what, below)
		}
		for _, s := range o.Servers {
			if s.Kind == dnscheck.Resolver && (s.Err == dnscheck.ErrSpared) == c.asked {
				t.Errorf("%s: %s has error %q", c.what, s.Server, s.Err)
			}
		}
	}
}

func TestQuestionsAreAskedAsTheServerExpects(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	w.check(expected)
	for _, d := range slices.Concat(w.auth, []*testkit.DNS{w.own}) {
		for _, q := range d.Asked() {
			if q.RD {
				t.Errorf("an authoritative server was asked to recurse for %s", q.Name)
			}
		}
	}
	for _, d := range w.resolvers {
		for _, q := range d.Asked() {
			if !q.RD || q.CD {
				t.Errorf("a resolver was asked %+v", q)
			}
		}
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	last := w.check(expected).Servers
	before := w.questions()
	if w.changed(last) {
		t.Error("nothing has changed")
	}
	if n := w.questions() - before; n != len(w.auth) {
		t.Errorf("%d questions for %d servers", n, len(w.auth))
	}
	w.auth[1].Add(t, cname(owner, target))
	if !w.changed(last) {
		t.Error("a record that appears is a change")
	}
	last = w.check(expected).Servers
	w.silence(w.auth...)
	if w.changed(last) {
		t.Error("silence is not a change")
	}
	if !w.changed(nil) {
		t.Error("without a last answer everything is new")
	}
}

// Checks of one name at the same time ask each resolver for it once.
func TestIdenticalQuestionsAreAskedOnce(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if r := dnscheck.Judge(zone, w.check(expected), expected, grown); idsOf(r) != "D1" {
				t.Errorf("got %q", idsOf(r))
			}
		})
	}
	all.Wait()
	for _, r := range w.resolvers {
		if n := r.Count(owner, dns.TypeTXT); n != 1 {
			t.Errorf("%s was asked %d times", r.Addr, n)
		}
	}
}
