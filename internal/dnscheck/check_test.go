package dnscheck_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/testkit"
)

func cname(from, to string) string { return from + ". 3600 CNAME " + to + "." }

func txt(name, text string) string { return fmt.Sprintf("%s. 3600 TXT %q", name, text) }

const otherText = "v=TLSRPTv1; rua=mailto:tls@provider.test"

// TestStates walks whole checks: a small internet is set up, asked and judged.
// Ids lists all findings, most severe first.
func TestStates(t *testing.T) {
	t.Parallel()
	young := dnscheck.State{Registered: start}
	public := dnscheck.Expect{}
	for _, c := range []struct {
		what    string
		setup   func(*world)
		e       dnscheck.Expect
		s       dnscheck.State
		verdict string
		ids     string
	}{
		{"nothing, just registered", func(*world) {}, expected, young, "pending", "D5"},
		{"nothing after two days", func(*world) {}, expected, grown, "fail", "D5"},
		{"nothing at a stranger's", func(*world) {}, public, grown, "fail", "D5"},
		{"delegated", delegate, expected, young, "pass", "D1"},
		{"delegated, asked in public", delegate, public, grown, "pass", ""},
		{"other case", func(w *world) { w.delegateTo(strings.ToUpper(target)) }, expected, young, "pass", "D22"},
		{"flattened", func(w *world) { w.everywhere(txt(owner, ourText)) }, expected, young, "pass", "D2"},
		{"through a third party", func(w *world) {
			w.everywhere(cname(owner, "hop.provider.test"))
			w.atResolvers(cname(owner, "hop.provider.test"), cname("hop.provider.test", target), txt(target, ourText))
			w.resolve(cname("hop.provider.test", target))
		}, expected, young, "warn", "D3"},
		{"loop", func(w *world) {
			w.everywhere(cname(owner, "a.provider.test"))
			w.resolve(cname("a.provider.test", "b.provider.test"), cname("b.provider.test", "a.provider.test"))
			w.failResolvers()
		}, expected, young, "fail", "D4"},
		{"alias of itself", func(w *world) { w.everywhere(cname(owner, owner)); w.failResolvers() }, public, grown, "fail", "D4"},
		{"nine hops", func(w *world) {
			w.everywhere(cname(owner, "h1.p.test"))
			for i := 1; i < 9; i++ {
				w.resolve(cname(fmt.Sprintf("h%d.p.test", i), fmt.Sprintf("h%d.p.test", i+1)))
			}
		}, expected, young, "fail", "D4"},
		{"zone appended", func(w *world) { w.everywhere(cname(owner, target+"."+domain)) }, expected, young, "fail", "D6"},
		{"name doubled", func(w *world) { w.atServers(cname(owner+"."+domain, target)) }, expected, young, "fail", "D7"},
		{"labels swapped", func(w *world) { w.atServers(cname("_tls._smtp."+domain, target)) }, expected, young, "fail", "D8"},
		{"old draft's name", func(w *world) { w.atServers(txt("_smtp_tlsrpt."+domain, otherText)) }, public, grown, "fail", "D8"},
		{"at the apex", func(w *world) { w.atServers(txt(domain, otherText)) }, public, grown, "fail", "D9"},
		{"another service's alias beside", func(w *world) { w.atServers(cname("_smtp-tls."+domain, "x.provider.test")) }, expected, grown, "fail", "D5"},
		{"unrelated TXT at the apex", func(w *world) { w.atServers(txt(domain, "v=spf1 -all")) }, public, grown, "fail", "D5"},
		{"another domain's target", func(w *world) { w.delegateTo(zone.Target("example.org", token)) }, expected, young, "fail", "D10"},
		{"target cut short", func(w *world) { w.delegateTo("example.test._smtp._tls." + token) }, expected, young, "fail", "D10"},
		{"another provider", func(w *world) { w.provider(otherText) }, expected, young, "warn", "D11"},
		{"another provider, in public", func(w *world) { w.provider(otherText) }, public, grown, "pass", ""},
		{"nothing behind the CNAME", func(w *world) { w.delegateTo("gone.provider.test") }, public, grown, "fail", "D12"},
		{"unrelated TXT behind the CNAME", func(w *world) { w.provider("v=spf1 -all") }, public, grown, "fail", "D12"},
		{"CNAME beside TXT", func(w *world) {
			for _, a := range w.auth {
				a.Set(owner, dns.TypeTXT, testkit.Answer{RR: []string{txt(owner, otherText)}})
				a.Set(owner, dns.TypeCNAME, testkit.Answer{RR: []string{cname(owner, target)}})
			}
			w.atResolvers(txt(owner, otherText))
		}, expected, young, "fail", "D13"},
		{"target as TXT", func(w *world) { w.everywhere(txt(owner, target+".")) }, expected, young, "fail", "D14"},
		{"address at the name", func(w *world) { w.atServers(owner + ". 60 A 192.0.2.1") }, public, grown, "fail", "D15"},
		{"wildcard CNAME", func(w *world) {
			delegate(w)
			w.wildcard(func(name string) string { return name + " 60 CNAME " + target + "." })
		}, expected, young, "fail", "D16"},
		{"wildcard TXT", func(w *world) {
			w.everywhere(txt(owner, "v=spf1 -all"))
			w.wildcard(func(name string) string { return name + ` 60 TXT "v=spf1 -all"` })
		}, public, grown, "fail", "D16 R3"},
		{"delegated away, empty there", func(w *world) { w.cut("_tls." + domain) }, expected, young, "fail", "D17"},
		{"delegated away, published there", func(w *world) { delegate(w.cut("_tls." + domain)) }, expected, young, "pass", "D1"},
		{"another registration's token", func(w *world) { w.delegateTo(zone.Target(domain, "aaaaaaaaaaaa")) }, expected, young, "fail", "D18"},
		{"our server is behind", func(w *world) {
			delegate(w)
			w.own.Clear(target, dns.TypeTXT)
		}, expected, young, "pending", "D19"},
		{"our rua in a TXT of theirs", func(w *world) { w.everywhere(txt(owner, ourText+",mailto:b@example.test")) }, expected, young, "warn", "D20"},
		{"a TXT of theirs", func(w *world) { w.everywhere(txt(owner, otherText)) }, expected, young, "warn", "D21"},
		{"a TXT of theirs, in public", func(w *world) { w.everywhere(txt(owner, otherText)) }, public, grown, "pass", ""},
		{"two records", func(w *world) { w.everywhere(txt(owner, otherText), txt(owner, ourText)) }, public, grown, "fail", "R1"},
		{"no rua", func(w *world) { w.everywhere(txt(owner, "v=TLSRPTv1;")) }, public, grown, "warn", "R8"},

		{"no such domain", func(w *world) { w.apex(dns.RcodeNameError) }, public, grown, "fail", "A1"},
		{"null MX", func(w *world) { w.apex(0, "example.test. 60 MX 0 .") }, public, grown, "not applicable", "A2"},
		{"null MX and a record", func(w *world) { delegate(w); w.apex(0, "example.test. 60 MX 0 .") }, expected, young, "not applicable", "A2 A6"},
		{"null MX beside another", func(w *world) {
			delegate(w)
			w.apex(0, "example.test. 60 MX 0 .", "example.test. 60 MX 10 mx.example.test.")
		}, expected, young, "warn", "A3 D1"},
		{"no MX, no address", func(w *world) { w.apex(0) }, public, grown, "not applicable", "A4"},
		{"address only", func(w *world) { delegate(w); w.apex(0); w.resolve("example.test. 60 A 192.0.2.1") }, expected, young, "not applicable", "A5 D1"},
		{"an address for an MX", func(w *world) { delegate(w); w.apex(0, "example.test. 60 MX 10 192.0.2.25.") }, expected, young, "pass", "D1"},
		{"an alias for an MX", func(w *world) {
			delegate(w)
			w.apex(0, "example.test. 60 MX 10 alias.example.test.")
			w.resolve(cname("alias.example.test", "mx.provider.test"))
		}, expected, young, "pass", "D1"},
		{"resolvers see another zone than the servers", func(w *world) { delegate(w); w.atResolvers(txt(owner, otherText)) }, expected, young, "pending", "N5 D1"},
		{"each server shows another zone", func(w *world) {
			delegate(w)
			w.auth[1].Clear(owner, dns.TypeCNAME)
			w.auth[1].Set(owner, dns.TypeTXT, testkit.Answer{RR: []string{txt(owner, otherText)}})
		}, expected, young, "pending", "N4 D1"},
		{"one resolver lies about the domain", func(w *world) {
			delegate(w)
			w.first(domain, dns.TypeMX, dns.RcodeNameError, "example.test. 60 MX 10 mx.example.test.")
		}, expected, young, "pass", "D1"},
		{"a resolver stumbles once", func(w *world) {
			delegate(w)
			w.first(owner, dns.TypeTXT, dns.RcodeServerFailure, cname(owner, target), txt(target, ourText))
		}, expected, young, "pass", "D1"},

		{"DNSSEC broken", func(w *world) {
			delegate(w)
			for _, r := range w.resolvers {
				r.Set(owner, dns.TypeTXT, testkit.Answer{Reply: bogus(cname(owner, target), txt(target, ourText))})
			}
		}, expected, young, "fail", "N1 D1"},
		{"one resolver still bogus", func(w *world) {
			delegate(w)
			w.resolvers[0].Set(owner, dns.TypeTXT, testkit.Answer{Reply: bogus(cname(owner, target), txt(target, ourText))})
			w.resolvers[1].Set(owner, dns.TypeTXT, testkit.Answer{RR: []string{cname(owner, target), txt(target, ourText)}, AD: true})
		}, expected, young, "pass", "D1"},
		{"all dead", func(w *world) { w.kill(w.auth...); w.kill(w.resolvers...) }, public, grown, "pending", "N2"},
		{"all fail", func(w *world) {
			for _, d := range slices.Concat(w.auth, w.resolvers) {
				d.Set(owner, dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeServerFailure})
			}
		}, expected, grown, "pending", "N2"},
		{"own servers silent", func(w *world) { delegate(w); w.silence(w.auth...) }, expected, young, "pending", "N2 D1"},
		{"no resolver gets through", func(w *world) { delegate(w); w.failResolvers() }, expected, young, "pending", "N2 D1"},
		{"one server silent", func(w *world) { delegate(w); w.silence(w.auth[1]) }, expected, young, "warn", "N3 D1"},
		{"one server refuses", func(w *world) {
			delegate(w)
			w.auth[1].Set(owner, dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeRefused, NoAA: true})
		}, expected, young, "warn", "N3 D1"},
		{"one server lame", func(w *world) {
			delegate(w)
			w.auth[1].Set(owner, dns.TypeTXT, testkit.Answer{NoAA: true, RA: true, RR: []string{cname(owner, "old.provider.test")}})
		}, expected, young, "warn", "N3 D1"},
		{"one server points back at the zone", func(w *world) {
			delegate(w)
			w.auth[1].Set(owner, dns.TypeTXT, testkit.Answer{NoAA: true, Ns: []string{"example.test. 60 NS ns1.example.test."}})
		}, expected, young, "warn", "N3 D1"},
		{"one server fails", func(w *world) {
			delegate(w)
			w.auth[1].Set(owner, dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeServerFailure})
		}, expected, young, "warn", "N3 D1"},
		{"a server without address", func(w *world) { delegate(w); w.resolve("example.test. 60 NS ns3.example.test.") }, expected, young, "warn", "N3 D1"},
		{"one server has the old zone", func(w *world) {
			delegate(w)
			w.auth[1].Clear(owner, dns.TypeTXT)
			w.auth[1].Clear(owner, dns.TypeCNAME)
		}, expected, young, "pending", "N4 D1"},
		{"disagreement for a day", func(w *world) {
			delegate(w)
			w.auth[1].Clear(owner, dns.TypeTXT)
			w.auth[1].Clear(owner, dns.TypeCNAME)
		}, expected,
			dnscheck.State{Registered: grown.Registered, DisagreeSince: start.AddDate(0, 0, -1)}, "fail", "N4 D1"},
		{"one resolver lags", func(w *world) { delegate(w); w.forget(w.resolvers[1], 120) }, expected, young, "pending", "N5 D1"},
		{"one resolver has the old record", func(w *world) {
			delegate(w)
			w.resolvers[1].Set(owner, dns.TypeTXT, testkit.Answer{RR: []string{txt(owner, otherText)}})
		}, expected, young, "pending", "N5 D1"},
		{"old record for days", func(w *world) {
			delegate(w)
			w.resolvers[1].Set(owner, dns.TypeTXT, testkit.Answer{RR: []string{owner + `. 172800 TXT "` + otherText + `"`}})
		}, expected, young, "pending", "N5 N8 D1"},
		{"removed, still cached", func(w *world) { w.atResolvers(cname(owner, target), txt(target, ourText)) }, dnscheck.Expect{Token: token, Seen: true}, grown, "warn", "N6 D1"},
		{"NXDOMAIN between", func(w *world) {
			delegate(w)
			for _, a := range w.auth {
				a.Set("_tls."+domain, dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeNameError})
			}
		}, expected, young, "warn", "N7 D1"},
		{"truncated without TCP", func(w *world) {
			delegate(w)
			w.auth[1].Set(owner, dns.TypeTXT, testkit.Answer{Truncate: true, NoTCP: true})
		}, expected, young, "warn", "N9 D1"},
		{"half signed", func(w *world) {
			delegate(w)
			for _, r := range w.resolvers {
				r.Set(domain, dns.TypeMX, testkit.Answer{RR: []string{"example.test. 60 MX 10 mx.example.test."}, AD: true})
			}
		}, expected, young, "pass", "N10 D1"},
		{"a private name server", func(w *world) {
			delegate(w)
			w.resolve("example.test. 60 NS ns3.example.test.", "ns3.example.test. 60 A 10.1.2.3")
		}, expected, young, "pass", "N11 D1"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.setup(w)
			o := w.check(c.e)
			r := dnscheck.Judge(zone, o, c.e, c.s)
			if ids := idsOf(r); string(r.Verdict) != c.verdict || ids != c.ids {
				t.Errorf("got %s with %q, want %s with %q\n%s", r.Verdict, ids, c.verdict, c.ids, show(o, r))
			}
			if proven := r.Presence == dnscheck.Present && !o.Wildcard; r.Proven != proven {
				t.Errorf("proven is %v, want %v", r.Proven, proven)
			}
		})
	}
}

