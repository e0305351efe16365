package nameserver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

const negativeSOA = testOrigin + ". 300 IN SOA ns1." + testOrigin + ". hostmaster.rpt." + testOrigin + ". 2026112201 14400 3600 1209600 300"

// outcome is what a table says of an answer: the records, or the word for what is missing.
func outcome(m *dns.Msg) string {
	var lines []string
	for _, rr := range m.Answer {
		lines = append(lines, strings.Join(strings.Fields(rr.String()), " "))
	}
	switch {
	case len(lines) > 0 && m.Rcode == dns.RcodeSuccess && len(m.Ns)+len(m.Extra) == 0:
		return strings.Join(lines, "\n")
	case len(lines) > 0:
		return "unexpected sections\n" + m.String()
	case len(m.Ns) == 1 && strings.Join(strings.Fields(m.Ns[0].String()), " ") == negativeSOA:
		if m.Rcode == dns.RcodeSuccess {
			return "NODATA"
		}
		return dns.RcodeToString[m.Rcode]
	case len(m.Ns) > 0:
		return "wrong authority\n" + m.String()
	}
	return "bare " + dns.RcodeToString[m.Rcode]
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	txt := func(owner string, ttl int, text string) string {
		return fmt.Sprintf("%s. %d IN TXT %q", owner, ttl, text)
	}
	shared := "._smtp._tls.shared00000a." + testOrigin
	for _, c := range []struct {
		name  string
		qtype uint16
		want  string
	}{
		{testOwner, dns.TypeTXT, txt(testOwner, 3600, testText)},
		{testOwner, dns.TypeANY, txt(testOwner, 3600, testText)},
		{testOwner, dns.TypeA, "NODATA"},
		{testOwner, dns.TypeAAAA, "NODATA"},
		{testOwner, dns.TypeCNAME, "NODATA"},
		{testOwner, dns.TypeCAA, "NODATA"},
		{testOwner, dns.TypeNS, "NODATA"},
		{testOwner, dns.TypeSOA, "NODATA"},
		{testOwner, dns.TypeDS, "NODATA"},
		{testOwner, dns.TypeRRSIG, "NODATA"},
		{testOwner, dns.TypeMAILA, "NODATA"},
		{testOwner, dns.TypeMAILB, "NODATA"},
		{testOwner, 0, "NODATA"},
		{testOwner, 666, "NODATA"},
		{testOwner, 65535, "NODATA"},
		{testOwner, dns.TypeAXFR, "bare REFUSED"},
		{testOwner, dns.TypeIXFR, "bare REFUSED"},

		// Empty non-terminals (RFC 8020, RFC 9156).
		{"com._smtp._tls.k7w2m9x4qz1b." + testOrigin, dns.TypeTXT, "NODATA"},
		{"_smtp._tls.k7w2m9x4qz1b." + testOrigin, dns.TypeA, "NODATA"},
		{"_tls.k7w2m9x4qz1b." + testOrigin, dns.TypeNS, "NODATA"},
		{"k7w2m9x4qz1b." + testOrigin, dns.TypeTXT, "NODATA"},
		{"k7w2m9x4qz1b." + testOrigin, dns.TypeANY, "NODATA"},
		{"_domainkey.rpt." + testOrigin, dns.TypeTXT, "NODATA"},

		// Names that do not exist, however near.
		{"x." + testOwner, dns.TypeTXT, "NXDOMAIN"},
		{"_smtp._tls." + testOwner, dns.TypeTXT, "NXDOMAIN"},
		{"net._smtp._tls.k7w2m9x4qz1b." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"om._smtp._tls.k7w2m9x4qz1b." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"_smtp._tls._smtp._tls.k7w2m9x4qz1b." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"_smtp._tls.unknown." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"k7w2m9x4qz1." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"k7w2m9x4qz1bb." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"*." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"*._tls.k7w2m9x4qz1b." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"_smtp._tls.rpt." + testOrigin, dns.TypeTXT, "NXDOMAIN"},
		{"x.ns1." + testOrigin, dns.TypeA, "NXDOMAIN"},
		{"_tls." + testOrigin, dns.TypeTXT, "NXDOMAIN"},

		// Several domains under one token; an owner that has owners beneath it.
		{"one.example" + shared, dns.TypeTXT, txt("one.example"+shared, 3600, "one")},
		{"two.example" + shared, dns.TypeTXT, txt("two.example"+shared, 60, "two")},
		{"example" + shared, dns.TypeTXT, txt("example"+shared, 3600, "parent and owner")},
		{"three.example" + shared, dns.TypeTXT, "NXDOMAIN"},
		{"_smtp._tls.shared00000a." + testOrigin, dns.TypeTXT, "NODATA"},
		{"empty.example._smtp._tls.empty000000a." + testOrigin, dns.TypeTXT, txt("empty.example._smtp._tls.empty000000a."+testOrigin, 3600, "")},

		// The apex and the hosts.
		{testOrigin, dns.TypeSOA, strings.Replace(negativeSOA, " 300 ", " 3600 ", 1)},
		{testOrigin, dns.TypeANY, strings.Replace(negativeSOA, " 300 ", " 3600 ", 1)},
		{testOrigin, dns.TypeNS, testOrigin + ". 3600 IN NS ns1." + testOrigin + ".\n" + testOrigin + ". 3600 IN NS ns2." + testOrigin + "."},
		{testOrigin, dns.TypeTXT, "NODATA"},
		{testOrigin, dns.TypeMX, "NODATA"},
		{testOrigin, dns.TypeDS, "NODATA"},
		{testOrigin, dns.TypeDNSKEY, "NODATA"},
		{testOrigin, dns.TypeAXFR, "bare REFUSED"},
		{"ns1." + testOrigin, dns.TypeA, "ns1." + testOrigin + ". 3600 IN A 192.0.2.1"},
		{"ns1." + testOrigin, dns.TypeAAAA, "ns1." + testOrigin + ". 3600 IN AAAA 2001:db8::1"},
		{"ns1." + testOrigin, dns.TypeANY, "ns1." + testOrigin + ". 3600 IN A 192.0.2.1"},
		{"ns2." + testOrigin, dns.TypeAAAA, "NODATA"},
		{"mx1." + testOrigin, dns.TypeA, "mx1." + testOrigin + ". 3600 IN A 192.0.2.25"},
		{"rpt." + testOrigin, dns.TypeMX, "rpt." + testOrigin + ". 3600 IN MX 10 mx1." + testOrigin + ".\nrpt." + testOrigin + ". 3600 IN MX 20 mx.elsewhere.test."},
		{"rpt." + testOrigin, dns.TypeTXT, "NODATA"},
		{"key._domainkey.rpt." + testOrigin, dns.TypeTXT, txt("key._domainkey.rpt."+testOrigin, 3600, "v=DKIM1")},

		// Not ours.
		{"sealpost.test", dns.TypeSOA, "bare REFUSED"},
		{"test", dns.TypeNS, "bare REFUSED"},
		{"", dns.TypeNS, "bare REFUSED"},
		{"example.com", dns.TypeTXT, "bare REFUSED"},
		{"mx.elsewhere.test", dns.TypeA, "bare REFUSED"},
		{"xtls.sealpost.test", dns.TypeTXT, "bare REFUSED"},
		{"tls.sealpost.test.example", dns.TypeTXT, "bare REFUSED"},
	} {
		m := ask(t, z, question(c.name, c.qtype), testTransport())
		if diff := cmp.Diff(c.want, outcome(m)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.name, dns.Type(c.qtype), diff)
		}
		if refused := strings.HasPrefix(c.want, "bare"); m.Authoritative == refused {
			t.Errorf("%s %s: AA is %v", c.name, dns.Type(c.qtype), m.Authoritative)
		}
	}
}

