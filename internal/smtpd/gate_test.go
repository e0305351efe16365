package smtpd

import (
	"context"
	"net"
	"net/netip"
	"testing"
)

func TestGate(t *testing.T) {
	t.Parallel()
	limits := DefaultLimits()
	limits.Connections, limits.PerBlock = 6, [3]int{2, 3, 4}
	g := newGate(limits)
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
		if got := g.enter(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%d %s: %v", i, c.addr, got)
		}
	}
	g.leave(netip.MustParseAddr("192.0.2.1"))
	if !g.enter(netip.MustParseAddr("192.0.2.1")) {
		t.Error("a place given back is not free")
	}
}

func TestGateIPv6(t *testing.T) {
	t.Parallel()
	limits := DefaultLimits()
	limits.PerBlock = [3]int{2, 3, 4}
	g := newGate(limits)
	for i, c := range []struct {
		addr string
		want bool
	}{
		{"2001:db8::1", true}, {"2001:db8::2", true}, {"2001:db8::3%eth0", false}, // /64
		{"2001:db8:0:1::1", true}, {"2001:db8:0:2::1", false}, // /48
		{"2001:db8:1::1", true}, {"2001:db8:2::1", false}, // /32
		{"2001:db9::1", true},
	} {
		if got := g.enter(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%d %s: %v", i, c.addr, got)
		}
	}
	for _, addr := range []string{"2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db8:1::1", "2001:db9::1"} {
		g.leave(netip.MustParseAddr(addr))
	}
	if g.open() != 0 || len(g.blocks) != 0 {
		t.Errorf("left over: %d, %v", g.open(), g.blocks)
	}
}

// S17: who has no place is told at once, to try again later; a place is free again after its session.
func TestConnectionCap(t *testing.T) {
	t.Parallel()
	for _, limit := range []func(*Limits){
		func(l *Limits) { l.Connections = 2 },
		func(l *Limits) { l.PerBlock = [3]int{2, 9, 9} },
	} {
		s, _ := testServer(t, limited(limit))
		first, second := greeted(t, s), greeted(t, s)
		third := dial(t, s)
		third.expect("421 4.3.2 mx1.rpt.test too many connections")
		third.expectClosed()
		if st := s.Stats(); st.Open != 2 || st.Connections != 3 || st.ConnectionsRefused != 1 {
			t.Errorf("stats %+v", st)
		}
		first.do("QUIT", "221")
		second.do("QUIT", "221")
		first.ended(s)
		greeted(t, s)
	}
}

// G7: while places are scarce, patience is shorter.
func TestStress(t *testing.T) {
	t.Parallel()
	config := testConfig(&mailbox{})
	config.Limits.Connections, config.Limits.StressTimeout = 4, 1
	s, err := newServer(config)
	if err != nil {
		t.Fatal(err)
	}
	session := &session{server: s, stopping: context.Background()}
	for i, want := range []bool{false, false, true, true} {
		s.gate.enter(netip.MustParseAddr("192.0.2.1"))
		if got := session.patience(2) == 1; got != want {
			t.Errorf("%d connections: stressed %v", i+1, got)
		}
	}
}

// An IPv4 address counts as one, whatever kind of socket it came to.
func TestMappedAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ip   net.IP
		want string
	}{
		{net.IPv4(192, 0, 2, 1).To4(), "192.0.2.1:99"},
		{net.IPv4(192, 0, 2, 1).To16(), "192.0.2.1:99"},
		{net.ParseIP("2001:db8::1"), "[2001:db8::1]:99"},
	} {
		if got := addrPort(&net.TCPAddr{IP: c.ip, Port: 99}).String(); got != c.want {
			t.Errorf("%v: got %s, want %s", c.ip, got, c.want)
		}
	}
}
