package nameserver

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// packet is a raw message: header counts and sections as given, whatever they are.
type packet struct {
	flags          uint16
	qd, an, ns, ar uint16
	body           []byte
}

func (p packet) bytes() []byte {
	out := []byte{0xAB, 0xCD}
	for _, v := range []uint16{p.flags, p.qd, p.an, p.ns, p.ar} {
		out = binary.BigEndian.AppendUint16(out, v)
	}
	return append(out, p.body...)
}

// asks is the question section for a name and type IN.
func asks(name string, qtype uint16) []byte {
	wire := make([]byte, 512)
	n, err := dns.PackDomainName(dns.Fqdn(name), wire, 0, nil, false)
	if err != nil {
		panic(err)
	}
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(wire[:n], qtype), dns.ClassINET)
}

func rawRecord(name []byte, rtype, class uint16, ttl uint32, data []byte) []byte {
	out := slices.Clone(name)
	out = binary.BigEndian.AppendUint16(out, rtype)
	out = binary.BigEndian.AppendUint16(out, class)
	out = binary.BigEndian.AppendUint32(out, ttl)
	out = binary.BigEndian.AppendUint16(out, uint16(len(data)))
	return append(out, data...)
}

func opt(size uint16, ttl uint32, options ...byte) []byte {
	return rawRecord([]byte{0}, dns.TypeOPT, size, ttl, options)
}

