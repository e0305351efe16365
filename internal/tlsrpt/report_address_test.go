package tlsrpt

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "2001:DB8:abcd:0012::1", "::", "::1", "fe80::1",
		"1:2:3:4:5:6:7:8", "1::", "64:ff9b::192.0.2.1", "1:2:3:4:5:6:7::",
	} {
		if _, ok := Address(good); !ok {
			t.Errorf("%s is refused", good)
		}
	}
	// J32.
	for _, bad := range []string{
		"", "::ffff:1.2.3.4", "::ffff:102:304", "fe80::1%eth0", "1.2.3", "01.02.03.04", "1.2.3.256", "1.2.3.4.5", "1.2.3.4 ", "1..2.3",
		"mx.example.org", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1", "1:", "12345::", "[::1]", "192.0.2.1/24", "1.2.3.4:25", ":::", "1:::2",
	} {
		if _, ok := Address(bad); ok || isIPv4(bad) || isIPv6(bad) {
			t.Errorf("%s is an address", bad)
		}
	}
}

// TestShortcutsAgreeWithAddress: the fast forms accept nothing that Address
// refuses, and miss none of the common ones.
func TestShortcutsAgreeWithAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("0123459afAF::::....g%")), 0, 24, -1).Draw(t, "text")
		if _, ok := Address(s); !ok && (isIPv4(s) || isIPv6(s)) {
			t.Fatalf("%q is an address only to the shortcut", s)
		}
		var b [16]byte
		for i := range b {
			b[i] = rapid.SampledFrom([]byte{0, 0, 1, 0x20, 0xff}).Draw(t, "byte")
		}
		four, six := netip.AddrFrom4([4]byte(b[:4])).String(), netip.AddrFrom16(b).String()
		if !isIPv4(four) {
			t.Fatalf("%s is missed", four)
		}
		if _, ok := Address(six); ok && !isIPv6(six) && six[0] != ':' {
			t.Fatalf("%s is missed", six)
		}
	})
}

func TestDecoratedAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want, code string }{
		{"192.0.2.1", "192.0.2.1", ""},
		{"[192.0.2.1]", "192.0.2.1", "ip-decorated"},
		{"[IPv6:2001:db8::1]", "2001:db8::1", "ip-decorated"},
		{"[2001:db8::1]", "2001:db8::1", "ip-decorated"},
		{" 192.0.2.1 ", "192.0.2.1", "ip-decorated"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1", "ip-invalid"},
		{"mx.example.org", "mx.example.org", "ip-invalid"},
		{"", "", "ip-empty"},
	} {
		r, err := ParseReport(reportWith(`[{"policy":{"policy-type":"no-policy-found","policy-domain":"a.example"},"summary":{"total-successful-session-count":0,"total-failure-session-count":1},"failure-details":[{"result-type":"tlsa-invalid","receiving-mx-hostname":"mx.a.example","sending-mta-ip":"`+c.in+`","failed-session-count":1}]}]`), DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(r.Warnings) > 0 {
			got = r.Warnings[0].Code
		}
		if r.Policies[0].Failures[0].SendingMTAIP != c.want || got != c.code {
			t.Errorf("%q: %q %q", c.in, r.Policies[0].Failures[0].SendingMTAIP, got)
		}
	}
}
