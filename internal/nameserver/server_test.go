package nameserver

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// hang is a guard against a test that never ends, not a time that anything should take.
const hang = 2 * time.Minute

// serve starts a server on loopback; stop ends it and gives what Serve returned.
func serve(t testing.TB, z *Zone, opts Options) (s *Server, stop func() error) {
	t.Helper()
	opts.Idle = cmp.Or(opts.Idle, hang) // what the test does in between may take a while
	s, err := Listen(t.Context(), ownHost()+":0", opts)
	if err != nil {
		t.Fatal(err)
	}
	if z != nil {
		s.SetZone(z)
	}
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error, 1)
	go func() { end <- s.Serve(ctx); close(end) }()
	stop = func() error {
		cancel()
		select {
		case err := <-end:
			return err
		case <-time.After(hang):
			t.Error("Serve did not return")
			return nil
		}
	}
	t.Cleanup(func() { stop() })
	return s, stop
}

// ownHost is an address of loopback that nobody else is likely to use, so that a port which is given
// back there stays free.
func ownHost() string {
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), 1+rand.IntN(250), 1+rand.IntN(250))
}

func exchange(t testing.TB, network string, addr netip.AddrPort, m *dns.Msg) *dns.Msg {
	t.Helper()
	client := dns.Client{Net: network, Timeout: hang, UDPSize: 4096}
	r, _, err := client.Exchange(m, addr.String())
	if err != nil {
		t.Fatalf("%s: %v", network, err)
	}
	return r
}

func TestServe(t *testing.T) {
	t.Parallel()
	s, stop := serve(t, testZone(t), Options{Sockets: 4})
	for _, network := range []string{"udp", "tcp"} {
		for range 20 { // the system spreads the clients over the sockets
			r := exchange(t, network, s.Addr(), question(testOwner, dns.TypeTXT))
			if len(r.Answer) != 1 || r.Answer[0].(*dns.TXT).Txt[0] != testText {
				t.Fatalf("%s: %v", network, r)
			}
		}
		if r := exchange(t, network, s.Addr(), question("x."+testOrigin, dns.TypeTXT)); outcome(r) != "NXDOMAIN" {
			t.Fatalf("%s: %v", network, r)
		}
	}
	st := s.Stats()
	if st.UDP != 21 || st.TCP != 21 || st.Queries["TXT"] != 42 || st.Answers["NOERROR"] != 40 || st.Answers["NXDOMAIN"] != 2 || st.TCPAccepted != 21 {
		t.Errorf("%+v", st)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestServeBeforeFirstZone(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, nil, Options{})
	if r := exchange(t, "udp", s.Addr(), question(testOwner, dns.TypeTXT)); r.Rcode != dns.RcodeServerFailure || len(r.Question) != 1 {
		t.Fatal(r)
	}
	s.SetZone(testZone(t))
	if r := exchange(t, "udp", s.Addr(), question(testOwner, dns.TypeTXT)); len(r.Answer) != 1 {
		t.Fatal(r)
	}
}

func TestListenPortInUse(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, testZone(t), Options{Sockets: 4})
	if _, err := Listen(t.Context(), s.Addr().String(), Options{Sockets: 4}); err == nil {
		t.Error("a second server shares the port")
	}
	l, err := net.Listen("tcp", ownHost()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Listen(t.Context(), l.Addr().String(), Options{}); err == nil {
		t.Error("TCP port in use")
	}
	if conn, err := net.ListenPacket("udp", l.Addr().String()); err != nil {
		t.Error("UDP port kept after a failed Listen:", err)
	} else {
		conn.Close()
	}
}

func TestListenRefusesSecretOfWrongSize(t *testing.T) {
	t.Parallel()
	if _, err := Listen(t.Context(), "127.0.0.1:0", Options{CookieSecret: []byte("short")}); err == nil {
		t.Error("accepted")
	}
}

// On a wildcard socket the reply comes from the address that was asked, not from the one that the
// routes prefer.
func TestServeWildcard(t *testing.T) {
	t.Parallel()
	for _, bind := range []string{"0.0.0.0:0", "[::]:0"} {
		s, err := Listen(t.Context(), bind, Options{Sockets: 2})
		if err != nil {
			t.Fatal(err)
		}
		s.SetZone(testZone(t))
		ctx, cancel := context.WithCancel(context.Background())
		end := make(chan error, 1)
		go func() { end <- s.Serve(ctx) }()
		for _, ip := range []string{"127.0.0.1", "127.8.9.10", "127.0.0.2"} {
			addr := netip.AddrPortFrom(netip.MustParseAddr(ip), s.Addr().Port())
			// The client's socket is connected: it takes replies from addr alone.
			if r := exchange(t, "udp", addr, question(testOwner, dns.TypeTXT)); len(r.Answer) != 1 {
				t.Error(bind, ip, r)
			}
		}
		cancel()
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
