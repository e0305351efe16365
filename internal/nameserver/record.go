package nameserver

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// maxTXT bounds the text of one entry. It still fits, with any name, into a UDP answer over TCP
// fallback and keeps one record from filling a message.
const maxTXT = 4096

// rrset is the prepared answer for one name and type.
type rrset struct {
	rtype uint16
	count uint16
	wire  []byte
	// pointers are the offsets in wire of compression pointers to the origin. Where that is in a
	// message depends on the question, so they are set when the answer is written.
	pointers []int
}

// appendTo writes the records after a question whose name holds the origin at message offset at.
func (r *rrset) appendTo(dst []byte, at int) []byte {
	start := len(dst)
	dst = append(dst, r.wire...)
	for _, p := range r.pointers {
		binary.BigEndian.PutUint16(dst[start+p:], 0xC000|uint16(at))
	}
	return dst
}

// owner says which name a record has: that of the question, or the zone's origin.
type owner bool

const (
	ownerQuestion owner = false
	ownerOrigin   owner = true
)

// add appends one record; data writes its RDATA.
func (r *rrset) add(own owner, ttl uint32, data func()) {
	if own == ownerOrigin {
		r.pointers = append(r.pointers, len(r.wire))
		r.wire = append(r.wire, 0xC0, 0)
	} else {
		r.wire = append(r.wire, 0xC0, headerLen)
	}
	r.wire = binary.BigEndian.AppendUint16(r.wire, r.rtype)
	r.wire = binary.BigEndian.AppendUint16(r.wire, dns.ClassINET)
	r.wire = binary.BigEndian.AppendUint32(r.wire, ttl)
	length := len(r.wire)
	r.wire = append(r.wire, 0, 0)
	data()
	binary.BigEndian.PutUint16(r.wire[length:], uint16(len(r.wire)-length-2))
	r.count++
}

// name appends a name inside RDATA, compressed against the origin when it lies in the zone.
func (r *rrset) name(wire, origin string) {
	below, in := relative(wire, origin)
	if !in {
		r.wire = append(append(r.wire, wire...), 0)
		return
	}
	r.wire = append(r.wire, below...)
	r.pointers = append(r.pointers, len(r.wire))
	r.wire = append(r.wire, 0xC0, 0)
}

// soa is the start of authority, RFC 1035 §3.3.13.
type soa struct {
	mname, rname                            string // wire
	serial, refresh, retry, expire, minimum uint32
}

func soaSet(own owner, ttl uint32, s soa, origin string) rrset {
	r := rrset{rtype: dns.TypeSOA}
	r.add(own, ttl, func() {
		r.name(s.mname, origin)
		r.name(s.rname, origin)
		for _, v := range [...]uint32{s.serial, s.refresh, s.retry, s.expire, s.minimum} {
			r.wire = binary.BigEndian.AppendUint32(r.wire, v)
		}
	})
	return r
}

func nsSet(ttl uint32, hosts []string, origin string) rrset {
	r := rrset{rtype: dns.TypeNS}
	for _, h := range hosts {
		r.add(ownerQuestion, ttl, func() { r.name(h, origin) })
	}
	return r
}

// mxSet prefers the hosts in the order given: 10, 20 ...
func mxSet(ttl uint32, hosts []string, origin string) rrset {
	r := rrset{rtype: dns.TypeMX}
	for i, h := range hosts {
		r.add(ownerQuestion, ttl, func() {
			r.wire = binary.BigEndian.AppendUint16(r.wire, preference(i))
			r.name(h, origin)
		})
	}
	return r
}

func preference(i int) uint16 { return uint16(10 * (i + 1)) }

// addressSets gives the A and AAAA sets of the addresses, without empty ones.
func addressSets(ttl uint32, addrs []netip.Addr) []rrset {
	a, aaaa := rrset{rtype: dns.TypeA}, rrset{rtype: dns.TypeAAAA}
	for _, addr := range addrs {
		r := &aaaa
		if addr.Is4() {
			r = &a
		}
		r.add(ownerQuestion, ttl, func() { r.wire = append(r.wire, addr.AsSlice()...) })
	}
	var sets []rrset
	for _, r := range []rrset{a, aaaa} {
		if r.count > 0 {
			sets = append(sets, r)
		}
	}
	return sets
}

// txtRecord prepares the one TXT record of an entry, its text split at 255 octets (RFC 1035
// §3.3.14). Readers join the strings without blanks (RFC 8460 §3).
func txtRecord(ttl uint32, text string) (string, error) {
	if len(text) > maxTXT {
		return "", fmt.Errorf("%w: text of %d octets", ErrEntry, len(text))
	}
	r := rrset{rtype: dns.TypeTXT}
	r.add(ownerQuestion, ttl, func() {
		for part := range characterStrings(text) {
			r.wire = append(append(r.wire, byte(len(part))), part...)
		}
	})
	return string(r.wire), nil
}

// recordText is the reverse of txtRecord.
func recordText(record string) (ttl uint32, text string) {
	ttl = binary.BigEndian.Uint32([]byte(record[6:10]))
	var b strings.Builder
	for data := record[12:]; len(data) > 0; {
		n := 1 + int(data[0])
		b.WriteString(data[1:n])
		data = data[n:]
	}
	return ttl, b.String()
}

// characterStrings yields the text in parts of 255 octets, and one empty part for an empty text.
func characterStrings(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > 255 {
			if !yield(text[:255]) {
				return
			}
			text = text[255:]
		}
		yield(text)
	}
}