// option is one EDNS option.
func option(code uint16, data ...byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, code)
	return append(binary.BigEndian.AppendUint16(out, uint16(len(data))), data...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// rcodeOf gives the extended rcode of a reply.
func rcodeOf(m *dns.Msg) string {
	if m.Rcode == dns.RcodeBadVers {
		return "BADVERS"
	}
	return dns.RcodeToString[m.Rcode]
}

// Bad-input catalogue, DNS packets D1 to D17. "silence" is no reply at all.
func TestHostilePackets(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	txt := asks(testOwner, dns.TypeTXT)
	soa := asks(testOrigin, dns.TypeSOA)
	cookie := option(10, 1, 2, 3, 4, 5, 6, 7, 8)
	nameThen := func(wire ...byte) []byte { return append(wire, 0, 16, 0, 1) }
	longLabel := append([]byte{64}, strings.Repeat("a", 64)...)
	longName := slices.Concat(slices.Repeat(append([]byte{63}, strings.Repeat("a", 63)...), 4), []byte{0})
	longest := slices.Concat(slices.Repeat(append([]byte{63}, strings.Repeat("a", 63)...), 3), append([]byte{61}, strings.Repeat("a", 61)...), []byte{0})
	tooLong := slices.Concat(slices.Repeat(append([]byte{63}, strings.Repeat("a", 63)...), 3), append([]byte{62}, strings.Repeat("a", 62)...), []byte{0})
	pointer := []byte{0xC0, 12}
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"D1 nothing", nil, "silence"},
		{"D1 11 octets", packet{}.bytes()[:11], "silence"},
		{"D2 header only", packet{}.bytes(), "FORMERR"},
		{"D2 no question, OPT", packet{ar: 1, body: opt(1232, 0)}.bytes(), "FORMERR"},
		{"D2 no question, cookie", packet{ar: 1, body: opt(1232, 0, cookie...)}.bytes(), "NOERROR"},
		{"D2 two questions", packet{qd: 2, body: join(txt, txt)}.bytes(), "FORMERR"},
		{"D2 65535 questions", packet{qd: 65535, body: txt}.bytes(), "FORMERR"},
		{"D3 response", packet{flags: 0x8000, qd: 1, body: txt}.bytes(), "silence"},
		{"D3 response, error", packet{flags: 0x8001, qd: 1, body: txt}.bytes(), "silence"},
		{"D3 response to opcode 15", packet{flags: 0xF800}.bytes(), "silence"},
		{"D4 IQUERY", packet{flags: 1 << 11, qd: 1, body: txt}.bytes(), "NOTIMP"},
		{"D4 STATUS", packet{flags: 2 << 11, qd: 1, body: txt}.bytes(), "NOTIMP"},
		{"D4 opcode 3", packet{flags: 3 << 11, qd: 1, body: txt}.bytes(), "NOTIMP"},
		{"D4 NOTIFY", packet{flags: 4 << 11, qd: 1, body: soa}.bytes(), "NOTIMP"},
		{"D4 UPDATE", packet{flags: 5 << 11, qd: 1, body: soa}.bytes(), "NOTIMP"},
		{"D4 opcode 6", packet{flags: 6 << 11, qd: 1, body: txt}.bytes(), "NOTIMP"},
		{"D4 opcode 15, header only", packet{flags: 15 << 11}.bytes(), "NOTIMP"},
		{"D4 opcode 15, all flags", packet{flags: 15<<11 | 0x07F0}.bytes(), "NOTIMP"},
		{"D5 all flags", packet{flags: 0x07F0, qd: 1, body: txt}.bytes(), "NOERROR"},
		{"D5 all flags, rcode set", packet{flags: 0x07FF, qd: 1, body: txt}.bytes(), "NOERROR"},
		{"D6 pointer to itself", packet{qd: 1, body: nameThen(0xC0, 12)}.bytes(), "FORMERR"},
		{"D6 pointer forward", packet{qd: 1, body: nameThen(0xC0, 14)}.bytes(), "FORMERR"},
		{"D6 pointer past the end", packet{qd: 1, body: nameThen(0xFF, 0xFF)}.bytes(), "FORMERR"},
		{"D6 pointer into the header", packet{qd: 1, body: nameThen(0xC0, 0)}.bytes(), "FORMERR"},
		{"D6 pointer after a label", packet{qd: 1, body: nameThen(1, 'a', 0xC0, 12)}.bytes(), "FORMERR"},
		{"D6 pointer in additional, loop", packet{qd: 1, ar: 1, body: join(txt, []byte{0xC0, byte(12 + len(txt))}, make([]byte, 10))}.bytes(), "FORMERR"},
		{"D6 pointer in additional, header", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{0xC0, 4}, 1, 1, 0, nil))}.bytes(), "FORMERR"},
		{"D6 pointer in additional, good", packet{qd: 1, ar: 1, body: join(txt, rawRecord(pointer, 1, 1, 0, []byte{1, 2, 3, 4}))}.bytes(), "NOERROR"},
		{"D6 pointer in additional, forward", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{0xC0, byte(12 + len(txt) + 12)}, 1, 1, 0, []byte{0, 0}))}.bytes(), "FORMERR"},
		{"D6 pointer cut off", packet{qd: 1, ar: 1, body: join(txt, []byte{0xC0})}.bytes(), "FORMERR"},
		{"D7 label of 64", packet{qd: 1, body: nameThen(append(longLabel, 0)...)}.bytes(), "FORMERR"},
		{"D7 label type 0x80", packet{qd: 1, body: nameThen(0x80, 'a', 0)}.bytes(), "FORMERR"},
		{"D7 name of 257", packet{qd: 1, body: nameThen(longName...)}.bytes(), "FORMERR"},
		{"D7 name of 256", packet{qd: 1, body: nameThen(tooLong...)}.bytes(), "FORMERR"},
		{"D7 name of 255", packet{qd: 1, body: nameThen(longest...)}.bytes(), "REFUSED"},
		{"D7 127 labels", packet{qd: 1, body: nameThen(append(bytes.Repeat([]byte{1, 'a'}, 127), 0)...)}.bytes(), "REFUSED"},
		{"D7 128 labels", packet{qd: 1, body: nameThen(append(bytes.Repeat([]byte{1, 'a'}, 128), 0)...)}.bytes(), "FORMERR"},
		{"D7 root", packet{qd: 1, body: nameThen(0)}.bytes(), "REFUSED"},
		{"D7 name without end", packet{qd: 1, body: []byte{3, 'a', 'b', 'c'}}.bytes(), "FORMERR"},
		{"D7 label cut off", packet{qd: 1, body: []byte{3, 'a', 'b'}}.bytes(), "FORMERR"},
		{"D7 type cut off", packet{qd: 1, body: []byte{1, 'a', 0, 0, 16, 0}}.bytes(), "FORMERR"},
		{"D8 two OPTs", packet{qd: 1, ar: 2, body: join(txt, opt(1232, 0), opt(1232, 0))}.bytes(), "FORMERR"},
		{"D8 OPT in answer", packet{qd: 1, an: 1, body: join(txt, opt(1232, 0))}.bytes(), "FORMERR"},
		{"D8 OPT in authority", packet{qd: 1, ns: 1, body: join(txt, opt(1232, 0))}.bytes(), "FORMERR"},
		{"D8 OPT with a name", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{1, 'a', 0}, 41, 1232, 0, nil))}.bytes(), "FORMERR"},
		{"D8 OPT with a pointer to the root", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{0xC0, byte(12 + len(txt) - 5)}, 41, 1232, 0, nil))}.bytes(), "FORMERR"},
		{"D8 OPT longer than the message", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, cookie...)[:15])}.bytes(), "FORMERR"},
		{"D8 option longer than the OPT", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, 0, 10, 0, 200, 1))}.bytes(), "FORMERR"},
		{"D8 option cut off", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, 0, 10, 0))}.bytes(), "FORMERR"},
		{"D8 version 1", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 1<<16))}.bytes(), "BADVERS"},
		{"D8 version 255", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 255<<16))}.bytes(), "BADVERS"},
		{"D8 version 1, odd options", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 1<<16, 1, 2, 3))}.bytes(), "BADVERS"},
		{"D8 version 1, trailing octet", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 1<<16), []byte{0})}.bytes(), "FORMERR"},
		{"D8 all flags", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0xFFFF))}.bytes(), "NOERROR"},
		{"D8 extended rcode set", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0xFF<<24))}.bytes(), "NOERROR"},
		{"D8 200 options", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, slices.Repeat(option(100, 1), 200)...))}.bytes(), "NOERROR"},
		{"D9 cookie of 0", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(10)...))}.bytes(), "FORMERR"},
		{"D9 cookie of 7", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(10, make([]byte, 7)...)...))}.bytes(), "FORMERR"},
		{"D9 cookie of 8", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(10, make([]byte, 8)...)...))}.bytes(), "NOERROR"},
		{"D9 cookie of 9", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(10, make([]byte, 9)...)...))}.bytes(), "FORMERR"},
		{"D9 cookie of 15", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(10, make([]byte, 15)...)...))}.bytes(), "FORMERR"},
		{"D9 cookie of 16", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(10, make([]byte, 16)...)...))}.bytes(), "NOERROR"},
		{"D9 cookie of 40", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(10, make([]byte, 40)...)...))}.bytes(), "NOERROR"},
		{"D9 cookie of 41", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(10, make([]byte, 41)...)...))}.bytes(), "FORMERR"},
		{"D9 second cookie does not count", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, join(cookie, option(10, 1))...))}.bytes(), "NOERROR"},
		{"D9 wrong server cookie without question", packet{ar: 1, body: opt(1232, 0, option(10, make([]byte, 24)...)...)}.bytes(), "BADCOOKIE"},
		{"D10 ECS malformed", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, option(8, 0, 9, 255, 255, 1)...))}.bytes(), "NOERROR"},
		{"D10 NSID, EXPIRE, KEEPALIVE, PADDING", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0, join(option(3), option(9), option(11, 1, 2), option(12, make([]byte, 99)...))...))}.bytes(), "NOERROR"},
		{"D12 DO", packet{qd: 1, ar: 1, body: join(txt, opt(1232, 0x8000))}.bytes(), "NOERROR"},
		{"D16 SIG(0)", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{0}, dns.TypeSIG, dns.ClassANY, 0, make([]byte, 40)))}.bytes(), "REFUSED"},
		{"D16 TSIG not last", packet{qd: 1, ar: 2, body: join(txt, rawTSIG(), opt(1232, 0))}.bytes(), "FORMERR"},
		{"D16 two TSIGs", packet{qd: 1, ar: 2, body: join(txt, rawTSIG(), rawTSIG())}.bytes(), "FORMERR"},
		{"D16 TSIG in authority", packet{qd: 1, ns: 1, body: join(txt, rawTSIG())}.bytes(), "FORMERR"},
		{"D16 TSIG", packet{qd: 1, ar: 1, body: join(txt, rawTSIG())}.bytes(), "NOTAUTH"},
		{"D16 OPT and TSIG", packet{qd: 1, ar: 2, body: join(txt, opt(1232, 0), rawTSIG())}.bytes(), "NOTAUTH"},
		{"D16 TSIG class IN", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{1, 'k', 0}, 250, 1, 0, make([]byte, 17)))}.bytes(), "FORMERR"},
		{"D16 TSIG cut off", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{1, 'k', 0}, 250, 255, 0, make([]byte, 16)))}.bytes(), "FORMERR"},
		{"D16 TSIG mac past the end", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{1, 'k', 0}, 250, 255, 0, append(make([]byte, 9), 255, 255, 0, 0, 0, 0, 0, 0)))}.bytes(), "FORMERR"},
		{"D16 TSIG algorithm without end", packet{qd: 1, ar: 1, body: join(txt, rawRecord([]byte{1, 'k', 0}, 250, 255, 0, bytes.Repeat([]byte{63}, 100)))}.bytes(), "FORMERR"},
		{"D17 trailing octet", packet{qd: 1, body: join(txt, []byte{0})}.bytes(), "FORMERR"},
		{"D17 trailing question", packet{qd: 1, body: join(txt, txt)}.bytes(), "FORMERR"},
		{"D21 UPDATE with a record", packet{flags: 5 << 11, qd: 1, ns: 1, body: join(soa, rawRecord(pointer, 16, 1, 60, []byte{1, 'x'}))}.bytes(), "NOTIMP"},
		{"answer section", packet{qd: 1, an: 1, body: join(txt, rawRecord(pointer, 16, 1, 60, []byte{1, 'x'}))}.bytes(), "FORMERR"},
		{"IXFR with its SOA", packet{qd: 1, ns: 1, body: join(asks(testOrigin, 251), rawRecord(pointer, 6, 1, 60, make([]byte, 22)))}.bytes(), "REFUSED"},
		{"answer counted, none there", packet{qd: 1, an: 1, body: txt}.bytes(), "FORMERR"},
		{"two authority records", packet{qd: 1, ns: 2, body: join(txt, slices.Repeat(rawRecord(pointer, 6, 1, 60, make([]byte, 22)), 2))}.bytes(), "FORMERR"},
		{"record cut off", packet{qd: 1, ar: 1, body: join(txt, []byte{0, 0, 41, 4})}.bytes(), "FORMERR"},
		{"counts without records", packet{qd: 1, ar: 2, body: txt}.bytes(), "FORMERR"},
		{"9 additional records", packet{qd: 1, ar: 9, body: join(txt, slices.Repeat(rawRecord([]byte{0}, 1, 1, 0, nil), 9))}.bytes(), "FORMERR"},
	} {
		for _, tcp := range []bool{false, true} {
			tr := testTransport()
			tr.TCP = tcp
			out := z.Answer(nil, c.in, tr)
			got := "silence"
			if out != nil {
				m := unpack(t, out)
				got = rcodeOf(m)
				checkHeader(t, c.name, c.in, m)
			}
			if tcp && strings.Contains(c.name, "KEEPALIVE") {
				c.want = "FORMERR" // RFC 7828 §3.2.1: a client sends no timeout
			}
			if got != c.want {
				t.Errorf("%s (tcp %v): %s, want %s\n%s", c.name, tcp, got, c.want, hex.Dump(c.in))
			}
		}
	}
}

