package gate

import (
	"net/netip"
	"testing"
)

func TestGate(t *testing.T) {
	t.Parallel()
	g := New(Limits{All: 6, PerBlock: [3]int{2, 3, 4}})
	for i, c := range []struct {
		addr string
		want bool
	}{
		{"192.0.2.1", true}, {"192.0.2.1", true}, {"192.0.2.1", false}, // /32
		{"192.0.2.2", true}, {"192.0.2.63", false}, // /26
		{"192.0.2.64", true}, {"192.0.3.1", false}, {"192.0.7.255", false}, // /21
		{"192.0.8.1", true},
		{"2001:db8::1", true}, {"198.51.100.1", false}, // all
	} {
		if got := g.Enter(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%d %s: %v", i, c.addr, got)
		}
	}
	g.Leave(netip.MustParseAddr("192.0.2.1"))
	if !g.Enter(netip.MustParseAddr("192.0.2.1")) {
		t.Error("a place given back is not free")
	}
}

func TestGateIPv6(t *testing.T) {
	t.Parallel()
	g := New(Limits{All: 100, PerBlock: [3]int{2, 3, 4}})
	for i, c := range []struct {
		addr string
		want bool
	}{
		{"2001:db8::1", true}, {"2001:db8::2", true}, {"2001:db8::3%eth0", false}, // /64
		{"2001:db8:0:1::1", true}, {"2001:db8:0:2::1", false}, // /48
		{"2001:db8:1::1", true}, {"2001:db8:2::1", false}, // /32
		{"2001:db9::1", true},
	} {
		if got := g.Enter(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%d %s: %v", i, c.addr, got)
		}
	}
	for _, addr := range []string{"2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db8:1::1", "2001:db9::1"} {
		g.Leave(netip.MustParseAddr(addr))
	}
	if g.Open() != 0 || len(g.blocks) != 0 {
		t.Errorf("left over: %d, %v", g.Open(), g.blocks)
	}
}
