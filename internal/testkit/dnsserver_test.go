package testkit_test

import (
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
)

func ask(t *testing.T, d *testkit.DNS, network, name string, qtype uint16) *dns.Msg {
	t.Helper()
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	m.SetEdns0(1232, false)
	answer, _, err := (&dns.Client{Net: network, Timeout: time.Minute}).Exchange(m, d.Addr)
	if err != nil {
		t.Fatalf("%s %s %s: %v", network, name, dns.TypeToString[qtype], err)
	}
	return answer
}

func TestDNSAnswersByItsScript(t *testing.T) {
	t.Parallel()
	d := testkit.NewDNS(t)
	d.Zone("example.test")
	d.Add(t, `a.b.example.test. 60 TXT "one" "two"`, "alias.example.test. 60 CNAME a.b.example.test.")
	d.Set("broken.example.test", dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeServerFailure, EDE: []uint16{9}})
	d.Set("big.example.test", dns.TypeTXT, testkit.Answer{RR: []string{`big.example.test. 60 TXT "x"`}, Truncate: true})
	for _, c := range []struct {
		network, name string
		qtype         uint16
		rcode         int
		answers       int
		tc            bool
	}{
		{"udp", "a.b.example.test", dns.TypeTXT, dns.RcodeSuccess, 1, false},
		{"tcp", "A.b.Example.test", dns.TypeTXT, dns.RcodeSuccess, 1, false},
		{"udp", "a.b.example.test", dns.TypeMX, dns.RcodeSuccess, 0, false},
		{"udp", "b.example.test", dns.TypeTXT, dns.RcodeSuccess, 0, false},
		{"udp", "c.example.test", dns.TypeTXT, dns.RcodeNameError, 0, false},
		{"udp", "alias.example.test", dns.TypeTXT, dns.RcodeSuccess, 1, false},
		{"udp", "other.test", dns.TypeTXT, dns.RcodeRefused, 0, false},
		{"udp", "broken.example.test", dns.TypeTXT, dns.RcodeServerFailure, 0, false},
		{"udp", "big.example.test", dns.TypeTXT, dns.RcodeSuccess, 0, true},
		{"tcp", "big.example.test", dns.TypeTXT, dns.RcodeSuccess, 1, false},
	} {
		m := ask(t, d, c.network, c.name, c.qtype)
		if m.Rcode != c.rcode || len(m.Answer) != c.answers || m.Truncated != c.tc {
			t.Errorf("%s %s %s: got\n%s", c.network, c.name, dns.TypeToString[c.qtype], m)
		}
	}
	if n := d.Count("A.B.example.test.", dns.TypeTXT); n != 2 {
		t.Errorf("counted %d questions, want 2", n)
	}
}

func TestDNSChangesAtRunTime(t *testing.T) {
	t.Parallel()
	d := testkit.NewDNS(t)
	d.Set("x.test", dns.TypeA, testkit.Answer{RR: []string{"x.test. 1 A 192.0.2.1"}})
	if m := ask(t, d, "udp", "x.test", dns.TypeA); len(m.Answer) != 1 {
		t.Errorf("scripted: got\n%s", m)
	}
	d.Clear("x.test", dns.TypeA)
	if m := ask(t, d, "udp", "x.test", dns.TypeA); m.Rcode != dns.RcodeNameError {
		t.Errorf("cleared: got\n%s", m)
	}
	d.SetOther(testkit.Answer{Rcode: dns.RcodeServerFailure})
	if m := ask(t, d, "udp", "y.test", dns.TypeA); m.Rcode != dns.RcodeServerFailure {
		t.Errorf("other: got\n%s", m)
	}
}
