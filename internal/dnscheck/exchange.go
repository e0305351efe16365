package dnscheck

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
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
	tcp       bool // for what UDP truncates
}

// reply is the answer to a query, or the Err constant that stands for none.
type reply struct {
	msg *dns.Msg
	err string
	rtt time.Duration
}

// udpSize is the answer that fits through every path without fragments.
const udpSize = 1232

func (q query) message() *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(q.name), q.qtype)
	m.RecursionDesired = q.recurse
	m.CheckingDisabled = q.unchecked
	if !q.plain {
		m.SetEdns0(udpSize, false)
		m.AuthenticatedData = q.recurse // RFC 6840 §5.7: asks to be told
	}
	return m
}

// exchange sends q once. Every question has a socket, so a port, and an id of
// its own; what does not repeat both the id and the question is not taken for
// the answer.
func exchange(ctx context.Context, server string, q query) reply {
	start := time.Now()
	send := overUDP
	if q.tcp {
		send = overTCP
	}
	m, err := send(ctx, server, q.message())
	if err != nil {
		return reply{err: errorWord(err), rtt: time.Since(start)}
	}
	return reply{msg: m, rtt: time.Since(start)}
}

var errMalformed = errors.New("malformed DNS message")

func overUDP(ctx context.Context, server string, m *dns.Msg) (*dns.Msg, error) {
	conn, err := dial(ctx, "udp", server, m)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return nil, err
		}
		if n < 12 || binary.BigEndian.Uint16(buf) != m.Id {
			continue
		}
		if got, err := unpack(buf[:n], m); err == nil || !errors.Is(err, errForeign) {
			return got, err
		}
	}
}

func overTCP(ctx context.Context, server string, m *dns.Msg) (*dns.Msg, error) {
	conn, err := dial(ctx, "tcp", server, m)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	buf := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, buf); err != nil {
		return nil, err
	}
	return unpack(buf, m)
}

// dial connects and sends m; ctx must have a deadline.
func dial(ctx context.Context, network, server string, m *dns.Msg) (net.Conn, error) {
	wire, err := m.Pack()
	if err != nil {
		return nil, errMalformed
	}
	if network == "tcp" {
		wire = append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, server)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		conn.Close()
		return nil, err
	}
	if _, err := conn.Write(wire); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

var errForeign = errors.New("not the answer to this question")

// unpack reads a reply and refuses one to another question. Servers that
// refuse a query may leave the question out.
func unpack(wire []byte, asked *dns.Msg) (*dns.Msg, error) {
	m := new(dns.Msg)
	if err := m.Unpack(wire); err != nil {
		return nil, errMalformed
	}
	if m.Id != asked.Id || !m.Response || m.Opcode != dns.OpcodeQuery {
		return nil, errForeign
	}
	if len(m.Question) == 0 && m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return m, nil
	}
	q := asked.Question[0]
	if len(m.Question) != 1 || m.Question[0].Qtype != q.Qtype || m.Question[0].Qclass != q.Qclass || !strings.EqualFold(m.Question[0].Name, q.Name) {
		return nil, errForeign
	}
	return m, nil
}

// errorWord sorts errors of the network into what they say about the server.
func errorWord(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, errMalformed), errors.Is(err, errForeign), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrMalformed
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT):
		return ErrNoRoute
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.Canceled):
		return ErrTimeout
	}
	return ErrUnreachable
}
