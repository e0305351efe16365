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

// step takes one packet and answers it.
func (u *udpSocket) step() {
	p := u.packets
	n, client, err := p.conn.ReadFromUDPAddrPort(p.in[:])
	if err != nil {
		u.failed(err)
		return
	}
	u.failures = 0
	out := u.answer(p.out[:0], p.in[:n], client)
	if out == nil {
		return
	}
	if _, err := p.conn.WriteToUDPAddrPort(out, client); err != nil {
		u.counters.failed.Add(1)
	}
}
