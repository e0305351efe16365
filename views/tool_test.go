package views_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/views"
)

func TestCheckPollsOnlyWhileItWaits(t *testing.T) {
	t.Parallel()
	r := checkResult()
	r.Waiting = true
	page := source(t, views.Check(views.CheckPage{Frame: visitor("x", "/tools/check"), Result: r}))
	if !strings.Contains(page, `http-equiv="refresh" content="2"`) || !strings.Contains(page, `hx-get="/tools/check?domain=xn--bcher-kva.example"`) {
		t.Error("a waiting result does not ask again")
	}
	r.Waiting = false
	page = source(t, views.Check(views.CheckPage{Frame: visitor("x", "/tools/check"), Result: r}))
	if strings.Contains(page, `http-equiv="refresh"`) || strings.Contains(page, "hx-get") {
		t.Error("a result that is there asks again")
	}
}

func TestCheckShowsTheMailServers(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]views.MailServers{
		"Nobody answered":         {},
		"A null MX":               {Known: true, MX: []views.MXRow{{Host: "."}}},
		"No MX record. Mail goes": {Known: true, Address: true},
		"takes no mail":           {Known: true},
		"mx1.example.com":         {Known: true, MX: []views.MXRow{{Preference: 10, Host: "mx1.example.com"}}},
	} {
		r := checkResult()
		r.Mail = m
		if got := render(t, views.CheckedDomain(*r)).Find(testID("mx")).Text(); !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
}

// Every finding that a check or a lint can have explains itself.
func TestEveryFindingSaysWhy(t *testing.T) {
	t.Parallel()
	for block, n := range map[string]int{"A": 6, "N": 11, "D": 23, "R": 29} {
		for i := range n {
			id := fmt.Sprint(block, i+1)
			page := render(t, views.CheckedDomain(views.CheckResult{Domain: "x.test", CheckedAt: sampleNow, Findings: []views.Finding{{ID: id, Text: "It is so."}}}))
			if text := page.Find(`[data-finding="` + id + `"] details p`).Text(); len(text) < 60 || len(text) > 320 {
				t.Errorf("%s: why? %q", id, text)
			}
		}
	}
}

// A TXT record that is written as a zone file line comes back as it was.
func TestZoneLineRoundTrips(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"v=TLSRPTv1; rua=mailto:tls@example.com", `v=TLSRPTv1; rua=mailto:"quoted"\back@example.com`, "\x00\x7f\xff;", strings.Repeat("v=TLSRPTv1;", 60),
	} {
		p := generated()
		p.Record, p.Strings = text, tlsrpt.SplitTXT(text)
		line := render(t, views.Generate(p)).Find(testID("zone-line")).Text()
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		wire := make([]byte, 4096)
		n, err := dns.PackRR(rr, wire, 0, nil, false)
		if err != nil || rr.Header().Name != "_smtp._tls.example.com." || rr.Header().Ttl != 3600 {
			t.Errorf("%q: %v", line, err)
			continue
		}
		var got string
		for data := wire[n-int(rr.Header().Rdlength) : n]; len(data) > 0; data = data[1+int(data[0]):] {
			got += string(data[1 : 1+int(data[0])])
		}
		if rr.Header().Rdlength == 0 || got != text && !strings.Contains(text, "\xff") { // the page is UTF-8
			t.Errorf("%q reads as %q", line, got)
		}
	}
}

func TestSnippets(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Generate(generated()))
	for id, want := range map[string]string{
		"terraform": `records = ["v=TLSRPTv1; rua=mail\"\"to:tls@example.com,https://reports.example.com/tls"]`,
		"octodns":   "_smtp._tls:\n  ttl: 3600\n  type: TXT\n  value: 'v=TLSRPTv1\\; rua=mailto:tls@example.com,https://reports.example.com/tls'",
		"nsupdate":  "zone example.com.\nupdate delete _smtp._tls.example.com. TXT\nupdate add _smtp._tls.example.com. 3600 TXT \"v=TLSRPTv1; rua=mail\" \"to:tls@",
	} {
		if got := doc.Find(testID(id)).Text(); !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %s", id, got, want)
		}
	}
	cname := render(t, views.Setup(setup()))
	if got := cname.Find(testID("octodns")).Text(); got != "_smtp._tls:\n  ttl: 3600\n  type: CNAME\n  value: '"+sampleTarget+"'" {
		t.Errorf("octoDNS: %s", got)
	}
}

func TestSetupKnowsTheDNSHosts(t *testing.T) {
	t.Parallel()
	p := setup()
	hosts := render(t, views.Setup(p)).Find(testID("dns-hosts") + " details")
	if hosts.Length() < 16 {
		t.Fatalf("%d DNS hosts", hosts.Length())
	}
	for i := range hosts.Length() - 1 {
		h := hosts.Eq(i)
		if h.Find("p").First().Find("span").Length() < 3 || !strings.Contains(h.Text(), "_smtp._tls") || !strings.Contains(h.Text(), strings.TrimSuffix(sampleTarget, ".")) || !strings.Contains(h.Text(), "dot") {
			t.Errorf("%q does not say all that is needed", h.Text())
		}
	}
	for server, want := range map[string]string{
		"ada.ns.cloudflare.com": "Cloudflare", "ns-1.awsdns-01.co.uk": "Amazon Route 53", "ns1.your-server.de": "Hetzner",
		"notcloudflare.com": "", "ns1.example.com": "",
	} {
		p.Panel.Servers = []views.ServerRow{{Server: server, Kind: views.KindAuthoritative}, {Server: "1.1.1.1:53", Kind: views.KindResolver}}
		if got := render(t, views.Setup(p)).Find(testID("dns-hosts") + " details[open] summary").Text(); got != want {
			t.Errorf("%s: %q is open, want %q", server, got, want)
		}
	}
}

func TestPublicPagesAreForSearchEngines(t *testing.T) {
	t.Parallel()
	for _, s := range toolSamples() {
		doc := render(t, s.page)
		if doc.Find(`link[rel="canonical"]`).Length() != 1 || doc.Find(`meta[name="description"]`).Length() != 1 || doc.Find(`meta[name="robots"]`).Length() != 0 {
			t.Errorf("%s has no canonical address or description", s.name)
		}
	}
	if render(t, views.Setup(setup())).Find(`meta[name="robots"][content="noindex"]`).Length() != 1 {
		t.Error("a page of an account asks to be listed")
	}
}
