//go:build e2e

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

const longName = "a-department-with-a-long-name.subsidiary.example-company.test"

// fullAccount fills an account by the product's own doors, with something of
// everything that pages show, long names and odd values included.
func fullAccount(t *testing.T) (*node, *browser) {
	t.Helper()
	w := newWorld(t, "example.test", "xn--bcher-kva.test", longName, "taken.test", "new.test")
	n := w.startNode(t)
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada.lovelace@example.test")
	tokens := map[string]string{}
	for _, name := range []string{"example.test", "xn--bcher-kva.test", longName, "taken.test", "new.test"} {
		tokens[name] = b.addDomain(name)
	}
	for _, name := range []string{"example.test", "xn--bcher-kva.test"} {
		w.publish(t, name, name+"._smtp._tls."+tokens[name]+".tls.sealpost.test.")
	}
	old := `_smtp._tls.taken.test. 3600 TXT "v=TLSRPTv1; rua=mailto:reports-of-tls@collector.of-another-company.test,https://another.test/v1/tlsrpt"`
	w.customer.Add(t, old)
	w.resolver.Add(t, old)

	eventually(t, "the published records are seen", func() bool {
		rows := testID(b.get("/domains"), "domain-row").Filter(`[data-state="active"]`)
		return rows.Find(`[data-verdict="pass"]`).Length() == 2
	})

	for _, name := range []string{"example.test", "xn--bcher-kva.test", longName} {
		for _, r := range manyReports(name) {
			b.post(name, mustEncode(t, r))
		}
	}
	fillQuarantine(t, w, n, b, tokens["example.test"]+"@rpt.tls.sealpost.test")
	eventually(t, "everything is read", func() bool {
		return testID(b.get("/deliveries?state=pending"), "delivery-row").Length() == 0
	})
	b.submit("/domains/example.test/forwards", url.Values{"target": {"reports-of-tls@collector.of-another-company.test"}})
	b.submit("/domains/xn--bcher-kva.test/self-test", nil)
	eventually(t, "the self-test is over", func() bool {
		verdict := testID(b.get("/domains/xn--bcher-kva.test/setup"), "self-test-verdict").AttrOr("data-verdict", "")
		return verdict == "pass" || verdict == "fail"
	})
	return n, b
}

// post sends a report to a domain's private address.
func (b *browser) post(domain string, body []byte) {
	b.t.Helper()
	b.deliver(strings.TrimSpace(testID(b.get("/domains/"+domain+"/settings"), "post-url").Text()), body)
}

// deliver sends a report to a private address, as it is shown.
func (b *browser) deliver(address string, body []byte) {
	b.t.Helper()
	at := strings.Index(address, "/v1/")
	res, err := b.client.Post("http://"+b.addr+address[at:], "application/tlsrpt+json", bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		b.t.Fatalf("a report is answered %d", res.StatusCode)
	}
}

// fillQuarantine adds what is proven by its signature, what is not proven,
// what came twice, and what cannot be counted.
func fillQuarantine(t *testing.T, w *world, n *node, b *browser, address string) {
	t.Helper()
	own := report("example.test", "by-mail", yesterday(), 98, 3)
	signed := w.mail(t, address, own)
	_, unsigned, _ := bytes.Cut(w.mail(t, address, report("example.test", "not-signed", yesterday(), 5, 1)), []byte("\r\nFrom:"))
	foreign := w.mail(t, address, report("somebody-else.test", "about-others", yesterday(), 7, 7))
	for _, message := range [][]byte{signed, signed, append([]byte("From:"), unsigned...), foreign} {
		if err := sendMail(n.smtp.Addr(), address, message); err != nil {
			t.Fatal(err)
		}
	}
	b.upload("/domains/example.test/reports", "holiday-picture-with-a-long-name.json", []byte(`{"this is": "not a report"}`))
	b.upload("/domains/example.test/reports", "broken.json", []byte(`{"organization-name": "Broken", "policies": [`))
}

type sender struct {
	name, domain string
	ip           string
	sessions     int64
}

