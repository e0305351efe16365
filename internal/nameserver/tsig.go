package nameserver

import (
	"encoding/binary"

	"github.com/miekg/dns"
)

// tsig is the signature of a query (RFC 8945). This server has no keys yet, so every key is unknown
// to it: NOTAUTH, with an unsigned TSIG record that says BADKEY (§5.2.1, §5.3.2).
type tsig struct {
	present   bool
	key       []byte // wire name
	algorithm []byte // wire name
	signed    []byte // time signed and fudge
	id        []byte // original id
}

// read takes the record whose name starts at start and whose type is at off.
func (s *tsig) read(msg []byte, start, off int) bool {
	fixed, data := msg[off:off+10], msg[off+10:off+10+int(binary.BigEndian.Uint16(msg[off+8:]))]
	key, ok := plainName(msg[start:off])
	if !ok || binary.BigEndian.Uint16(fixed[2:]) != dns.ClassANY || binary.BigEndian.Uint32(fixed[4:]) != 0 {
		return false
	}
	algorithm, ok := plainName(data)
	rest := data[len(algorithm):]
	if !ok || len(rest) < 16 {
		return false
	}
	mac := int(binary.BigEndian.Uint16(rest[8:]))
	if len(rest) < 16+mac || len(rest) != 16+mac+int(binary.BigEndian.Uint16(rest[14+mac:])) {
		return false
	}
	*s = tsig{present: true, key: key, algorithm: algorithm, signed: rest[:8], id: rest[10+mac : 12+mac]}
	return true
}

// appendBadKey writes the TSIG record of the reply.
func (s *tsig) appendBadKey(dst []byte) []byte {
	dst = append(dst, s.key...)
	dst = binary.BigEndian.AppendUint16(dst, dns.TypeTSIG)
	dst = binary.BigEndian.AppendUint16(dst, dns.ClassANY)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(s.algorithm)+16))
	dst = append(append(dst, s.algorithm...), s.signed...)
	dst = append(append(dst, 0, 0), s.id...) // no MAC
	dst = binary.BigEndian.AppendUint16(dst, dns.RcodeBadKey)
	return append(dst, 0, 0) // no other data
}

// plainName gives the uncompressed name that data starts with.
func plainName(data []byte) ([]byte, bool) {
	for n := 0; n < len(data) && n < maxName; n += 1 + int(data[n]) {
		if data[n] == 0 {
			return data[:n+1], true
		}
		if data[n] > maxLabel {
			return nil, false
		}
	}
	return nil, false
}
