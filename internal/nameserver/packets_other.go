//go:build !linux

package nameserver

import (
	"net"
)

// packets takes one query after the other; a wildcard socket answers from the address that the
// routes prefer.
type packets struct {
	conn *net.UDPConn
	in   [maxUDPQuery]byte
	out  [maxUDP + 64]byte
}

func newPackets(conn *net.UDPConn, _ bool) (*packets, error) { return &packets{conn: conn}, nil }

// wake ends a wait for packets, and all that come after it.
func (p *packets) wake() { p.conn.SetReadDeadline(aLongTimeAgo) }

func (p *packets) close() { p.conn.Close() }

// step takes one packet and answers it.
func (u *udpSocket) step() {
	p := u.packets
	n, client, err := p.conn.ReadFromUDPAddrPort(p.in[:])
	if err != nil {
		u.failed(err)
		return
	}
	u.failures, u.now = 0, u.server.opts.Now()
	out := u.answer(p.out[:0], p.in[:n], client)
	if out == nil {
		return
	}
	if _, err := p.conn.WriteToUDPAddrPort(out, client); err != nil {
		u.counters.failed.Add(1)
	}
}
