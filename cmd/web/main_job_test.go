package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestMainJob walks the whole job through the product's own doors: sign up,
// add a domain, publish its CNAME, send reports in by every way, read them in
// the trend.
func TestMainJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	n := w.startNode(t)
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")

	token := b.addDomain("example.test")
	setup := b.get("/domains/example.test/setup")
	target := "example.test._smtp._tls." + token + ".tls.sealpost.test"
	for id, want := range map[string]string{"cname-host": "_smtp._tls", "cname-type": "CNAME", "cname-value": target + "."} {
		if got := strings.TrimSpace(testID(setup, id).Text()); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	checkZone(t, n.dns.Addr().String(), target, "v=TLSRPTv1; rua=mailto:"+token+"@rpt.tls.sealpost.test")

	if state := testID(setup, "domain-state").AttrOr("data-state", ""); state != "pending" {
		t.Errorf("before the CNAME is published the domain is %s", state)
	}
	record := "_smtp._tls.example.test. 3600 CNAME " + target + "."
	w.customer.Add(t, record)
	w.resolver.Add(t, record, target+". 3600 TXT \"v=TLSRPTv1; rua=mailto:"+token+"@rpt.tls.sealpost.test\"")
	eventually(t, "the domain turns active", func() bool {
		return testID(b.get("/domains/example.test/setup"), "domain-state").AttrOr("data-state", "") == "active"
	})
	servers := testID(b.get("/domains/example.test/setup"), "servers").Find("[data-server]")
	if servers.Length() < 2 {
		t.Errorf("the answers of %d servers are shown", servers.Length())
	}

	// One report by each way in, on a day of its own.
	address := token + "@rpt.tls.sealpost.test"
	if err := sendMail(n.smtp.Addr(), address, w.mail(t, address, report("example.test", "by-mail", "2026-03-01", 100, 7))); err != nil {
		t.Fatal(err)
	}
	secret := testID(b.get("/domains/example.test/settings"), "post-url").Text()
	postURL := "http://" + n.web.socket.Addr().String() + strings.TrimPrefix(strings.TrimSpace(secret), n.config.BaseURL)
	posted := mustGzip(t, mustEncode(t, report("example.test", "by-post", "2026-03-02", 200, 0)))
	if code := post2xx(t, postURL, posted); code != 201 {
		t.Errorf("a POST was answered %d", code)
	}
	if code := post2xx(t, postURL, posted); code != 200 {
		t.Errorf("the same POST again was answered %d", code)
	}
	b.upload("/domains/example.test/reports", "r.json", mustEncode(t, report("example.test", "by-upload", "2026-03-03", 300, 9)))

	for _, want := range []struct {
		day                string
		successful, failed int
	}{{"2026-03-01", 100, 7}, {"2026-03-02", 200, 0}, {"2026-03-03", 300, 9}} {
		eventually(t, "the trend shows "+want.day, func() bool {
			s, f, known := b.day("example.test", want.day)
			return known && s == want.successful && f == want.failed
		})
	}
	if _, _, known := b.day("example.test", "2026-03-04"); known {
		t.Error("a day without a report has a number")
	}
	checkReports(t, b)

	b.submit("/logout", url.Values{})
	if doc := b.get("/overview"); doc.Find(`input[name="password"]`).Length() == 0 {
		t.Error("after logging out the overview does not ask for a password")
	}
}

func checkZone(t *testing.T, server, target, record string) {
	t.Helper()
	for _, c := range []struct {
		network, name string
		qtype         uint16
		rcode         int
		text          string
		soa           bool
	}{
		{"udp", target, dns.TypeTXT, dns.RcodeSuccess, record, false},
		{"tcp", target, dns.TypeTXT, dns.RcodeSuccess, record, false},
		{"udp", target, dns.TypeA, dns.RcodeSuccess, "", true},
		{"udp", strings.SplitN(target, ".", 3)[2], dns.TypeTXT, dns.RcodeSuccess, "", true},
		{"udp", "nobody.tls.sealpost.test", dns.TypeTXT, dns.RcodeNameError, "", true},
		{"udp", "example.org", dns.TypeTXT, dns.RcodeRefused, "", false},
	} {
		a := ask(t, c.network, server, c.name, c.qtype)
		hasSOA := len(a.Ns) == 1 && a.Ns[0].Header().Rrtype == dns.TypeSOA
		if a.Rcode != c.rcode || recordOf(a) != c.text || hasSOA != c.soa || a.Authoritative != (c.rcode != dns.RcodeRefused) {
			t.Errorf("%s %s %s: got\n%s", c.network, c.name, dns.TypeToString[c.qtype], a)
		}
	}
}

func checkReports(t *testing.T, b *browser) {
	t.Helper()
	list := testID(b.get("/domains/example.test/reports?from=2026-03-01&to=2026-03-31"), "report-row")
	if list.Length() != 3 {
		t.Errorf("%d reports are listed, want 3", list.Length())
	}
	link, ok := list.Filter(`[data-report-id="by-mail"]`).Find("a").Attr("href")
	if !ok {
		t.Fatal("the report that came by mail is not linked")
	}
	page := b.get(link).Text()
	for _, want := range []string{"by-mail", "certificate-expired", "mx1.example.test", "192.0.2.25", "reporter.test"} {
		if !strings.Contains(page, want) {
			t.Errorf("the report's page does not show %q", want)
		}
	}
}

// TestForeignReportStaysOut: a report that names another account's domain
// changes nothing for that account, whichever address it was sent to.
func TestForeignReportStaysOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "alice.test", "bob.test")
	n := w.startNode(t)
	alice := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	bob := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	alice.signUp("alice@example.test")
	bob.signUp("bob@example.test")
	aliceAt := alice.addDomain("alice.test") + "@rpt.tls.sealpost.test"
	bobAt := bob.addDomain("bob.test") + "@rpt.tls.sealpost.test"

	foreign := report("bob.test", "about-bob", "2026-03-01", 666, 666)
	if err := sendMail(n.smtp.Addr(), aliceAt, w.mail(t, aliceAt, foreign)); err != nil {
		t.Fatal(err)
	}
	alice.upload("/domains/alice.test/reports", "r.json", mustEncode(t, report("bob.test", "about-bob-2", "2026-03-01", 666, 666)))
	// What Bob gets himself arrives last, so that the others are done when it shows.
	if err := sendMail(n.smtp.Addr(), bobAt, w.mail(t, bobAt, report("bob.test", "own", "2026-03-01", 5, 1))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Bob's own report shows", func() bool { _, _, known := bob.day("bob.test", "2026-03-01"); return known })
	if s, f, _ := bob.day("bob.test", "2026-03-01"); s != 5 || f != 1 {
		t.Errorf("Bob's day shows %d and %d, want 5 and 1", s, f)
	}
	eventually(t, "both foreign reports are in Alice's quarantine", func() bool {
		return testID(alice.get("/quarantine"), "quarantine-row").Filter(`[data-reason="foreign-domain"]`).Length() == 2
	})
	if _, _, known := alice.day("alice.test", "2026-03-01"); known {
		t.Error("a report about bob.test shows at alice.test")
	}
}
