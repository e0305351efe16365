package nameserver

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// Transport is what an answer depends on besides zone and query.
type Transport struct {
	TCP          bool
	Client       netip.Addr
	Now          time.Time
	CookieSecret []byte        // 16 octets (RFC 9018 §4.4); otherwise cookies are not answered
	Idle         time.Duration // how long a TCP client may stay, for RFC 7828
}

// Answer appends the reply to a query and gives the extended slice, or nil when there must be no
// reply. It depends on its arguments only. A reply is never longer than the query's transport and
// EDNS allow; what does not fit is left out whole and TC is set.
func (z *Zone) Answer(dst, packet []byte, tr Transport) []byte {
	var q query
	if !q.read(packet, &tr) {
		return nil
	}
	dst, _ = z.respond(dst, packet, &q, &tr)
	return dst
}

// reply is a message under construction.
type reply struct {
	msg       []byte
	start     int // offset of the message in msg
	rcode     int
	aa        bool
	truncated bool
	answers   uint16
	authority uint16
}

// respond writes the reply to a query that was read. z may be nil: nothing is loaded yet.
func (z *Zone) respond(dst, packet []byte, q *query, tr *Transport) ([]byte, reply) {
	r := reply{start: len(dst), rcode: q.rcode}
	r.msg = append(dst, packet[:2]...) // id
	r.msg = append(r.msg, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	r.msg = append(r.msg, packet[headerLen:headerLen+q.asked]...)
	sections := len(r.msg)
	z.decide(&r, q)
	limited := q.limited && q.rcode == dns.RcodeSuccess
	r.truncated = limited || len(r.msg)-r.start+q.optLen(tr) > q.limit(tr)
	if r.truncated {
		r.msg, r.answers, r.authority = r.msg[:sections], 0, 0
	}
	r.msg = q.appendOPT(r.msg, r.rcode, tr)
	if q.signed.present && r.rcode == dns.RcodeNotAuth {
		r.msg = q.signed.appendBadKey(r.msg)
	}
	r.writeHeader(q)
	return r.msg, r
}

// decide finds rcode and records.
func (z *Zone) decide(r *reply, q *query) {
	switch {
	case r.rcode != dns.RcodeSuccess:
	case q.signed.present:
		r.rcode = dns.RcodeNotAuth
	case q.asked == 0:
		if q.edns.cookie == cookieWrong { // RFC 7873 §5.4
			r.rcode = dns.RcodeBadCookie
		}
	case z == nil:
		r.rcode = dns.RcodeServerFailure
	case q.qclass != dns.ClassINET || !z.contains(q):
		r.rcode = dns.RcodeRefused
	case q.qtype == dns.TypeAXFR || q.qtype == dns.TypeIXFR:
		r.rcode = dns.RcodeRefused // zone transfer will start here
	default:
		z.look(r, q)
	}
}

// contains says whether the name asked for is the zone's or beneath it.
func (z *Zone) contains(q *query) bool {
	if q.labels < z.originLabels {
		return false
	}
	return string(q.nameAt(q.labels-z.originLabels, q.labels)) == z.origin
}

// look answers from the zone's names: the records of the type, NODATA, or NXDOMAIN.
func (z *Zone) look(r *reply, q *query) {
	r.aa = true
	below := q.labels - z.originLabels
	origin := headerLen + int(q.name[below])

	var reversed [maxName]byte
	n, first := 0, 0
	for i := below - 1; i >= 0; i-- {
		n += copy(reversed[n:], q.nameAt(i, i+1))
		if first == 0 {
			first = n
		}
	}
	txt, exists := z.entries.find(reversed[:n], reversed[:first])
	if txt != "" && (q.qtype == dns.TypeTXT || q.qtype == dns.TypeANY) {
		r.msg = append(r.msg, txt...)
		r.answers = 1
		return
	}
	sets, fixed := z.hosts[string(q.nameAt(0, below))]
	if set := z.pick(sets, q.qtype, below == 0); set != nil {
		r.msg = set.appendTo(r.msg, origin)
		r.answers = set.count
		return
	}
	if !exists && !fixed {
		r.rcode = dns.RcodeNameError
	}
	r.msg = z.negative.appendTo(r.msg, origin)
	r.authority = z.negative.count
}

// pick gives the set of a type. ANY gets one set of those there are (RFC 8482 §4.1).
func (z *Zone) pick(sets []rrset, qtype uint16, apex bool) *rrset {
	if apex && (qtype == dns.TypeSOA || qtype == dns.TypeANY) {
		return &z.soa
	}
	for i := range sets {
		if sets[i].rtype == qtype || qtype == dns.TypeANY {
			return &sets[i]
		}
	}
	return nil
}

// writeHeader sets flags and counts. RA, Z, AD and CD stay 0: this server does not recurse and an
// authoritative answer is not validated (RFC 4035 §3.1.6).
func (r *reply) writeHeader(q *query) {
	h := r.msg[r.start : r.start+headerLen]
	h[2] = 0x80 | q.opcode<<3 | bit(r.aa, 2) | bit(r.truncated, 1) | bit(q.rd, 0)
	h[3] = byte(r.rcode & 0xF)
	binary.BigEndian.PutUint16(h[4:], uint16(bit(q.asked > 0, 0)))
	binary.BigEndian.PutUint16(h[6:], r.answers)
	binary.BigEndian.PutUint16(h[8:], r.authority)
	binary.BigEndian.PutUint16(h[10:], uint16(bit(q.edns.present, 0)+bit(q.signed.present && r.rcode == dns.RcodeNotAuth, 0)))
}

func bit(set bool, position int) byte {
	if set {
		return 1 << position
	}
	return 0
}
