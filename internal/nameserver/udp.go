package nameserver

import (
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// A query is far smaller; what is longer arrives cut off and is a format error.
const maxUDPQuery = 4096

// maxUDPErrors is how many reads may fail in a row before a socket is given up.
const maxUDPErrors = 1000

// udpSocket answers on one of the sockets that share the port, in the order of the packets.
type udpSocket struct {
	server   *Server
	addr     netip.AddrPort
	counters counters
	stopped  atomic.Bool
	err      error
	failures int
	now      time.Time // when the packets in hand were received

	query   query
	packets *packets
}

// newUDPSocket takes the socket over, also when it fails.
func newUDPSocket(s *Server, conn *net.UDPConn) (*udpSocket, error) {
	u := &udpSocket{server: s, addr: conn.LocalAddr().(*net.UDPAddr).AddrPort()}
	wildcard := u.addr.Addr().IsUnspecified() // the reply must come from the address that was asked
	conn.SetReadBuffer(4 << 20)               // as much as the system gives; fewer losses in a burst
	if err := prepareSocket(conn, wildcard); err != nil {
		conn.Close()
		return nil, err
	}
	var err error
	u.packets, err = newPackets(conn, wildcard)
	return u, err
}

// serve runs until stop or until reading fails for good.
func (u *udpSocket) serve() error {
	for !u.stopped.Load() {
		u.run()
	}
	return u.err
}

// run is the loop; it returns early when a panic has come through to it.
func (u *udpSocket) run() {
	defer u.server.survive(&u.counters)
	for !u.stopped.Load() {
		u.step()
	}
}

// stop makes serve return after the packets in hand.
func (u *udpSocket) stop() {
	u.stopped.Store(true)
	u.packets.wake()
}

func (u *udpSocket) failed(err error) {
	u.failures++
	if u.failures > maxUDPErrors && !u.stopped.Swap(true) {
		u.err = err
	}
}

// answer appends the reply to one packet to dst; nil for none.
func (u *udpSocket) answer(dst, packet []byte, client netip.AddrPort) []byte {
	q := &u.query
	tr := Transport{Client: client.Addr(), Now: u.now, CookieSecret: u.server.opts.CookieSecret}
	if !answerable(client) || !q.read(packet, &tr) {
		u.counters.ignored.Add(1)
		return nil
	}
	u.counters.read.Add(1)
	if u.server.limiter != nil && q.edns.cookie != cookieGood {
		switch u.server.limiter.check(tr.Client, tr.Now) {
		case drop:
			u.counters.dropped.Add(1)
			return nil
		case slip:
			u.counters.slipped.Add(1)
			q.limited = true
		}
	}
	out, reply := u.server.zone.Load().respond(dst, packet, q, &tr)
	u.counters.count(q, reply.rcode, reply.truncated && !q.limited)
	return out
}

// answerable refuses sources whose replies would start a loop or a flood: echo, chargen, port 0, and
// addresses that are no single host's.
func answerable(client netip.AddrPort) bool {
	switch client.Port() {
	case 0, 7, 19:
		return false
	}
	addr := client.Addr().Unmap()
	return !addr.IsMulticast() && !addr.IsUnspecified() && addr != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}
