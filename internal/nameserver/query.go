package nameserver

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

const (
	headerLen = 12

	// A query carries an OPT and perhaps a TSIG; IXFR adds one SOA (RFC 1995 §3). More is no query.
	maxAuthority  = 1
	maxAdditional = 4
)

// query is what read finds in a packet. It is used again for the next packet, so that the hot path
// allocates nothing.
type query struct {
	opcode  byte
	rd      bool
	rcode   int // what the packet itself earns, before the zone is asked
	qtype   uint16
	qclass  uint16
	asked   int        // octets of the question as received; 0: none to echo
	name    [128]uint8 // offsets of the labels in lower
	labels  int
	lower   [maxName]byte // the name in lower case, root label included
	edns    edns
	signed  tsig
	limited bool // rate limited: no records, TC set
}

// read takes a packet apart. It reports false when there must be no reply at all: shorter than a
// header, or itself a response, which could make two servers answer each other for ever.
func (q *query) read(msg []byte, tr *Transport) bool {
	q.rcode, q.asked, q.labels, q.limited = dns.RcodeSuccess, 0, 0, false
	q.edns, q.signed = edns{}, tsig{}
	if len(msg) < headerLen || msg[2]&0x80 != 0 {
		return false
	}
	q.opcode, q.rd = msg[2]>>3&0xF, msg[2]&1 != 0
	if q.opcode != dns.OpcodeQuery {
		// What an unknown opcode means by its sections is unknown too: header only (RFC 8906 §3.1.4).
		q.rcode, q.rd = dns.RcodeNotImplemented, false
		return true
	}
	if !q.readSections(msg, tr) {
		q.rcode = dns.RcodeFormatError
	}
	return true
}

// readSections reports whether the message is well formed.
func (q *query) readSections(msg []byte, tr *Transport) bool {
	questions := int(binary.BigEndian.Uint16(msg[4:]))
	answers := int(binary.BigEndian.Uint16(msg[6:]))
	authority := int(binary.BigEndian.Uint16(msg[8:]))
	additional := int(binary.BigEndian.Uint16(msg[10:]))
	if questions > 1 || answers > 0 || authority > maxAuthority || additional > maxAdditional {
		return false
	}
	off := headerLen
	if questions == 1 {
		if off = q.readQuestion(msg); off == 0 {
			return false
		}
	}
	for i := range authority + additional {
		var ok bool
		if off, ok = q.readRecord(msg, off, i >= authority, tr); !ok {
			return false
		}
	}
	if off != len(msg) {
		return false
	}
	// RFC 7873 §5.4: without a question only a cookie can be asked for.
	return questions == 1 || q.edns.cookie != cookieNone
}

// readQuestion gives the offset after the question, 0 when it is malformed. Its name cannot be
// compressed: there is nothing before it to point to.
func (q *query) readQuestion(msg []byte) int {
	off, n := headerLen, 0
	for {
		if off >= len(msg) {
			return 0
		}
		c := int(msg[off])
		if c > maxLabel || n+1+c >= maxName && c > 0 || off+1+c > len(msg) {
			return 0
		}
		if c == 0 {
			break
		}
		q.name[q.labels] = uint8(n)
		q.labels++
		q.lower[n] = byte(c)
		for i := 1; i <= c; i++ {
			q.lower[n+i] = lower(msg[off+i])
		}
		n += 1 + c
		off += 1 + c
	}
	off++
	if off+4 > len(msg) {
		return 0
	}
	q.name[q.labels] = uint8(n)
	q.lower[n] = 0
	q.qtype = binary.BigEndian.Uint16(msg[off:])
	q.qclass = binary.BigEndian.Uint16(msg[off+2:])
	q.asked = off + 4 - headerLen
	return off + 4
}

// readRecord reads one record after the question. Only the pseudo records OPT, TSIG and SIG(0)
// matter; all others are walked over.
func (q *query) readRecord(msg []byte, off int, additional bool, tr *Transport) (end int, ok bool) {
	start := off
	if off, ok = skipName(msg, off); !ok || off+10 > len(msg) || q.signed.present {
		return 0, false // a signature is the last record (RFC 8945 §5.1)
	}
	fixed := msg[off : off+10]
	end = off + 10 + int(binary.BigEndian.Uint16(fixed[8:]))
	if end > len(msg) {
		return 0, false
	}
	data := msg[off+10 : end]
	switch binary.BigEndian.Uint16(fixed) {
	case dns.TypeOPT:
		return end, additional && msg[start] == 0 && !q.edns.present && q.readOPT(fixed, data, tr)
	case dns.TypeTSIG:
		return end, additional && q.signed.read(msg, start, off)
	case dns.TypeSIG:
		if additional && len(data) >= 2 && data[0] == 0 && data[1] == 0 { // SIG(0), RFC 2931
			q.fail(dns.RcodeRefused)
		}
	}
	return end, true
}

// fail sets the rcode unless an earlier part of the packet has earned one.
func (q *query) fail(rcode int) {
	if q.rcode == dns.RcodeSuccess {
		q.rcode = rcode
	}
}

// nameAt is the lower-case name from its label i on, up to label j.
func (q *query) nameAt(i, j int) []byte { return q.lower[q.name[i]:q.name[j]] }