func idsOf(r dnscheck.Result) string {
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, " ")
}

func show(o dnscheck.Observation, r dnscheck.Result) string {
	facts, _ := json.MarshalIndent(o, "", " ")
	result, _ := json.MarshalIndent(r.Report(), "", " ")
	return string(facts) + "\n" + string(result)
}

// bogus answers like a validating resolver whose zone has broken signatures.
func bogus(lines ...string) func(*dns.Msg) *dns.Msg {
	return func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg)
		m.SetReply(q)
		if !q.CheckingDisabled {
			m.Rcode = dns.RcodeServerFailure
			return m
		}
		for _, line := range lines {
			if rr, err := dns.NewRR(line); err == nil {
				m.Answer = append(m.Answer, rr)
			}
		}
		return m
	}
}

func TestSiblingMustBeAnswered(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	w.auth[1].SetOther(testkit.Answer{Rcode: dns.RcodeServerFailure})
	r := dnscheck.Judge(zone, w.check(expected), expected, grown)
	if r.Proven || r.Verdict != "pass" {
		t.Errorf("verdict %s, proven %v: one server keeps its wildcard, if any, to itself", r.Verdict, r.Proven)
	}
}

func TestDomainInsideAZone(t *testing.T) {
	t.Parallel()
	const sub = "mail.example.test"
	soa := "%s. 60 SOA ns1.example.test. h.example.test. 1 2 3 4 5"
	for _, c := range []struct{ what, authority string }{
		{"zone named by the SOA", fmt.Sprintf(soa, domain)},
		{"a SOA of the name itself and no NS", fmt.Sprintf(soa, sub)},
		{"no SOA", ""},
		{"a stranger's SOA", fmt.Sprintf(soa, "other.test")},
	} {
		w := newWorld(t)
		mine := zone.Target(sub, token)
		w.atServers(cname("_smtp._tls."+sub, mine))
		w.own.Add(t, txt(mine, ourText))
		for _, r := range w.resolvers {
			r.Add(t, sub+". 60 MX 10 mx.example.test.", "_mta-sts."+sub+`. 60 TXT "v=STSv1; id=1"`)
			r.Set(sub, dns.TypeNS, testkit.Answer{Ns: []string{c.authority}})
			r.Set("_smtp._tls."+sub, dns.TypeTXT, testkit.Answer{RR: []string{cname("_smtp._tls."+sub, mine), txt(mine, ourText)}})
		}
		o := w.c.Check(t.Context(), sub, expected)
		r := dnscheck.Judge(zone, o, expected, grown)
		if idsOf(r) != "D1" || !r.Proven || o.Zone != domain {
			t.Errorf("%s: %s\n%s", c.what, idsOf(r), show(o, r))
		}
	}
}

func TestOldAbsenceIsCountedDown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ttl  int // of the SOA, whose minimum is an hour
		want time.Duration
	}{{120, 2 * time.Minute}, {7200, time.Hour}} {
		w := delegated(t)
		w.forget(w.resolvers[0], c.ttl)
		r := dnscheck.Judge(zone, w.check(expected), expected, grown)
		if got := r.RecheckAt.Sub(start); got != c.want {
			t.Errorf("TTL %d: forgets in %v, want %v", c.ttl, got, c.want)
		}
	}
}

func TestObservationSurvivesJSON(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	o := w.check(expected)
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back dnscheck.Observation
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o, back); diff != "" {
		t.Error(diff)
	}
}
