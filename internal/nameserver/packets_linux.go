package nameserver

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"

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
// point into the slots. It is used by one goroutine, which waits in the system and not in the
// runtime's poller: that saves two calls for each packet that comes alone.
type packets struct {
	fd       int // blocking
	mu       sync.Mutex
	closed   bool // by then fd may be another's
	wildcard bool
	slots    [maxBatch]slot
	in       [maxBatch]unix.Mmsghdr
	out      [maxBatch]unix.Mmsghdr
	received int
	queued   int // replies in out
}

// newPackets takes the socket over.
func newPackets(conn *net.UDPConn, wildcard bool) (*packets, error) {
	fd, err := blockingSocket(conn)
	if err != nil {
		return nil, err
	}
	p := &packets{fd: fd, wildcard: wildcard}
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

// receive waits for packets and gives their number, which is 0 after wake.
func (p *packets) receive() (int, error) {
	for i := range p.received {
		p.rearm(i)
	}
	patient := p.received < maxBatch // the last call has emptied the socket
	p.received, p.queued = 0, 0
	n, errno := receiveBatch(p.fd, p.in[:], patient)
	if errno != 0 {
		return 0, errno
	}
	p.received = n
	if p.in[0].Hdr.Namelen == 0 { // nobody has sent it: it is the end that wake has set
		return 0, nil
	}
	return n, nil
}

// wake ends a wait for packets, and all that come after it.
func (p *packets) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		// The error says that the socket is not connected. Who waits in it is woken all the same.
		unix.Shutdown(p.fd, unix.SHUT_RD)
	}
}

// close may be called again. Nobody may wait in the socket.
func (p *packets) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		unix.Close(p.fd)
	}
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

// send sends the replies that were queued and gives the number of those that could not be sent. The
// system gives an error only for the first of the replies it is given: that one is left out.
func (p *packets) send() (failed int) {
	for sent := 0; sent < p.queued; {
		n, errno := sendBatch(p.fd, p.out[sent:p.queued])
		if errno != 0 {
			n = 1
			failed++
		}
		sent += n
	}
	return failed
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
	u.failures, u.now = 0, u.server.opts.Now()
	for i := range n {
		u.reply(i)
	}
	if failed := u.packets.send(); failed > 0 {
		u.counters.failed.Add(uint64(failed))
	}
}

// reply queues the reply to the i-th packet; a panic takes this one reply only.
func (u *udpSocket) reply(i int) {
	defer u.server.survive(&u.counters)
	packet, client := u.packets.packet(i)
	if out := u.answer(u.packets.slots[i].out[:0], packet, client); len(out) > 0 {
		u.packets.queue(i, out)
	}
}
