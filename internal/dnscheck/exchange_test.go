package dnscheck_test

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/testkit"
)

// odd makes the first name server answer the owner name by f, which gets the
// right answer to spoil, and how often it was asked.
func odd(w *world, f func(q, right *dns.Msg, time int) *dns.Msg) {
	times := make(chan int, 1)
	times <- 0
	w.auth[0].Set(owner, dns.TypeTXT, testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
		right := new(dns.Msg)
		right.SetReply(q)
		right.Authoritative = true
		right.Answer = []dns.RR{&dns.CNAME{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: 3600}, Target: target + "."}}
		n := <-times
		times <- n + 1
		return f(q, right, n)
	}})
}

func TestOddServers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		f    func(q, right *dns.Msg, time int) *dns.Msg
		ids  string
		err  string
	}{
		{"loses the first question", func(q, right *dns.Msg, time int) *dns.Msg {
			if time == 0 {
				return nil
			}
			return right
		}, "D1", ""},
		{"chokes on EDNS", func(q, right *dns.Msg, _ int) *dns.Msg {
			if q.IsEdns0() == nil {
				return right
			}
			right.Rcode, right.Answer = dns.RcodeFormatError, nil
			return right
		}, "D1", ""},
		{"leaves the question out of a refusal", func(q, right *dns.Msg, _ int) *dns.Msg {
			right.Rcode, right.Answer, right.Question = dns.RcodeRefused, nil, nil
			return right
		}, "N3 D1", dnscheck.ErrLame},
		{"answers another id", func(q, right *dns.Msg, _ int) *dns.Msg { right.Id++; return right }, "N3 D1", dnscheck.ErrTimeout},
		{"answers another question", func(q, right *dns.Msg, _ int) *dns.Msg {
			right.Question[0].Name = "_smtp._tls.example.org."
			return right
		}, "N3 D1", dnscheck.ErrTimeout},
		{"answers in another case", func(q, right *dns.Msg, _ int) *dns.Msg {
			right.Question[0].Name = strings.ToLower(q.Question[0].Name)
			return right
		}, "D1", ""},
		{"answers another type", func(q, right *dns.Msg, _ int) *dns.Msg { right.Question[0].Qtype = dns.TypeA; return right }, "N3 D1", dnscheck.ErrTimeout},
		{"sends the question back", func(q, right *dns.Msg, _ int) *dns.Msg { return q }, "N3 D1", dnscheck.ErrTimeout},
		{"answers for other names", func(q, right *dns.Msg, _ int) *dns.Msg {
			right.Answer[0].Header().Name = "_smtp._tls.example.org."
			return right
		}, "D1", ""}, // the question for the CNAME itself gets it
		{"has the top bit of the TTL set", func(q, right *dns.Msg, _ int) *dns.Msg { right.Answer[0].Header().Ttl = 1 << 31; return right }, "D1", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := delegated(t)
			w.c.Timeout = testTimeout
			odd(w, c.f)
			o := w.check(expected)
			r := dnscheck.Judge(zone, o, expected, grown)
			if idsOf(r) != c.ids || o.Servers[0].Err != c.err {
				t.Errorf("got %q and error %q, want %q and %q\n%s", idsOf(r), o.Servers[0].Err, c.ids, c.err, show(o, r))
			}
			if o.Servers[0].TTL > 3600 {
				t.Errorf("TTL %d", o.Servers[0].TTL)
			}
		})
	}
}

func TestLongAnswersComeOverTCP(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	w.auth[0].Set(owner, dns.TypeTXT, testkit.Answer{RR: []string{cname(owner, target)}, Truncate: true})
	r := dnscheck.Judge(zone, w.check(expected), expected, grown)
	if idsOf(r) != "D1" || !r.Proven {
		t.Errorf("got %q", idsOf(r))
	}
}

func TestExtendedErrorsAreKept(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	w.resolvers[0].Set(owner, dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeServerFailure, EDE: []uint16{9, 65535}})
	for _, s := range w.check(expected).Servers {
		if s.Server == w.resolvers[0].Addr && (s.EDE != "DNSKEY Missing; code 65535" || s.Rcode != "SERVFAIL") {
			t.Errorf("got %q, %s", s.EDE, s.Rcode)
		}
	}
}

func TestTextsAreReadByteByByte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rdata, ids, shown string }{
		{`"v=TLSRPTv1; rua=mailto:" "tls@provider.test"`, "R25", "v=TLSRPTv1; rua=mailto:tls@provider.test"},
		{`"v=TLSRPTv1\; rua=mailto:tls@provider.test"`, "", "v=TLSRPTv1; rua=mailto:tls@provider.test"},
		{`"v=TLSRPTv1\\; rua=mailto:tls@provider.test"`, "R7", `v=TLSRPTv1\; rua=mailto:tls@provider.test`},
		{`"\"v=TLSRPTv1; rua=mailto:tls@provider.test\""`, "R6", `"v=TLSRPTv1; rua=mailto:tls@provider.test"`},
		{`"v=TLSRPTv1; rua=mailto:tls@provider.test\000"`, "R16", "v=TLSRPTv1; rua=mailto:tls@provider.test\ufffd"},
	} {
		w := newWorld(t)
		w.everywhere(owner + ". 3600 TXT " + c.rdata)
		o := w.check(dnscheck.Expect{})
		r := dnscheck.Judge(zone, o, dnscheck.Expect{}, grown)
		if idsOf(r) != c.ids || o.Servers[0].TXT[0] != c.shown {
			t.Errorf("%s: got %q, %q", c.rdata, idsOf(r), o.Servers[0].TXT[0])
		}
	}
}

// Names in an answer that point into the question have the case that we ask
// in, not the one that was mixed for the question.
func TestMixedCaseStaysOutOfTheFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.auth[0].Set(owner, dns.TypeTXT, testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg)
		m.SetReply(q)
		m.Authoritative, m.Compress = true, true
		m.Answer = []dns.RR{&dns.CNAME{
			Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET}, Target: "x" + q.Question[0].Name[len("_smtp"):],
		}}
		return m
	}})
	if got := w.check(expected).Servers[0].CNAME; got != "x._tls.example.test" {
		t.Errorf("got %q", got)
	}
	mixed := 0
	for _, q := range w.auth[0].Asked() {
		if q.Raw != strings.ToLower(q.Raw) {
			mixed++
		}
	}
	if mixed == 0 {
		t.Error("no question came in mixed case")
	}
}

// A question that is repeated goes through another port, and so do many
// questions to one server.
func TestPortsAreRandom(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	last := w.check(expected).Servers
	ports := map[string]bool{}
	for range 200 {
		w.changed(last)
	}
	for _, q := range w.auth[0].Asked() {
		ports[q.From] = true
	}
	if len(ports) < 64 {
		t.Errorf("%d questions came from %d ports", len(w.auth[0].Asked()), len(ports))
	}
}
