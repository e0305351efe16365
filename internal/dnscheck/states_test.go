package dnscheck_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/dnscheck"
)

// state is one entry of the catalogue of verdicts: facts that must lead to it.
type state struct {
	id string
	// told are all findings, most severe first; verdict is the badge.
	told    string
	verdict string
	o       dnscheck.Observation
	e       dnscheck.Expect
	s       dnscheck.State
}

// mine is a registered domain, theirs anybody's.
func mine(id, told, verdict string, o dnscheck.Observation) state {
	return state{id: id, told: told, verdict: verdict, o: o, e: expected, s: grown}
}

func theirs(id, told, verdict string, o dnscheck.Observation) state {
	return state{id: id, told: told, verdict: verdict, o: o, s: grown}
}

// since gives a state the domain's history.
func (c state) since(s dnscheck.State) state {
	c.s = s
	return c
}

// with changes facts.
func with(o dnscheck.Observation, change func(*dnscheck.Observation)) dnscheck.Observation {
	change(&o)
	return o
}

const (
	ns1, ns2, res1, res2 = "192.0.2.1", "192.0.2.2", "192.0.2.53", "192.0.2.54"

	goodText = "v=TLSRPTv1; rua=mailto:a@provider.test"
)

// mixedCase is the target as some DNS hosts would spell it.
var mixedCase = strings.Replace(target, "example", "Example", 1)

// well is a domain whose delegation is right everywhere.
func well() dnscheck.Observation {
	return facts(auth(ns1, "->"+target), auth(ns2, "->"+target), cache(res1, ourText+"->"+target), cache(res2, ourText+"->"+target))
}

// published is a domain with TXT records of its own, each one string or more.
func published(records ...[]string) dnscheck.Observation {
	a := auth(ns1, goodText)
	a.Strings, a.TXT = records, nil
	for _, r := range records {
		a.TXT = append(a.TXT, strings.Join(r, ""))
	}
	c := a
	c.Kind, c.Addr, c.Server = dnscheck.Resolver, res1, "ns-"+res1
	return facts(a, c)
}

// pointing is a domain whose CNAME leads along the chain to an end.
func pointing(end dnscheck.ServerAnswer, chain ...string) dnscheck.Observation {
	o := facts(auth(ns1, "->"+chain[0]))
	from := owner
	for _, to := range chain {
		o.Chain = append(o.Chain, dnscheck.Alias{Name: from, Target: to})
		from = to
	}
	o.End = &end
	return o
}

func empty(change func(*dnscheck.Observation)) dnscheck.Observation {
	return with(facts(auth(ns1, "NXDOMAIN")), change)
}

func misplacedAt(name string) dnscheck.Observation {
	return empty(func(o *dnscheck.Observation) {
		o.Elsewhere = []dnscheck.Misplaced{{Name: name, TXT: []string{goodText}}}
	})
}

func apex(rcode string, address bool, mx ...string) func(*dnscheck.Observation) {
	return func(o *dnscheck.Observation) {
		o.Apex = dnscheck.Apex{Rcode: rcode, MX: []dnscheck.MX{}, Address: address, Known: true}
		for _, host := range mx {
			o.Apex.MX = append(o.Apex.MX, dnscheck.MX{Host: host})
		}
	}
}

// server changes one answer of an observation.
func server(i int, change func(*dnscheck.ServerAnswer)) func(*dnscheck.Observation) {
	return func(o *dnscheck.Observation) {
		o.Servers = slices.Clone(o.Servers)
		change(&o.Servers[i])
	}
}

func says(addr, text string) func(*dnscheck.ServerAnswer) {
	return func(a *dnscheck.ServerAnswer) { *a = answer(a.Kind, addr, text) }
}

func destination(uri string) func(*dnscheck.Observation) {
	return func(o *dnscheck.Observation) {
		o.Destinations = []dnscheck.Destination{{URI: uri, State: dnscheck.Gone}}
	}
}

// record is a state of the text itself, as anybody sees it.
func record(id, told, verdict, text string) state {
	return theirs(id, told, verdict, published([]string{text}))
}