func checkHeader(t *testing.T, name string, in []byte, m *dns.Msg) {
	t.Helper()
	opcode := int(in[2] >> 3 & 0xF)
	switch {
	case m.Id != 0xABCD || !m.Response || m.Opcode != opcode:
		t.Errorf("%s: header %v", name, m.MsgHdr)
	case m.RecursionAvailable || m.Zero || m.AuthenticatedData || m.CheckingDisabled || m.Truncated:
		t.Errorf("%s: flags %v", name, m.MsgHdr)
	case m.RecursionDesired != (opcode == 0 && in[2]&1 == 1):
		t.Errorf("%s: RD %v", name, m.MsgHdr)
	case opcode != 0 && (m.Authoritative || len(m.Question)+len(m.Answer)+len(m.Ns)+len(m.Extra) > 0):
		t.Errorf("%s: more than a header: %v", name, m)
	case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError && len(m.Answer)+len(m.Ns) > 0:
		t.Errorf("%s: data with an error: %v", name, m)
	}
}

// rawTSIG is a signature by a key that nobody knows.
func rawTSIG() []byte {
	algorithm := append([]byte{11}, "hmac-sha256\x00"...)
	data := join(algorithm, []byte{0, 0, 1, 2, 3, 4, 1, 44, 0, 4, 9, 9, 9, 9, 0x12, 0x34, 0, 0, 0, 0})
	return rawRecord(append([]byte{3}, "key\x00"...), dns.TypeTSIG, dns.ClassANY, 0, data)
}

