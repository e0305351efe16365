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

// udpSocket answers on one of the sockets that share the port, one packet after the other.
type udpSocket struct {
	server   *Server
	conn     *net.UDPConn
	wildcard bool // bound to all addresses: the reply must come from the address that was asked
	counters counters
	stopped  bool
	err      error
	failures int

	query   query
	in      [maxUDPQuery]byte
	out     [maxUDP + 64]byte
	control [controlSize]byte
}

func newUDPSocket(s *Server, conn *net.UDPConn) (*udpSocket, error) {
	u := &udpSocket{server: s, conn: conn}
	u.wildcard = conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().IsUnspecified()
	conn.SetReadBuffer(4 << 20) // as much as the system gives; fewer losses in a burst
	return u, prepareSocket(conn, u.wildcard)
}

// serve runs until the socket's deadline is set or reading fails for good.
func (u *udpSocket) serve() error {
	for !u.stopped {
		u.run()
	}
	return u.err
}

// run is the loop; it returns early when a packet has caused a panic.
func (u *udpSocket) run() {
	defer u.server.survive(&u.counters)
	for !u.stopped {
		n, control, client, err := u.receive()
		if err != nil {
			u.failed(err)
			continue
		}
		u.failures = 0
		out := u.answer(u.in[:n], client)
		if out == nil {
			continue
		}
		if err := u.send(out, control, client); err != nil {
			u.counters.failed.Add(1)
		}
	}
}

// send is most of what a query costs; without a control message there is a
// shorter way through the system.
func (u *udpSocket) send(out, control []byte, client netip.AddrPort) error {
	if len(control) == 0 {
		_, err := u.conn.WriteToUDPAddrPort(out, client)
		return err
	}
	_, _, err := u.conn.WriteMsgUDPAddrPort(out, control, client)
	return err
}

func (u *udpSocket) receive() (n int, control []byte, client netip.AddrPort, err error) {
	if !u.wildcard {
		n, client, err = u.conn.ReadFromUDPAddrPort(u.in[:])
		return n, nil, client, err
	}
	n, oobn, _, client, err := u.conn.ReadMsgUDPAddrPort(u.in[:], u.control[:])
	return n, replyFrom(u.control[:oobn]), client, err
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

// answer gives the reply to one packet, nil for none.
func (u *udpSocket) answer(packet []byte, client netip.AddrPort) []byte {
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
	out, reply := u.server.zone.Load().respond(u.out[:0], packet, q, &tr)
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
