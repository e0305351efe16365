package outbound_test

import (
	"net/netip"
	"testing"

	"github.com/sealpost/sealpost/internal/outbound"
)

func TestSpecial(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		addr    string
		special bool
	}{
		{"1.1.1.1", false}, {"8.8.8.8", false}, {"9.255.255.255", false}, {"11.0.0.0", false},
		{"100.63.255.255", false}, {"100.128.0.0", false}, {"172.15.255.255", false}, {"172.32.0.0", false},
		{"192.0.1.0", false}, {"192.0.3.0", false}, {"192.167.255.255", false}, {"192.169.0.0", false},
		{"198.17.255.255", false}, {"198.20.0.0", false}, {"223.255.255.255", false},
		{"2001:4860:4860::8888", false}, {"2606:4700:4700::1111", false}, {"2a00::1", false}, {"2001:200::1", false},
		{"2001:db7:ffff::1", false}, {"2001:db9::1", false}, {"2003::1", false}, {"::ffff:1.1.1.1", false},
		{"0.0.0.0", true}, {"0.1.2.3", true}, {"10.0.0.1", true}, {"10.255.255.255", true},
		{"100.64.0.1", true}, {"100.127.255.255", true}, {"127.0.0.1", true}, {"127.255.255.254", true},
		{"169.254.169.254", true}, {"172.16.0.1", true}, {"172.31.255.255", true},
		{"192.0.0.1", true}, {"192.0.0.170", true}, {"192.0.2.1", true}, {"192.88.99.1", true}, {"192.168.1.1", true},
		{"198.18.0.1", true}, {"198.19.255.255", true}, {"198.51.100.1", true}, {"203.0.113.1", true},
		{"224.0.0.1", true}, {"239.255.255.255", true}, {"240.0.0.1", true}, {"255.255.255.255", true},
		{"::", true}, {"::1", true}, {"::ffff:127.0.0.1", true}, {"::ffff:10.0.0.1", true}, {"::127.0.0.1", true},
		{"64:ff9b::1.1.1.1", true}, {"64:ff9b::a00:1", true}, {"64:ff9b:1::1", true},
		{"100::1", true}, {"100:0:0:1::1", true}, {"2001::1", true}, {"2001:2::1", true}, {"2001:10::1", true}, {"2001:20::1", true},
		{"2001:db8::1", true}, {"2002:7f00:1::", true}, {"2002:a00:1::1", true}, {"3fff::1", true}, {"5f00::1", true},
		{"fc00::1", true}, {"fdff::1", true}, {"fe80::1", true}, {"fe80::1%eth0", true}, {"2a00::1%eth0", true}, {"fec0::1", true}, {"ff02::1", true},
	} {
		if got := outbound.Special(netip.MustParseAddr(c.addr)); got != c.special {
			t.Errorf("Special(%s) = %v", c.addr, got)
		}
	}
	if !outbound.Special(netip.Addr{}) {
		t.Error("no address at all must not be reached")
	}
}
