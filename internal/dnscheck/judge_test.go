package dnscheck_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/dnscheck"
	"pgregory.net/rapid"
)

// answer is one server's answer in short: an address, then what it says. "->"
// is a CNAME, "!" an error, a word in capitals a response code, else a TXT.
func answer(kind dnscheck.Kind, addr, says string) dnscheck.ServerAnswer {
	a := dnscheck.ServerAnswer{Server: "ns-" + addr, Addr: addr, Kind: kind, TTL: 3600}
	switch {
	case strings.HasPrefix(says, "!"):
		a.Err = says[1:]
		return a
	case says == strings.ToUpper(says):
		a.Rcode = says
		return a
	}
	a.Rcode = "NOERROR"
	says, a.CNAME, _ = strings.Cut(says, "->")
	if says != "" {
		a.TXT, a.Strings = []string{says}, [][]string{{says}}
	}
	return a
}

func auth(addr, says string) dnscheck.ServerAnswer { return answer(dnscheck.Authoritative, addr, says) }

func cache(addr, says string) dnscheck.ServerAnswer { return answer(dnscheck.Resolver, addr, says) }

// facts is an observation of a domain that takes mail, with our own server in order.
func facts(servers ...dnscheck.ServerAnswer) dnscheck.Observation {
	return dnscheck.Observation{
		Domain: domain, At: start, Zone: domain, Sibling: true,
		Apex:    dnscheck.Apex{Rcode: "NOERROR", MX: []dnscheck.MX{{Preference: 10, Host: "mx.example.test"}}, Known: true},
		Servers: append(servers, answer(dnscheck.Own, "192.0.2.99", ourText)),
	}
}

// TestJudge has what a whole check on loopback cannot show.
func TestJudge(t *testing.T) {
	t.Parallel()
	const one, two, six, seven = "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"
	right, cached := "->"+target, ourText+"->"+target
	for _, c := range []struct {
		what    string
		o       dnscheck.Observation
		verdict string
		ids     string
		proven  bool
	}{
		{"all well", facts(auth(one, right), cache(two, cached)), "pass", "D1", true},
		{"no route for IPv6", facts(auth(one, right), auth(six, "!"+dnscheck.ErrNoRoute), cache(two, cached)), "pass", "D1", true},
		{"IPv6 silent everywhere", facts(auth(one, right), auth(six, "!timeout"), auth(seven, "!timeout"), cache(two, cached)), "pass", "D1", true},
		{"one of two silent over IPv6", facts(auth(one, right), auth(six, "!timeout"), auth(seven, right), cache(two, cached)), "warn", "N3 D1", true},
		{"silent over IPv6, whose resolver answers", facts(auth(one, right), auth(six, "!timeout"), cache("[2001:db8::53]:53", cached)), "warn", "N3 D1", true},
		{"IPv4 silent everywhere", facts(auth(six, right), auth(one, "!timeout"), cache("[2001:db8::53]:53", cached)), "warn", "N3 D1", true},
		{"not asked", facts(auth(one, right), auth(two, "!"+dnscheck.ErrBudget), cache(two, cached)), "pass", "D1", true},
		{"only caches", facts(cache(one, cached)), "pending", "N2 D1", false},
		{"only a failing server and a cache", facts(auth(one, "SERVFAIL"), cache(two, cached)), "pending", "N2 D1", false},
		{"resolver sees the CNAME and no TXT yet", facts(auth(one, right), cache(two, right), cache(one, cached)), "pending", "N5 D1", true},
		{"servers disagree about others", facts(auth(one, "->a.test"), auth(two, "->b.test")), "pending", "N4 N2", false},
		{"ours beside another", facts(auth(one, right), auth(two, "->other.test"), cache(two, cached)), "pending", "N4 D1", false},
		{"another beside ours", facts(auth(one, "->other.test"), auth(two, right), cache(two, cached)), "pending", "N4 D1", false},
		{"nothing beside a TXT", facts(auth(one, "NXDOMAIN"), auth(two, otherText), cache(two, otherText)), "pending", "N4 D21", false},
		{"old record at a cache, nothing at home", facts(auth(one, "NXDOMAIN"), cache(two, otherText)), "fail", "D5", false},
	} {
		r := dnscheck.Judge(zone, c.o, expected, grown)
		if ids := idsOf(r); string(r.Verdict) != c.verdict || ids != c.ids || r.Proven != c.proven {
			t.Errorf("%s: got %s with %q, proven %v; want %s with %q, proven %v", c.what, r.Verdict, ids, r.Proven, c.verdict, c.ids, c.proven)
		}
	}
}

