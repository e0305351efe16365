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

// query is one question. Names are in presentation form and lower case, final
// dot or not.
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

// answer reads a message and refuses one to another question.
func (p packet) answer(got []byte) (*dns.Msg, error) {
	if err := p.answeredBy(got); err != nil {
		return nil, err
	}
	return p.read(got)
}

// answeredBy compares the id and the question byte by byte. Servers that refuse
// a query may leave the question out.
func (p packet) answeredBy(got []byte) error {
	if len(got) < headerLen || got[0] != p.wire[0] || got[1] != p.wire[1] || got[2]&responseAndOpcode != responseBit {
		return errForeign
	}
	questions := binary.BigEndian.Uint16(got[4:])
	if refusal(got, questions) {
		return nil
	}
	repeated := got[headerLen:min(len(got), p.end)]
	if questions != 1 || !bytes.EqualFold(repeated, p.question()) {
		return errForeign
	}
	if !p.lower && !bytes.Equal(repeated, p.question()) {
		return errCase
	}
	return nil
}

func refusal(got []byte, questions uint16) bool {
	rcode := got[3] & 0x0f
	return questions == 0 && rcode != dns.RcodeSuccess && rcode != dns.RcodeNameError
}

// read unpacks the answer. Its question gets back the case that it was asked
// in, as names in the answer may point there.
func (p packet) read(got []byte) (m *dns.Msg, err error) {
	defer func() {
		if recover() != nil { // bytes from outside must not end the process
			m, err = nil, errMalformed
		}
	}()
	if binary.BigEndian.Uint16(got[4:]) == 1 {
		lowerCase(got[headerLen : p.end-4])
	}
	return unpack(got, p.end)
}

// unpack reads a message but for its question, which has been compared already
// and lies before end.
func unpack(got []byte, end int) (*dns.Msg, error) {
	m := &dns.Msg{MsgHdr: dns.MsgHdr{
		Id: binary.BigEndian.Uint16(got), Response: true, Authoritative: got[2]&authoritative != 0, Truncated: got[2]&truncated != 0,
		RecursionAvailable: got[3]&recursionAvailable != 0, AuthenticatedData: got[3]&authenticData != 0, Rcode: int(got[3] & 0x0f),
	}}
	at := headerLen
	if binary.BigEndian.Uint16(got[4:]) == 1 {
		at = end
	}
	for i, section := range []*[]dns.RR{&m.Answer, &m.Ns, &m.Extra} {
		for range binary.BigEndian.Uint16(got[6+2*i:]) {
			if at == len(got) && m.Truncated {
				return m, nil // the rest was cut off
			}
			rr, next, err := dns.UnpackRR(got, at)
			if err != nil || next <= at {
				return nil, errMalformed
			}
			*section, at = append(*section, rr), next
		}
	}
	if opt := m.IsEdns0(); opt != nil {
		m.Rcode |= opt.ExtendedRcode()
	}
	return m, nil
}

// errorWord sorts errors of the network into what they say about the server.
func errorWord(err error) string {
	switch {
	case errors.Is(err, errCase):
		return wrongCase
	case errors.Is(err, errMalformed), errors.Is(err, errForeign), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrMalformed
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT):
		return ErrNoRoute
	case isTimeout(err):
		return ErrTimeout
	}
	return ErrUnreachable
}
