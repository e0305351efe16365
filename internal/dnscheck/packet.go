package dnscheck

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/miekg/dns"
)

// packet is a question as it goes over the wire (RFC 1035 §4.1).
type packet struct {
	wire  []byte
	end   int  // where the question section ends
	lower bool // the case was not mixed
}

// Parts of the header (RFC 1035 §4.1.1) and of the OPT record (RFC 6891 §6.1).
const (
	headerLen         = 12
	responseBit       = 0x80
	responseAndOpcode = 0xf8
	authoritative     = 0x04
	truncated         = 0x02
	recursionDesired  = 0x01

	recursionAvailable = 0x80
	authenticData      = 0x20
	checkingDisabled   = 0x10

	// udpSize is the answer that fits through every path without fragments.
	udpSize = 1232
)

// packet writes the question with the letters of its name in random case, which
// the answer must repeat. Whoever sends it gives it an id.
func (q query) packet() (packet, error) {
	wire := make([]byte, headerLen+len(q.name)+2+4+11+8)
	end, err := dns.PackDomainName(dns.Fqdn(q.name), wire, headerLen, nil, false)
	if err != nil {
		return packet{}, errMalformed
	}
	if !q.lower {
		mixCase(wire[headerLen:end])
	}
	wire = binary.BigEndian.AppendUint16(wire[:end], q.qtype)
	wire = binary.BigEndian.AppendUint16(wire, dns.ClassINET)
	p := packet{end: len(wire), lower: q.lower}
	wire[5] = 1
	if q.recurse {
		wire[2] |= recursionDesired
	}
	if q.unchecked {
		wire[3] |= checkingDisabled
	}
	if !q.plain {
		if q.recurse {
			wire[3] |= authenticData // RFC 6840 §5.7: asks to be told
		}
		wire[11] = 1
		wire = append(wire, 0, 0, byte(dns.TypeOPT), udpSize>>8, udpSize&0xff, 0, 0, 0, 0, 0, 0)
	}
	p.wire = wire
	return p, nil
}

func (p packet) question() []byte { return p.wire[headerLen:p.end] }

// mixCase flips letters of a name on the wire at random (0x20). Lengths of
// labels are below the letters, so that they stay as they are.
func mixCase(name []byte) {
	var bits uint64
	for i, c := range name {
		if i%64 == 0 {
			bits = rand.Uint64() // #nosec G404 -- the runtime draws from ChaCha8 with a seed of the system
		}
		if lower := c | 0x20; lower >= 'a' && lower <= 'z' && c >= 'A' {
			name[i] = lower &^ byte(bits&1<<5)
			bits >>= 1
		}
	}
}

// lowerCase undoes mixCase.
func lowerCase(name []byte) {
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			name[i] = c | 0x20
		}
	}
}