func TestAnswerClass(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	for _, class := range []uint16{0, 2, dns.ClassCHAOS, dns.ClassHESIOD, dns.ClassNONE, dns.ClassANY, 65535} {
		for _, name := range []string{testOwner, "version.bind", "id.server"} {
			m := question(name, dns.TypeTXT)
			m.Question[0].Qclass = class
			r := ask(t, z, m, testTransport())
			if r.Rcode != dns.RcodeRefused || r.Authoritative || len(r.Answer)+len(r.Ns) > 0 || len(r.Question) != 1 {
				t.Errorf("%s class %d: %v", name, class, r)
			}
		}
	}
}

// 0x20: the question comes back octet by octet, the data is the same.
func TestAnswerKeepsCase(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	plain := ask(t, z, question(testOwner, dns.TypeTXT), testTransport())
	for _, name := range []string{strings.ToUpper(testOwner), "eXaMpLe.CoM._SmTp._TlS.K7w2M9x4Qz1B.tLs.SeAlPoSt.TeSt"} {
		packet, _ := question(name, dns.TypeTXT).Pack()
		got := z.Answer(nil, packet, testTransport())
		if end := len(packet); string(got[12:end]) != string(packet[12:end]) {
			t.Errorf("question changed: %q", got[12:end])
		}
		if m := unpack(t, got); m.Answer[0].Header().Name != name+"." || m.Answer[0].(*dns.TXT).Txt[0] != plain.Answer[0].(*dns.TXT).Txt[0] {
			t.Errorf("%s: %v", name, m.Answer)
		}
	}
}

// Names are compared as octets on the wire: what a printed form could confuse stays apart.
func TestAnswerOctetsInLabels(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	for _, name := range []string{
		`example\.com._smtp._tls.k7w2m9x4qz1b.` + testOrigin,
		`example\046com._smtp._tls.k7w2m9x4qz1b.` + testOrigin,
		`example.com._smtp._tls.k7w2m9x4qz1b\000.` + testOrigin,
		`\000.` + testOrigin,
		`\255\254.` + testOrigin,
		`example.com._smtp\._tls.k7w2m9x4qz1b.` + testOrigin,
	} {
		if got := outcome(ask(t, z, question(name, dns.TypeTXT), testTransport())); got != "NXDOMAIN" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := outcome(ask(t, z, question(`x.tls\.sealpost.test`, dns.TypeTXT), testTransport())); got != "bare REFUSED" {
		t.Errorf("dot inside a label of the origin: %s", got)
	}
}

func TestAnswerAppends(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	for _, name := range []string{testOwner, "nothing." + testOrigin, testOrigin} {
		packet, _ := question(name, dns.TypeTXT).Pack()
		alone := z.Answer(nil, packet, testTransport())
		after := z.Answer([]byte("before"), packet, testTransport())
		if string(after) != "before"+string(alone) {
			t.Errorf("%s: %q", name, after)
		}
	}
}

// Not parallel: AllocsPerRun refuses that.
func TestAnswerWithoutAllocation(t *testing.T) {
	z, dst := testZone(t), make([]byte, 0, 2048)
	for _, name := range []string{testOwner, "nothing." + testOrigin, "_tls.k7w2m9x4qz1b." + testOrigin, "example.com"} {
		m := question(name, dns.TypeTXT)
		m.SetEdns0(1232, true)
		m.Extra[0].(*dns.OPT).Option = []dns.EDNS0{&dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0102030405060708"}}
		packet, _ := m.Pack()
		tr := testTransport()
		if n := testing.AllocsPerRun(100, func() { z.Answer(dst, packet, tr) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