// catalogue has every state of protocol.md §8.
func catalogue() []state {
	const rua = "rua=mailto:a@provider.test"
	url := "https://provider.test/r"
	long := strings.Repeat(strings.Repeat("a", 61)+".", 3) + strings.Repeat("b", 30) + ".test"
	day := 24 * time.Hour
	return []state{
		theirs("A1", "A1", "fail", with(facts(), apex("NXDOMAIN", false))),
		theirs("A2", "A2", "not applicable", with(facts(auth(ns1, "NXDOMAIN")), apex("NOERROR", false, "."))),
		mine("A3", "A3 D1", "warn", with(well(), apex("NOERROR", false, ".", "mx.example.test"))),
		theirs("A4", "A4", "not applicable", with(facts(auth(ns1, "NXDOMAIN")), apex("NOERROR", false))),
		mine("A5", "A5 D1", "not applicable", with(well(), apex("NOERROR", true))),
		mine("A6", "A2 A6", "not applicable", with(well(), apex("NOERROR", false, "."))),

		mine("N1", "N1 D1", "fail", with(with(well(), server(2, func(a *dnscheck.ServerAnswer) { a.Rcode, a.Bogus, a.CNAME, a.TXT = "SERVFAIL", true, "", nil })),
			server(3, func(a *dnscheck.ServerAnswer) { a.Rcode, a.Bogus, a.CNAME, a.TXT = "SERVFAIL", true, "", nil }))),
		theirs("N2", "N2", "pending", facts(auth(ns1, "!timeout"), cache(res1, "SERVFAIL"))),
		mine("N3", "N3 D1", "warn", with(well(), server(1, says(ns2, "REFUSED")))),
		mine("N4", "N4 D1", "pending", with(well(), server(1, says(ns2, "NXDOMAIN")))),
		mine("N4", "N4 D1", "fail", with(well(), server(1, says(ns2, "NXDOMAIN")))).since(dnscheck.State{DisagreeSince: start.Add(-day)}),
		mine("N5", "N5 D1", "pending", with(well(), server(3, says(res2, "NXDOMAIN")))),
		mine("N6", "N6 D1", "warn", with(with(well(), server(0, says(ns1, "NXDOMAIN"))), server(1, says(ns2, "NXDOMAIN")))),
		mine("N7", "N7 D1", "warn", with(well(), func(o *dnscheck.Observation) { o.Parent = "NXDOMAIN" })),
		mine("N8", "N5 N8 D1", "pending", with(well(), server(3, func(a *dnscheck.ServerAnswer) {
			says(res2, goodText)(a)
			a.TTL = 90000
		}))),
		mine("N9", "N9 D1", "warn", with(well(), server(1, says(ns2, "!"+dnscheck.ErrTCP)))),
		mine("N10", "N10 D1", "pass", with(well(), func(o *dnscheck.Observation) { o.Apex.Secure = "ns-" + res1 })),
		mine("N11", "N11 D1", "pass", with(well(), server(1, says("10.0.0.1", "!"+dnscheck.ErrSpecial)))),

		mine("D1", "D1", "pass", well()),
		mine("D2", "D2", "pass", facts(auth(ns1, ourText), cache(res1, ourText))),
		mine("D3", "D3", "warn", pointing(answer(dnscheck.Own, "", ourText), "hop.provider.test", target)),
		mine("D4", "D4", "fail", pointing(cache(res1, "SERVFAIL"), "a.provider.test", "b.provider.test", "a.provider.test")),
		mine("D5", "D5", "fail", facts(auth(ns1, "NXDOMAIN"))),
		mine("D5", "D5", "pending", facts(auth(ns1, "NXDOMAIN"))).since(dnscheck.State{Registered: start.Add(-time.Hour)}),
		mine("D6", "D6", "fail", pointing(cache(res1, "NXDOMAIN"), target+"."+domain)),
		theirs("D7", "D7", "fail", misplacedAt("_smtp._tls."+domain+"."+domain)),
		theirs("D8", "D8", "fail", misplacedAt("_tls._smtp."+domain)),
		theirs("D9", "D9", "fail", misplacedAt(domain)),
		mine("D10", "D10", "fail", pointing(cache(res1, "NXDOMAIN"), zone.Target("example.org", token))),
		mine("D11", "D11", "warn", pointing(cache(res1, goodText), "x.provider.test")),
		theirs("D12", "D12", "fail", pointing(cache(res1, "NXDOMAIN"), "gone.provider.test")),
		theirs("D13", "D13", "fail", with(facts(auth(ns1, goodText+"->"+target)), server(0, func(a *dnscheck.ServerAnswer) { a.Beside = true }))),
		mine("D14", "D14", "fail", facts(auth(ns1, target))),
		theirs("D15", "D15", "fail", with(facts(auth(ns1, "NOERROR")), func(o *dnscheck.Observation) { o.OtherTypes = []string{"A"} })),
		mine("D16", "D16", "fail", with(well(), func(o *dnscheck.Observation) { o.Wildcard = true })),
		theirs("D17", "D17", "fail", empty(func(o *dnscheck.Observation) { o.Cut = "_tls." + domain })),
		mine("D18", "D18", "fail", pointing(cache(res1, "NXDOMAIN"), zone.Target(domain, "aaaaaaaaaaaa"))),
		mine("D19", "D19", "pending", with(well(), server(4, says("192.0.2.99", "NXDOMAIN")))),
		mine("D20", "D20", "warn", facts(auth(ns1, ourText+",mailto:b@provider.test"))),
		mine("D21", "D21", "warn", facts(auth(ns1, goodText))),
		mine("D22", "D22", "pass", facts(auth(ns1, "->"+mixedCase), cache(res1, ourText+"->"+mixedCase))),
		mine("D23", "D23", "fail", with(facts(), func(o *dnscheck.Observation) {
			o.Domain = long
			o.Servers = []dnscheck.ServerAnswer{auth(ns1, "NXDOMAIN")}
		})),

		theirs("R1", "R1", "fail", published([]string{goodText}, []string{ourText})),
		theirs("R2", "R2", "pass", published([]string{goodText}, []string{"v=spf1 -all"})),
		record("R3", "R3", "fail", "v=spf1 -all"),
		record("R4", "R4", "fail", "v=tlsrptv1; "+rua),
		record("R5", "R5", "fail", "v=TLSRPTv2; "+rua),
		record("R6", "R6", "fail", " v=TLSRPTv1; "+rua),
		record("R7", "R7", "fail", `v=TLSRPTv1\\; `+rua),
		record("R8", "R8", "warn", "v=TLSRPTv1;"),
		record("R9", "R9", "fail", "v=TLSRPTv1; rua="),
		record("R10", "R10", "fail", "v=TLSRPTv1; rua=a@provider.test"),
		record("R11", "R11", "fail", "v=TLSRPTv1; rua=http://provider.test/r"),
		record("R12", "R12", "fail", "v=TLSRPTv1; "+rua+",rua=mailto:b@provider.test"),
		record("R13", "R13", "warn", "v=TLSRPTv1; "+rua+"; rua=mailto:b@provider.test"),
		record("R14", "R14", "fail", "v=TLSRPTv1; "+rua+"; mailto:b@provider.test"),
		record("R15", "R15", "fail", "v=TLSRPTv1; "+rua+"!10m"),
		record("R16", "R16", "fail", "v=TLSRPTv1; rua=mailto:a@provider.test."),
		theirs("R17", "R17", "fail", with(published([]string{goodText}), destination("mailto:a@provider.test"))),
		theirs("R18", "R18", "fail", with(published([]string{"v=TLSRPTv1; rua=" + url}), destination(url))),
		theirs("R18", "R18", "warn", with(published([]string{"v=TLSRPTv1; rua=mailto:a@provider.test," + url}), destination(url))),
		mine("R19", "D20 R19", "warn", published([]string{"v=TLSRPTv1; " + rua + "," + zone.RUA(token)})),
		record("R20", "R20", "warn", "v=TLSRPTv1; "+rua+",mailto:a@provider.test"),
		record("R21", "R21", "warn", "v=TLSRPTv1 ; "+rua),
		record("R21", "R21", "fail", "v=TLSRPTv1;; "+rua),
		record("R22", "R22", "fail", "v=TLSRPTv1 "+rua),
		record("R23", "R23", "pass", "v=TLSRPTv1; "+rua+"; ext=1"),
		record("R24", "R24", "fail", "v=TLSRPTv1; "+rua+"; nonsense"),
		theirs("R25", "R25", "pass", published([]string{"v=TLSRPTv1; ", rua})),
		theirs("R26", "R26", "fail", published([]string{"v=TLSRPTv1", rua})),
		theirs("R27", "R27", "warn", with(published([]string{goodText}), server(0, func(a *dnscheck.ServerAnswer) { a.TTL = 60 }))),
		mine("R28", "D1 R28", "pass", with(well(), func(o *dnscheck.Observation) {
			o.Enforcement = dnscheck.Enforcement{STS: dnscheck.Gone, DANE: dnscheck.Gone}
		})),
		mine("R29", "R29 D1", "warn", well()).since(dnscheck.State{LastReport: start.Add(-7 * day)}),
	}
}

