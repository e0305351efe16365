package nameserver

import (
	"errors"
	"net"
	"net/netip"
	"os"
)

// A query is far smaller; what is longer arrives cut off and is a format error.
const maxUDPQuery = 4096

// maxUDPErrors is how many reads may fail in a row before a socket is given up.
const maxUDPErrors = 1000

// udpSocket answers on one of the sockets that share the port, in the order of the packets.
type udpSocket struct {
	server   *Server
	conn     *net.UDPConn
	wildcard bool // bound to all addresses: the reply must come from the address that was asked
	counters counters
	stopped  bool
	err      error
	failures int

	query   query
	packets *packets
}

func newUDPSocket(s *Server, conn *net.UDPConn) (*udpSocket, error) {
	u := &udpSocket{server: s, conn: conn}
	u.wildcard = conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().IsUnspecified()
	conn.SetReadBuffer(4 << 20) // as much as the system gives; fewer losses in a burst
	if err := prepareSocket(conn, u.wildcard); err != nil {
		return u, err
	}
	var err error
	u.packets, err = newPackets(conn, u.wildcard)
	return u, err
}

// serve runs until the socket's deadline is set or reading fails for good.
func (u *udpSocket) serve() error {
	for !u.stopped {
		u.run()
	}
	return u.err
}

// run is the loop; it returns early when a panic has come through to it.
func (u *udpSocket) run() {
	defer u.server.survive(&u.counters)
	for !u.stopped {
		u.step()
	}
}

func (u *udpSocket) failed(err error) {
	u.failures++
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		u.stopped = true
	case u.failures > maxUDPErrors:
		u.stopped, u.err = true, err
	}
}

// answer appends the reply to one packet to dst; nil for none.
func (u *udpSocket) answer(dst, packet []byte, client netip.AddrPort) []byte {
	q := &u.query
	tr := Transport{Client: client.Addr(), Now: u.server.opts.Now(), CookieSecret: u.server.opts.CookieSecret}
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
