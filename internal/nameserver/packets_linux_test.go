package nameserver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

// batchSizes are less than a batch, one, and several with a rest.
var batchSizes = []uint16{1, 7, 32, 100}

// Packets that wait together are answered one by one, in their order, each to who sent it and from
// the address that was asked.
func TestBatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ bind, first, second string }{
		{"127.0.0.1:0", "127.0.0.1", "127.0.0.1"},
		{"[::1]:0", "::1", "::1"},
		{"0.0.0.0:0", "127.0.0.1", "127.8.9.10"},
		{"[::]:0", "127.0.0.2", "::1"},
		{"[::]:0", "::1", "::1"},
	} {
		for _, each := range batchSizes {
			t.Run(fmt.Sprint(c.bind, c.first, c.second, each), func(t *testing.T) {
				t.Parallel()
				s := listenBatch(t, c.bind)
				var clients []*client
				for _, ip := range []string{c.first, c.second} {
					// A connected socket takes replies from this address alone.
					clients = append(clients, dial(t, "udp", netip.AddrPortFrom(netip.MustParseAddr(ip), s.Addr().Port())))
				}
				for id := range each {
					for i, client := range clients {
						client.write(batchQuery(id, i))
					}
				}
				runServer(t, s) // all of them wait in the socket by now
				for id := range each {
					for i, client := range clients {
						wantBatchReply(t, client.receive(), id, i)
					}
				}
				if st := s.Stats(); st.UDP != uint64(each)*2 || st.Failed != 0 || st.Ignored != 0 {
					t.Errorf("%+v", st)
				}
			})
		}
	}
}

// What must not be answered and what a defect loses take nothing else of their batch along.
func TestBatchLosesOnlyTheBroken(t *testing.T) {
	t.Parallel()
	broken := *testZone(t)
	broken.entries = nil
	s := listenBatch(t, "127.0.0.1:0")
	s.SetZone(&broken)
	c := dial(t, "udp", s.Addr())
	for id := range uint16(30) {
		switch id % 3 {
		case 0:
			c.write(batchQuery(id, 1)) // refused without a look at the entries
		case 1:
			m := question(testOwner, dns.TypeTXT)
			packed, _ := m.Pack()
			c.write(packed)
		case 2:
			c.write([]byte("short"))
		}
	}
	runServer(t, s)
	for id := range uint16(10) {
		wantBatchReply(t, c.receive(), id*3, 1)
	}
	if st := s.Stats(); st.Panics != 10 || st.Ignored != 10 || st.Answers["REFUSED"] != 10 {
		t.Errorf("%+v", st)
	}
}

// A reply that cannot be sent is counted; those behind it are sent.
func TestBatchSendsPastFailure(t *testing.T) {
	t.Parallel()
	s := listenBatch(t, "127.0.0.1:0")
	c := dial(t, "udp", s.Addr())
	for id := range uint16(3) {
		c.write(batchQuery(id, 0))
	}
	u := s.udp[0]
	n, err := u.packets.receive()
	if n != 3 || err != nil {
		t.Fatal(n, err)
	}
	for i := range n {
		u.reply(i)
	}
	u.packets.out[1].Hdr.Namelen = 1 // no address
	if failed := u.packets.send(); failed != 1 {
		t.Error(failed)
	}
	wantBatchReply(t, c.receive(), 0, 0)
	wantBatchReply(t, c.receive(), 2, 0)
}

// stop ends a loop that waits for packets.
func TestStopEndsTheLoop(t *testing.T) {
	t.Parallel()
	s := listenBatch(t, "127.0.0.1:0")
	end := make(chan error, 1)
	go func() { end <- s.udp[0].serve() }()
	exchange(t, "udp", s.Addr(), question(testOwner, dns.TypeTXT))
	s.udp[0].stop()
	if err := <-end; err != nil {
		t.Error(err)
	}
}

func TestClientOf(t *testing.T) {
	t.Parallel()
	for _, name := range [][]byte{nil, {2}, make([]byte, 16), append([]byte{10, 0}, make([]byte, 14)...)} {
		if got := clientOf(name); got.IsValid() || answerable(got) {
			t.Errorf("%x: %v", name, got)
		}
	}
}

// listenBatch has one socket, so that all packets meet in it.
func listenBatch(t *testing.T, bind string) *Server {
	t.Helper()
	if conn, err := net.ListenPacket("udp6", "[::1]:0"); err == nil {
		conn.Close()
	} else if bind[0] == '[' {
		t.Skip("no IPv6 here:", err)
	}
	s, err := Listen(t.Context(), bind, Options{Sockets: 1, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	s.SetZone(testZone(t))
	return s
}

func runServer(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error, 1)
	go func() { end <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-end; err != nil {
			t.Error(err)
		}
	})
}

// batchQuery is what the i-th client asks in its turn: one for a name of ours, the other for another's.
func batchQuery(id uint16, i int) []byte {
	m := question([]string{testOwner, "example.com"}[i], dns.TypeTXT)
	m.Id = id
	packed, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return packed
}

func wantBatchReply(t *testing.T, r *dns.Msg, id uint16, i int) {
	t.Helper()
	want := []int{dns.RcodeSuccess, dns.RcodeRefused}[i]
	if r.Id != id || r.Rcode != want || len(r.Answer) != 1-i {
		t.Fatalf("client %d, query %d: %v", i, id, r)
	}
}