var senders = []sender{
	{"Google Inc.", "google.com", "2001:db8:4860::25", 5200},
	{"Microsoft Corporation", "microsoft.com", "192.0.2.40", 2100},
	{"Mail.Ru", "mail.ru", "198.51.100.7", 140},
	{"The Society of Postmasters with a Remarkably Long Name, Registered Association", "postmasters.example", "203.0.113.9", 9},
}

// manyReports are the reports of five weeks, of which one day has none.
func manyReports(domain string) []*tlsrpt.Report {
	var list []*tlsrpt.Report
	today := testsBegan.Truncate(24 * time.Hour)
	for age := 1; age <= 35; age++ {
		for i, s := range senders {
			if age == 12 || (age+i)%(i+1) != 0 || domain != "example.test" && i > 0 {
				continue
			}
			list = append(list, oneReport(domain, s, today.AddDate(0, 0, -age), age))
		}
	}
	return list
}

func oneReport(domain string, s sender, day time.Time, age int) *tlsrpt.Report {
	stated := func(n int64) tlsrpt.Count { return tlsrpt.Count{N: n, Stated: true} }
	sts := tlsrpt.PolicyResult{
		Type: tlsrpt.PolicySTS, Domain: domain, Mode: "enforce", MXHosts: []string{"*.mx." + domain},
		PolicyStrings: []string{"version: STSv1", "mode: enforce", "mx: *.mx." + domain, "max_age: 604800"},
		Successful:    stated(s.sessions + int64(age*37%400)),
	}
	if domain == "example.test" && age%3 != 0 {
		sts.Failures = failuresOf(domain, s, age)
	}
	for _, f := range sts.Failures {
		sts.Failed.N += f.Sessions
	}
	sts.Failed.Stated = true
	tlsa := tlsrpt.PolicyResult{Type: tlsrpt.PolicyTLSA, Domain: "mx1." + domain, PolicyStrings: []string{"3 0 1 1F850A337E6DB9C609C522D136A475638CC43E1ED424F8EEC8513D747D1D085D"}, Successful: stated(s.sessions / 2), Failed: stated(0)}
	return &tlsrpt.Report{
		Organization: s.name, Contact: "tlsrpt@" + s.domain,
		ReportID: fmt.Sprintf("%sT00:00:00Z_%s_%s", day.Format(time.DateOnly), domain, s.domain),
		Start:    day, End: day.AddDate(0, 0, 1), Policies: []tlsrpt.PolicyResult{sts, tlsa},
	}
}

func failuresOf(domain string, s sender, age int) []tlsrpt.FailureDetail {
	kinds := []tlsrpt.FailureDetail{
		{ResultType: "certificate-expired", ReasonCode: "X509_V_ERR_CERT_HAS_EXPIRED", AdditionalInformation: "https://support." + s.domain + "/why/did-this-fail?code=certificate-expired"},
		{ResultType: "starttls-not-supported"},
		{ResultType: "certificate-host-mismatch", ReceivingMXHELO: "a-very-long-helo-name.of.a.load.balancer." + domain},
		{ResultType: "sts-webpki-invalid", ReasonCode: "the reason that a person has typed in, at some length, without any line break"},
		{ResultType: "validation-failure"},
		{ResultType: "tlsa-invalid"},
		{ResultType: "x-something-that-is-not-registered"},
	}
	var list []tlsrpt.FailureDetail
	for i, f := range kinds {
		if (age+i)%4 == 0 {
			f.SendingMTAIP, f.ReceivingMXHostname, f.ReceivingIP = s.ip, fmt.Sprintf("mx%d.%s", 1+i%2, domain), "198.51.100.25"
			f.Sessions = int64(1 + (age*(i+3))%25)
			list = append(list, f)
		}
	}
	return list
}

// emptyAccount is a person who has just signed up.
func emptyAccount(t *testing.T) (*node, *browser) {
	t.Helper()
	n := newWorld(t, "example.test").startNode(t)
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("grace@example.test")
	return n, b
}

// enterAs takes the browser into the account of b.
func (c *chromium) enterAs(b *browser) {
	c.t.Helper()
	c.open("/login")
	email := testID(b.get("/settings/account"), "email").Text()
	c.enter("#email", strings.TrimSpace(email))
	c.enter("#password", "correct horse battery")
	c.follow(`form[action="/login"] button[type=submit]`)
}