// RFC 8945 §5.2.1 and §5.3.2.
func TestTSIGUnknownKey(t *testing.T) {
	t.Parallel()
	in := packet{qd: 1, ar: 2, body: join(asks(testOwner, dns.TypeTXT), opt(1232, 0), rawTSIG())}.bytes()
	m := unpack(t, testZone(t).Answer(nil, in, testTransport()))
	sig := m.IsTsig()
	if m.Rcode != dns.RcodeNotAuth || sig == nil || m.IsEdns0() == nil || len(m.Question) != 1 {
		t.Fatal(m)
	}
	if sig.Hdr.Name != "key." || sig.Algorithm != dns.HmacSHA256 || sig.Error != dns.RcodeBadKey || sig.MACSize != 0 || sig.OrigId != 0x1234 || sig.Fudge != 300 || sig.TimeSigned != 0x01020304 || sig.OtherLen != 0 {
		t.Error(sig)
	}
}

// D6: names that lead from pointer to pointer, in the largest message that TCP can carry.
// staircase is a message of up to 64 KiB in which every pointer leads to another.
func staircase(size int) []byte {
	body := asks(testOwner, dns.TypeTXT)
	stairs := []byte{0}
	for at := headerLen + len(body) + 11; len(stairs) < size; {
		stairs = binary.BigEndian.AppendUint16(stairs, 0xC000|uint16(at+max(0, len(stairs)-2)))
	}
	last := binary.BigEndian.AppendUint16(nil, 0xC000|uint16(headerLen+len(body)+11+min(len(stairs)-2, 16_000)))
	return packet{qd: 1, ar: 2, body: join(body, rawRecord([]byte{0}, 10, 1, 0, stairs), rawRecord(last, 1, 1, 0, nil))}.bytes()
}

func TestPointerStaircase(t *testing.T) {
	t.Parallel()
	for _, size := range []int{16_000, 65_000} {
		if m := unpack(t, testZone(t).Answer(nil, staircase(size), testTransport())); m.Rcode != dns.RcodeFormatError {
			t.Error(size, m)
		}
	}
}