func TestTTLOfADirectRecord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind dnscheck.Kind
		ids  string
	}{{dnscheck.Authoritative, "R27"}, {dnscheck.Resolver, "N2"}} { // a cache shows what is left
		a := answer(c.kind, "192.0.2.1", otherText)
		a.TTL = 60
		if r := dnscheck.Judge(zone, facts(a), dnscheck.Expect{}, grown); idsOf(r) != c.ids {
			t.Errorf("%s: got %q, want %q", c.kind, idsOf(r), c.ids)
		}
	}
}

func TestAnOldAbsenceBehindTheAliasDoesNotDangle(t *testing.T) {
	t.Parallel()
	o := facts(auth("192.0.2.1", "->x.test"), cache("192.0.2.2", otherText+"->x.test"))
	o.Chain = []dnscheck.Alias{{Name: owner, Target: "x.test"}}
	end := cache("192.0.2.3", "NXDOMAIN")
	o.End = &end
	if r := dnscheck.Judge(zone, o, expected, grown); idsOf(r) != "D11" {
		t.Errorf("got %q", idsOf(r))
	}
}

func TestJudgeOfATooLongName(t *testing.T) {
	t.Parallel()
	o := facts()
	o.Domain = strings.Repeat(strings.Repeat("a", 61)+".", 3) + strings.Repeat("b", 30) + ".test"
	if r := dnscheck.Judge(zone, o, expected, grown); !strings.Contains(idsOf(r), "D23") {
		t.Errorf("got %q", idsOf(r))
	}
}

func TestVerdictOfEachServer(t *testing.T) {
	t.Parallel()
	right, cached := "->"+target, ourText+"->"+target
	wild := facts(auth("192.0.2.1", right), cache("192.0.2.2", cached))
	wild.Wildcard = true
	for _, c := range []struct {
		what string
		o    dnscheck.Observation
		want string
	}{
		{"a wildcard", wild, "fail fail pass"},
		{"all well", facts(auth("192.0.2.1", right), cache("192.0.2.2", cached)), "pass pass pass"},
		{"a cache lags", facts(auth("192.0.2.1", right), cache("192.0.2.2", "NXDOMAIN")), "pass pending pass"},
		{"a server is silent", facts(auth("192.0.2.1", right), auth("192.0.2.3", "!timeout"), cache("192.0.2.2", cached)), "pass warn pass pass"},
		{"a server is behind", facts(auth("192.0.2.1", right), auth("192.0.2.3", "NXDOMAIN"), cache("192.0.2.2", cached)), "pass pending pass pass"},
		{"nothing there", facts(auth("192.0.2.1", "NXDOMAIN"), cache("192.0.2.2", "!"+dnscheck.ErrSpared)), "fail pending pass"},
		{"nothing there, as a cache agrees", facts(auth("192.0.2.1", "NXDOMAIN"), cache("192.0.2.2", "NOERROR")), "fail fail pass"},
		{"a TXT of theirs", facts(auth("192.0.2.1", otherText), cache("192.0.2.2", otherText), cache("192.0.2.3", "NXDOMAIN")), "warn warn pending pass"},
		{"another target", facts(auth("192.0.2.1", "->"+zone.Target("example.org", token))), "fail pass"},
	} {
		var got []string
		for _, s := range dnscheck.Judge(zone, c.o, expected, grown).Servers {
			got = append(got, string(s.Verdict))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.what, s, c.want)
		}
	}
}

