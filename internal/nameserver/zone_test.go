package nameserver

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"
)

const (
	testOrigin = "tls.sealpost.test"
	testOwner  = "example.com._smtp._tls.k7w2m9x4qz1b.tls.sealpost.test"
	testText   = "v=TLSRPTv1; rua=mailto:k7w2m9x4qz1b@rpt.tls.sealpost.test"
)

func testConfig() Config {
	return Config{
		Origin: testOrigin,
		NS: []Host{
			{"ns1." + testOrigin, addrs("192.0.2.1", "2001:db8::1")},
			{"ns2." + testOrigin, addrs("192.0.2.2")},
		},
		MX:           []Host{{"mx1." + testOrigin, addrs("192.0.2.25")}, {"mx.elsewhere.test", addrs("192.0.2.99")}},
		ReportDomain: "rpt." + testOrigin,
	}
}

func testEntries() []Entry {
	return []Entry{
		{Owner: testOwner, TXT: testText},
		{Owner: "one.example._smtp._tls.shared00000a." + testOrigin, TXT: "one"},
		{Owner: "two.example._smtp._tls.shared00000a." + testOrigin, TXT: "two", TTL: 60},
		{Owner: "example._smtp._tls.shared00000a." + testOrigin, TXT: "parent and owner"},
		{Owner: "key._domainkey.rpt." + testOrigin, TXT: "v=DKIM1"},
		{Owner: "long.example._smtp._tls.long0000000a." + testOrigin, TXT: longText(600)},
		{Owner: "huge.example._smtp._tls.huge0000000a." + testOrigin, TXT: longText(2000)},
		{Owner: "empty.example._smtp._tls.empty000000a." + testOrigin, TXT: ""},
	}
}

func longText(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	return string(b)
}

func addrs(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, t := range texts {
		out = append(out, netip.MustParseAddr(t))
	}
	return out
}

func testZone(t testing.TB) *Zone {
	t.Helper()
	z, err := NewZone(testConfig(), 2026112201, slices.Values(testEntries()))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := z.Skipped(); n > 0 {
		t.Fatal(n, err)
	}
	return z
}

// testNow is the time of every test that does not move its clock.
var testNow = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func testTransport() Transport {
	return Transport{Client: netip.MustParseAddr("198.51.100.7"), Now: testNow, CookieSecret: []byte("0123456789abcdef")}
}

// ask packs a query, answers it and unpacks the reply.
func ask(t testing.TB, z *Zone, m *dns.Msg, tr Transport) *dns.Msg {
	t.Helper()
	packet, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return unpack(t, z.Answer(nil, packet, tr))
}

func unpack(t testing.TB, packet []byte) *dns.Msg {
	t.Helper()
	if packet == nil {
		t.Fatal("no reply")
	}
	m := new(dns.Msg)
	if err := m.Unpack(packet); err != nil {
		t.Fatalf("reply does not parse: %v: %x", err, packet)
	}
	return m
}

func question(name string, qtype uint16) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	m.RecursionDesired = false
	return m
}
