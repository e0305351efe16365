package dnscheck

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

// query is one question. Names are in presentation form, final dot or not.
type query struct {
	name      string
	qtype     uint16
	recurse   bool // RD: for resolvers only
	unchecked bool // CD: the answer without DNSSEC validation
	plain     bool // without EDNS, for servers that choke on it
	lower     bool // without 0x20, for servers that do not repeat the case
	tcp       bool // for what UDP truncates
}

// reply is the answer to a query, or the Err constant that stands for none.
type reply struct {
	msg *dns.Msg
	err string
	rtt time.Duration
}

var (
	errMalformed = errors.New("malformed DNS message")
	errForeign   = errors.New("not the answer to this question")
	errCase      = errors.New("the answer does not repeat the case of the question")
)

// wrongCase is the err of a reply that is right but for the case of its name.
// The question is then worth asking again without 0x20.
const wrongCase = "wrong case"

// exchange sends q once. What does not repeat the id and the question byte by
// byte is not taken for the answer.
func (c *Checker) exchange(ctx context.Context, server string, q query) reply {
	start := time.Now()
	p, err := q.packet()
	var m *dns.Msg
	switch {
	case err != nil:
	case q.tcp:
		m, err = overTCP(ctx, server, p)
	default:
		m, err = c.overUDP(ctx, server, p, q.lower)
	}
	if err != nil {
		return reply{err: errorWord(err), rtt: time.Since(start)}
	}
	return reply{msg: m, rtt: time.Since(start)}
}

// overUDP asks through one of the sockets for the server; fresh makes it one
// that nobody has used before.
func (c *Checker) overUDP(ctx context.Context, server string, p packet, fresh bool) (*dns.Msg, error) {
	if fresh {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "udp", server)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		return c.askOver(ctx, conn, p)
	}
	k, err := c.sockets.take(ctx, server)
	if err != nil {
		return nil, err
	}
	m, err := c.askOver(ctx, k, p)
	if err != nil {
		c.sockets.drop(k)
		return nil, err
	}
	c.sockets.give(k)
	return m, nil
}

func (c *Checker) askOver(ctx context.Context, conn net.Conn, p packet) (*dns.Msg, error) {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if _, err := conn.Write(p.wire); err != nil {
		return nil, err
	}
	buf, ok := c.buffers.Get().(*[4096]byte)
	if !ok {
		buf = new([4096]byte)
	}
	defer c.buffers.Put(buf)
	for {
		n, err := conn.Read(buf[:])
		if err != nil {
			return nil, err
		}
		if m, err := p.answer(buf[:n]); !errors.Is(err, errForeign) {
			return m, err
		}
	}
}

// overTCP asks over a connection of its own; ctx must have a deadline.
func overTCP(ctx context.Context, server string, p packet) (*dns.Msg, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(p.wire))), p.wire...)); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	buf := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, buf); err != nil {
		return nil, err
	}
	return p.answer(buf)
}

// answer reads a message and refuses one to another question. Servers that
// refuse a query may leave the question out.
func (p packet) answer(got []byte) (*dns.Msg, error) {
	if len(got) < headerLen || !bytes.Equal(got[:2], p.wire[:2]) || got[2]&responseAndOpcode != responseBit {
		return nil, errForeign
	}
	questions, rcode := binary.BigEndian.Uint16(got[4:]), got[3]&0x0f
	refusal := questions == 0 && rcode != dns.RcodeSuccess && rcode != dns.RcodeNameError
	if !refusal {
		repeated := got[headerLen:min(len(got), p.end)]
		if questions != 1 || !bytes.EqualFold(repeated, p.question()) {
			return nil, errForeign
		}
		if !p.lower && !bytes.Equal(repeated, p.question()) {
			return nil, errCase
		}
		copy(got[headerLen:], p.plain) // names in the answer may point here
	}
	m := new(dns.Msg)
	if err := m.Unpack(got); err != nil {
		return nil, errMalformed
	}
	return m, nil
}

// errorWord sorts errors of the network into what they say about the server.
func errorWord(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, errCase):
		return wrongCase
	case errors.Is(err, errMalformed), errors.Is(err, errForeign), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrMalformed
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT):
		return ErrNoRoute
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.Canceled):
		return ErrTimeout
	}
	return ErrUnreachable
}
