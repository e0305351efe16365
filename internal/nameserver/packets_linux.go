package nameserver

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxBatch is how many packets go through the system in one call. What waits longer than that waits
// in the socket.
const maxBatch = 32

// slot is the memory of one packet and its reply.
type slot struct {
	name    [unix.SizeofSockaddrInet6]byte // who asked, as the system writes it
	control [controlSize]byte
	in      [maxUDPQuery]byte
	out     [maxUDP + 64]byte
	inVec   unix.Iovec
	outVec  unix.Iovec
}

// packets takes queries and sends replies by the batch. All memory is prepared once; the headers
// point into the slots. It is used by one goroutine.
type packets struct {
	raw      syscall.RawConn
	wildcard bool
	slots    [maxBatch]slot
	in       [maxBatch]unix.Mmsghdr
	out      [maxBatch]unix.Mmsghdr
	queued   int // replies in out

	receiving, sending func(fd uintptr) bool // for raw, made once
	received           int
	sent, failed       int
	err                error
}

func newPackets(conn *net.UDPConn, wildcard bool) (*packets, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	p := &packets{raw: raw, wildcard: wildcard}
	p.receiving, p.sending = p.tryReceive, p.trySend
	for i := range p.slots {
		s := &p.slots[i]
		s.inVec.Base = &s.in[0]
		s.inVec.SetLen(len(s.in))
		p.in[i].Hdr.Name = &s.name[0]
		p.in[i].Hdr.Iov = &s.inVec
		p.in[i].Hdr.SetIovlen(1)
		if wildcard {
			p.in[i].Hdr.Control = &s.control[0]
		}
		p.rearm(i)
	}
	return p, nil
}

// rearm tells the system again how much room there is; it has written over it what it used.
func (p *packets) rearm(i int) {
	p.in[i].Hdr.Namelen = uint32(len(p.slots[i].name))
	if p.wildcard {
		p.in[i].Hdr.SetControllen(controlSize)
	}
}

// receive waits for packets and gives their number.
func (p *packets) receive() (int, error) {
	for i := range p.received {
		p.rearm(i)
	}
	p.received, p.queued = 0, 0
	if err := p.raw.Read(p.receiving); err != nil {
		return 0, err
	}
	return p.received, p.err
}

// tryReceive reports false when there is nothing to receive yet.
func (p *packets) tryReceive(fd uintptr) bool {
	n, errno := batchCall(unix.SYS_RECVMMSG, fd, p.in[:])
	if errno == unix.EAGAIN {
		return false
	}
	p.received, p.err = n, nil
	if errno != 0 {
		p.err = errno
	}
	return true
}

// packet is the i-th of the packets received and who sent it. The client is not valid when its
// address is of no family known here.
func (p *packets) packet(i int) ([]byte, netip.AddrPort) {
	s := &p.slots[i]
	return s.in[:p.in[i].Len], clientOf(s.name[:p.in[i].Hdr.Namelen])
}

// queue appends the reply to the i-th packet to those that send sends.
func (p *packets) queue(i int, reply []byte) {
	s, asked, h := &p.slots[i], &p.in[i].Hdr, &p.out[p.queued].Hdr
	s.outVec.Base = &reply[0]
	s.outVec.SetLen(len(reply))
	h.Name, h.Namelen = asked.Name, asked.Namelen
	h.Iov = &s.outVec
	h.SetIovlen(1)
	h.Control = nil
	h.SetControllen(0)
	if p.wildcard {
		if control := replyFrom(s.control[:asked.Controllen]); len(control) > 0 {
			h.Control = &control[0]
			h.SetControllen(len(control))
		}
	}
	p.queued++
}

// send sends the replies that were queued and gives the number of those that could not be sent.
func (p *packets) send() int {
	p.sent, p.failed = 0, 0
	if p.queued == 0 {
		return 0
	}
	if err := p.raw.Write(p.sending); err != nil {
		p.failed += p.queued - p.sent
	}
	return p.failed
}

// trySend reports false when the socket has no room. The system gives an error only for the first of
// the replies it is given: that one is left out and the rest tried again.
func (p *packets) trySend(fd uintptr) bool {
	for p.sent < p.queued {
		n, errno := batchCall(unix.SYS_SENDMMSG, fd, p.out[p.sent:p.queued])
		switch errno {
		case 0:
			p.sent += n
		case unix.EAGAIN:
			return false
		default:
			p.sent++
			p.failed++
		}
	}
	return true
}

// clientOf reads the address that the system wrote.
func clientOf(name []byte) netip.AddrPort {
	if len(name) < unix.SizeofSockaddrInet4 {
		return netip.AddrPort{}
	}
	port := binary.BigEndian.Uint16(name[2:])
	switch family := binary.NativeEndian.Uint16(name); {
	case family == unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(name[4:8])), port)
	case family == unix.AF_INET6 && len(name) >= unix.SizeofSockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(name[8:24])), port)
	}
	return netip.AddrPort{}
}

// step answers the packets that wait, each in its turn.
func (u *udpSocket) step() {
	n, err := u.packets.receive()
	if err != nil {
		u.failed(err)
		return
	}
	u.failures = 0
	for i := range n {
		u.reply(i)
	}
	u.counters.failed.Add(uint64(u.packets.send()))
}

// reply queues the reply to the i-th packet; a panic takes this one reply only.
func (u *udpSocket) reply(i int) {
	defer u.server.survive(&u.counters)
	packet, client := u.packets.packet(i)
	if out := u.answer(u.packets.slots[i].out[:0], packet, client); len(out) > 0 {
		u.packets.queue(i, out)
	}
}
