package smtpd

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

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
		s.gate.Enter(netip.MustParseAddr("192.0.2.1"))
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

// G10: who sends too much from one network waits for the answer to MAIL; another
// is served meanwhile, and what the first was told before is not held back.
func TestFlooderWaits(t *testing.T) {
	t.Parallel()
	s, m := testServer(t, limited(func(l *Limits) { l.Rate = [3]int{1, 1000, 1000} }))
	flooder := greeted(t, s)
	flooder.send(strings.Repeat("MAIL FROM:<>\r\nRSET\r\n", 90))
	for range 6 { // the burst
		flooder.expect("250")
	}
	until(t, s, "the flooder does not wait", func() bool { return s.Stats().Paced > 0 })
	other, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).Dial("tcp", s.Addr().String())
	if err != nil {
		t.Skip("loopback has one address here:", err)
	}
	other.SetDeadline(time.Now().Add(hang))
	honest := newClient(t, other)
	honest.expect("220")
	honest.do("EHLO honest.test", "250")
	honest.do("MAIL FROM:<a@honest.test>", "250")
	honest.do("RCPT TO:<t1@rpt.test>", "250")
	honest.do("DATA", "354")
	honest.do("Subject: x\r\n\r\nx\r\n.", "250")
	if len(m.all()) != 1 {
		t.Error("the honest message did not arrive")
	}
	if st := s.Stats(); st.Paced == 0 || st.Paced > 80 {
		t.Errorf("%d of 90 messages were paced when the honest one had arrived", st.Paced)
	}
}