// TestCatalogue judges the facts of every state, and every state has facts.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, c := range catalogue() {
		told[c.id] = true
		r := dnscheck.Judge(zone, c.o, c.e, c.s)
		if ids := idsOf(r); ids != c.told || string(r.Verdict) != c.verdict {
			t.Errorf("%s: got %s with %q, want %s with %q", c.id, r.Verdict, ids, c.verdict, c.told)
		}
		for _, f := range r.Findings {
			if f.Text == "" || strings.ContainsAny(f.Text, "{}") {
				t.Errorf("%s: %s says %q", c.id, f.ID, f.Text)
			}
		}
	}
	for _, id := range stateIDs() {
		if !told[id] {
			t.Errorf("%s has no facts", id)
		}
	}
}

// stateIDs are all states of protocol.md §8.
func stateIDs() []string {
	var ids []string
	for block, last := range map[string]int{"A": 6, "N": 11, "D": 23, "R": 29} {
		for i := range last {
			ids = append(ids, fmt.Sprint(block, i+1))
		}
	}
	return ids
}

// The promise of a first report is not made once reports have come.
func TestFirstReportsArePromisedOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    dnscheck.State
		want string
	}{
		{dnscheck.State{}, "TLS-RPT is delegated correctly; reports will arrive within 1 to 3 days of mail traffic."},
		{dnscheck.State{LastReport: start.Add(-time.Hour)}, "TLS-RPT is delegated correctly."},
	} {
		for _, spelled := range []string{target, mixedCase} {
			r := dnscheck.Judge(zone, facts(auth(ns1, "->"+spelled), cache(res1, ourText+"->"+spelled)), expected, c.s)
			if got := r.Findings[len(r.Findings)-1].Text; got != c.want {
				t.Errorf("last report %v: %q", c.s.LastReport, got)
			}
		}
	}
}

// Effective and delegated are two facts: a sender can find a record that is
// not ours, and our delegation can lead to nothing.
func TestEffectiveAndDelegated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what                 string
		o                    dnscheck.Observation
		effective, delegated bool
	}{
		{"ours", well(), true, true},
		{"a copy of ours", facts(auth(ns1, ourText)), true, true},
		{"another provider", pointing(cache(res1, goodText), "x.provider.test"), true, false},
		{"their own", facts(auth(ns1, goodText)), true, false},
		{"ours, not served", with(well(), server(4, says("192.0.2.99", "NXDOMAIN"))), false, true},
		{"nothing", facts(auth(ns1, "NXDOMAIN")), false, false},
		{"a loop", pointing(cache(res1, "SERVFAIL"), "a.test", "a.test"), false, false},
		{"two records", published([]string{goodText}, []string{ourText}), false, false},
	} {
		r := dnscheck.Judge(zone, c.o, expected, grown)
		if r.Effective != c.effective || r.Delegated != c.delegated {
			t.Errorf("%s: effective %v, delegated %v; want %v, %v (%s)", c.what, r.Effective, r.Delegated, c.effective, c.delegated, idsOf(r))
		}
	}
}
