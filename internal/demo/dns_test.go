package demo

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/models"
)

func TestDNS(t *testing.T) {
	t.Parallel()
	clock := &Clock{}
	service := listen(t, clock)
	w := generator(Days)
	service.publish(w.records())
	registered := end.Add(-time.Hour)
	for i := range w.domains {
		d := &w.domains[i]
		service.add(w.delegation(d, models.Domain{Token: "0123456789ab", CreatedAt: registered})...)
	}
	auth := net.JoinHostPort("127.0.0.1", strconv.Itoa(int(service.AuthPort())))
	quick, slow := service.Resolvers()[0], service.Resolvers()[2]
	const owner, target = "_smtp._tls.example.com", "example.com._smtp._tls.0123456789ab.tls.sealpost.test"
	for _, c := range []struct {
		what, server, name string
		qtype              uint16
		at                 time.Duration // after the registration
		rcode              int
		says               string // in the answer section
	}{
		{"before it is published", auth, owner, dns.TypeTXT, 0, dns.RcodeNameError, ""},
		{"published", auth, owner, dns.TypeTXT, published, dns.RcodeSuccess, "CNAME\t" + target},
		{"in any case", auth, "_SMTP._tls.Example.COM", dns.TypeCNAME, published, dns.RcodeSuccess, "CNAME\t" + target},
		{"through a resolver", quick, owner, dns.TypeTXT, published, dns.RcodeSuccess, "v=TLSRPTv1; rua=mailto:0123456789ab@rpt.tls.sealpost.test"},
		{"alias alone through a resolver", quick, owner, dns.TypeCNAME, published, dns.RcodeSuccess, "CNAME\t" + target},
		{"a resolver that is behind", slow, owner, dns.TypeTXT, published, dns.RcodeNameError, ""},
		{"and has caught up", slow, owner, dns.TypeTXT, published + 15*time.Minute, dns.RcodeSuccess, "rua="},
		{"empty name between", auth, "_tls.example.com", dns.TypeTXT, published, dns.RcodeSuccess, ""},
		{"a sibling", auth, "_other._tls.example.com", dns.TypeTXT, published, dns.RcodeNameError, ""},
		{"zone appended", auth, "_smtp._tls.studio.test", dns.TypeTXT, published, dns.RcodeSuccess, "tls.sealpost.test.studio.test."},
		{"direct", quick, "_smtp._tls.clinic.example", dns.TypeTXT, 0, dns.RcodeSuccess, "tls-reports@clinic.example"},
		{"never published", auth, "_smtp._tls.launch.example", dns.TypeTXT, published, dns.RcodeNameError, ""},
		{"removed", auth, "_smtp._tls.harbour.example", dns.TypeTXT, published, dns.RcodeNameError, ""},
		{"MX now", quick, "example.org", dns.TypeMX, 0, dns.RcodeSuccess, "in1.post.example"},
		{"MX of old", quick, "example.org", dns.TypeMX, -100 * day, dns.RcodeSuccess, "mail.example.org"},
		{"below a zone", quick, "lists.example.org", dns.TypeNS, 0, dns.RcodeSuccess, ""},
		{"name servers", quick, "example.com", dns.TypeNS, 0, dns.RcodeSuccess, "ns1.hosting.example"},
		{"their address", quick, "ns2.hosting.example", dns.TypeA, 0, dns.RcodeSuccess, "127.0.0.1"},
		{"DKIM key", quick, "20230601._domainkey.google.com", dns.TypeTXT, 0, dns.RcodeSuccess, "k=ed25519"},
		{"a stranger's mail", quick, "visitor.example", dns.TypeMX, 0, dns.RcodeSuccess, "mail.visitor.example"},
		{"a stranger's record", auth, "_smtp._tls.visitor.example", dns.TypeTXT, 0, dns.RcodeNameError, ""},
		{"no name at all", auth, "example", dns.TypeNS, 0, dns.RcodeNameError, ""},
	} {
		clock.set(registered.Add(c.at))
		q := new(dns.Msg).SetQuestion(dns.Fqdn(c.name), c.qtype)
		m, _, err := (&dns.Client{Timeout: 20 * time.Second}).Exchange(q, c.server)
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		var said strings.Builder
		for _, rr := range m.Answer {
			said.WriteString(rr.String() + "\n")
		}
		if m.Rcode != c.rcode || !strings.Contains(said.String(), c.says) || c.says == "" && said.Len() > 0 {
			t.Errorf("%s: got\n%s", c.what, m)
		}
		if m.Authoritative != (c.server == auth) || m.RecursionAvailable == (c.server == auth) {
			t.Errorf("%s: the flags are wrong:\n%s", c.what, m)
		}
	}
}

func TestLookupTXT(t *testing.T) {
	t.Parallel()
	service := listen(t, &Clock{})
	service.publish(generator(Days).records())
	texts, err := service.LookupTXT(t.Context(), "selector2._domainkey.microsoft.com")
	if err != nil || len(texts) != 1 || !strings.HasPrefix(texts[0], "v=DKIM1; k=ed25519; s=tlsrpt; p=") {
		t.Errorf("got %q, %v", texts, err)
	}
	_, err = service.LookupTXT(t.Context(), "other._domainkey.microsoft.com")
	var missing *net.DNSError
	if !errors.As(err, &missing) || !missing.IsNotFound {
		t.Errorf("a key that is not there: %v", err)
	}
}
