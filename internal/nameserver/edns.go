package nameserver

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

const (
	// maxUDP avoids fragments on any path (DNS flag day 2020, RFC 9715).
	maxUDP = 1232
	// minUDP is what every client takes (RFC 1035 §4.2.1).
	minUDP = 512

	doFlag = 0x8000
)

// edns is the OPT record of a query (RFC 6891). Options that this server does not know are neither
// answered nor echoed, and of the flags only DO is copied (RFC 3225 §3).
type edns struct {
	present   bool
	do        bool
	keepalive bool // RFC 7828
	size      uint16
	cookie    cookieState
	client    [clientCookieLen]byte
}

// readOPT takes the fixed part of the record, from its type on, and its options.
func (q *query) readOPT(fixed, options []byte, tr *Transport) bool {
	q.edns.present = true
	q.edns.size = binary.BigEndian.Uint16(fixed[2:])
	q.edns.do = binary.BigEndian.Uint16(fixed[6:])&doFlag != 0
	if version := fixed[5]; version != 0 {
		// RFC 6891 §6.1.3. What the options of another version mean is unknown.
		q.fail(dns.RcodeBadVers)
		return true
	}
	for len(options) > 0 {
		if len(options) < 4 {
			return false
		}
		code, n := binary.BigEndian.Uint16(options), int(binary.BigEndian.Uint16(options[2:]))
		if 4+n > len(options) || !q.readOption(code, options[4:4+n], tr) {
			return false
		}
		options = options[4+n:]
	}
	return true
}

func (q *query) readOption(code uint16, data []byte, tr *Transport) bool {
	switch code {
	case dns.EDNS0COOKIE:
		if q.edns.cookie != cookieNone {
			return true // RFC 7873 §5.2: only the first counts
		}
		var ok bool
		q.edns.cookie, ok = readCookie(&q.edns.client, data, tr)
		return ok
	case dns.EDNS0TCPKEEPALIVE:
		q.edns.keepalive = tr.TCP // RFC 7828 §3.2.1: ignored over UDP
		return !tr.TCP || len(data) == 0
	}
	return true
}

// limit is the size that the reply may have.
func (q *query) limit(tr *Transport) int {
	switch {
	case tr.TCP:
		return dns.MaxMsgSize
	case !q.edns.present:
		return minUDP
	}
	return min(max(int(q.edns.size), minUDP), maxUDP)
}

// optLen is the size of the OPT record that appendOPT will write.
func (q *query) optLen(tr *Transport) int {
	if !q.edns.present {
		return 0
	}
	n := 11
	if q.sendsCookie(tr) {
		n += 4 + clientCookieLen + serverCookieLen
	}
	if q.sendsKeepalive(tr) {
		n += 6
	}
	return n
}

func (q *query) sendsCookie(tr *Transport) bool {
	return q.edns.cookie != cookieNone && len(tr.CookieSecret) == cookieSecretLen
}

func (q *query) sendsKeepalive(tr *Transport) bool {
	return q.edns.keepalive && tr.Idle > 0
}

// appendOPT answers an OPT with one, whatever the rcode (RFC 6891 §7).
func (q *query) appendOPT(dst []byte, rcode int, tr *Transport) []byte {
	if !q.edns.present {
		return dst
	}
	var flags uint16
	if q.edns.do {
		flags = doFlag
	}
	dst = append(dst, 0) // root
	dst = binary.BigEndian.AppendUint16(dst, dns.TypeOPT)
	dst = binary.BigEndian.AppendUint16(dst, maxUDP)
	dst = append(dst, byte(rcode>>4), 0)
	dst = binary.BigEndian.AppendUint16(dst, flags)
	dst = binary.BigEndian.AppendUint16(dst, uint16(q.optLen(tr)-11))
	if q.sendsCookie(tr) {
		dst = binary.BigEndian.AppendUint16(dst, dns.EDNS0COOKIE)
		dst = binary.BigEndian.AppendUint16(dst, clientCookieLen+serverCookieLen)
		dst = append(dst, q.edns.client[:]...)
		dst = appendServerCookie(dst, &q.edns.client, tr)
	}
	if q.sendsKeepalive(tr) {
		dst = binary.BigEndian.AppendUint16(dst, dns.EDNS0TCPKEEPALIVE)
		dst = binary.BigEndian.AppendUint16(dst, 2)
		dst = binary.BigEndian.AppendUint16(dst, uint16(min(tr.Idle.Milliseconds()/100, 0xFFFF)))
	}
	return dst
}