func TestSentencesAreFilledIn(t *testing.T) {
	t.Parallel()
	o := facts(auth("192.0.2.1", "->"+target), cache("192.0.2.2", "NXDOMAIN"))
	o.Servers[1].TTL = 5400
	r := dnscheck.Judge(zone, o, expected, grown)
	if len(r.Findings) == 0 || r.Findings[0].Text != "Published correctly; ns-192.0.2.2 still has the old answer and forgets it by 2026-06-15 13:30 UTC." {
		t.Errorf("got %+v", r.Findings)
	}
	for _, o := range []dnscheck.Observation{facts(auth("192.0.2.1", "NXDOMAIN")), facts(auth("192.0.2.1", "->x.test"))} {
		for _, e := range []dnscheck.Expect{expected, {}} {
			for _, f := range dnscheck.Judge(zone, o, e, grown).Findings {
				if strings.ContainsAny(f.Text, "{}") || f.Text == "" {
					t.Errorf("%s: %q", f.ID, f.Text)
				}
			}
		}
	}
	missing := dnscheck.Judge(zone, facts(auth("192.0.2.1", "NXDOMAIN")), expected, grown)
	if got := missing.Findings[0].Text; got != "Create a CNAME record with host _smtp._tls and value "+target+"." {
		t.Errorf("got %q", got)
	}
}

func TestReportHasItsKeys(t *testing.T) {
	t.Parallel()
	empty, err := json.Marshal(dnscheck.Result{Domain: domain, Verdict: "pending"}.Report())
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"domain":"example.test","verdict":"pending","effective":false,"delegated":false,"findings":[],"servers":[],"cname":"","record":""}`; string(empty) != want {
		t.Errorf("got %s", empty)
	}
	r := dnscheck.Judge(zone, facts(auth("192.0.2.1", "->"+target), cache("192.0.2.2", "!timeout")), expected, grown)
	r.Servers = r.Servers[:2]
	r.Findings = r.Findings[1:]
	got, err := json.Marshal(r.Report())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"domain":"example.test","verdict":"pending","effective":true,"delegated":true,` +
		`"findings":[{"id":"D1","severity":"info","text":"TLS-RPT is delegated correctly; reports will arrive within 1 to 3 days of mail traffic."}],` +
		`"servers":[{"server":"ns-192.0.2.1","kind":"authoritative","cname":"` + target + `","txt":[],"rcode":"NOERROR","ttl":3600},` +
		`{"server":"ns-192.0.2.2","kind":"resolver","cname":"","txt":[],"rcode":"timeout","ttl":3600}],` +
		`"cname":"` + target + `","record":"` + ourText + `"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestProofNeedsAgreement: whatever the facts are, a domain is proven only by
// its own servers, all of those that answer, and never against a wildcard.
func TestProofNeedsAgreement(t *testing.T) {
	t.Parallel()
	says := rapid.SampledFrom([]string{"->" + target, "->" + strings.ToUpper(target), "->x.test", ourText, otherText, "NXDOMAIN", "NOERROR", "SERVFAIL", "REFUSED", "!timeout", "!lame", "!special"})
	rapid.Check(t, func(t *rapid.T) {
		var servers []dnscheck.ServerAnswer
		shown, against := 0, 0
		for range rapid.IntRange(0, 5).Draw(t, "servers") {
			a := auth("192.0.2.1", says.Draw(t, "authoritative"))
			switch {
			case !a.Answered():
			case strings.EqualFold(a.CNAME, target):
				shown++
			default:
				against++
			}
			servers = append(servers, a)
		}
		for range rapid.IntRange(0, 3).Draw(t, "resolvers") {
			servers = append(servers, cache("192.0.2.2", says.Draw(t, "resolver")))
		}
		o := facts(servers...)
		o.Sibling, o.Wildcard = rapid.Bool().Draw(t, "sibling"), rapid.Bool().Draw(t, "wildcard")
		r := dnscheck.Judge(zone, o, expected, grown)
		if want := shown > 0 && against == 0 && o.Sibling && !o.Wildcard; r.Proven != want {
			t.Fatalf("proven is %v, want %v", r.Proven, want)
		}
		if r.Verdict == "pass" && (!r.Effective || !r.Delegated) {
			t.Fatalf("pass with %q, effective %v, delegated %v", idsOf(r), r.Effective, r.Delegated)
		}
		if absent := shown == 0 && against > 0; r.Presence == dnscheck.Absent && !absent {
			t.Fatal("absence without evidence")
		}
	})
}
