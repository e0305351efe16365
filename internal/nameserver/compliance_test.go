package nameserver

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

// probe is one query of RFC 8906 §8, as ISC's compliance tester sends it. Header flags: AA 0x400,
// TC 0x200, RD 0x100, RA 0x80, Z 0x40, AD 0x20, CD 0x10.
type probe struct {
	name    string
	flags   uint16
	qtype   uint16 // 0: header only
	edns    bool
	size    uint16
	version byte
	eflags  uint16
	options []byte
}

func complianceProbes() []probe {
	cookie := option(10, 1, 2, 3, 4, 5, 6, 7, 8)
	nsid, subnet, expire, unknown := option(3), option(8, 0, 1, 0, 0), option(9), option(100)
	soa, dnskey := dns.TypeSOA, dns.TypeDNSKEY
	probes := []probe{
		{name: "dns", qtype: soa},
		{name: "aa", flags: 0x400, qtype: soa},
		{name: "ad", flags: 0x20, qtype: soa},
		{name: "cd", flags: 0x10, qtype: soa},
		{name: "ra", flags: 0x80, qtype: soa},
		{name: "rd", flags: 0x100, qtype: soa},
		{name: "tc", flags: 0x200, qtype: soa},
		{name: "zflag", flags: 0x40, qtype: soa},
		{name: "opcode", flags: 15 << 11},
		{name: "opcodeflg", flags: 15<<11 | 0x7F0},
		{name: "type666", qtype: 666},
		{name: "edns", qtype: soa, edns: true, size: 4096},
		{name: "edns1", qtype: soa, edns: true, size: 4096, version: 1},
		{name: "edns@512", qtype: dnskey, edns: true, size: 512},
		{name: "ednsopt", qtype: soa, edns: true, size: 4096, options: unknown},
		{name: "edns1opt", qtype: soa, edns: true, size: 4096, version: 1, options: unknown},
		{name: "do", qtype: soa, edns: true, size: 4096, eflags: 0x8000},
		{name: "docd", flags: 0x10, qtype: soa, edns: true, size: 4096, eflags: 0x8000},
		{name: "edns1do", qtype: soa, edns: true, size: 4096, version: 1, eflags: 0x8000},
		{name: "ednsflags", qtype: soa, edns: true, size: 4096, eflags: 0x80},
		{name: "optlist", qtype: soa, edns: true, size: 4096, options: join(nsid, subnet, expire, cookie)},
		{name: "ednsnsid", qtype: soa, edns: true, size: 4096, options: nsid},
		{name: "ednscookie", qtype: soa, edns: true, size: 4096, options: cookie},
		{name: "ednsexpire", qtype: soa, edns: true, size: 4096, options: expire},
		{name: "ednssubnet", qtype: soa, edns: true, size: 4096, options: subnet},
		{name: "edns1nsid", qtype: soa, edns: true, size: 4096, version: 1, options: nsid},
		{name: "edns1cookie", qtype: soa, edns: true, size: 4096, version: 1, options: cookie},
		{name: "edns1expire", qtype: soa, edns: true, size: 4096, version: 1, options: expire},
		{name: "edns1subnet", qtype: soa, edns: true, size: 4096, version: 1, options: subnet},
		{name: "ednsdo512", qtype: dnskey, edns: true, size: 512, eflags: 0x8000},
		{name: "bind11", qtype: soa, edns: true, size: 4096, eflags: 0x8000, options: cookie},
		{name: "dig11", flags: 0x120, qtype: soa, edns: true, size: 4096, options: cookie},
	}
	for qtype := range uint16(263) {
		if qtype > 0 && qtype != dns.TypeAXFR && qtype != dns.TypeIXFR {
			probes = append(probes, probe{name: "type " + dns.Type(qtype).String(), qtype: qtype})
		}
	}
	return probes
}

func (p probe) bytes() []byte {
	msg := packet{flags: p.flags}
	if p.qtype > 0 {
		msg.qd, msg.body = 1, asks(testOrigin, p.qtype)
	}
	if p.edns {
		msg.ar = 1
		msg.body = join(msg.body, opt(p.size, uint32(p.version)<<16|uint32(p.eflags), p.options...))
	}
	return msg.bytes()
}

// fault names what is wrong with the reply, "" for nothing.
func (p probe) fault(m *dns.Msg) string {
	o := m.IsEdns0()
	opcode := int(p.flags >> 11)
	want := "NOERROR"
	switch {
	case opcode != 0:
		want = "NOTIMP"
	case p.version > 0:
		want = "BADVERS"
	}
	hasSOA := len(m.Answer) == 1 && m.Answer[0].Header().Rrtype == dns.TypeSOA
	switch {
	case rcodeOf(m) != want || m.Opcode != opcode:
		return rcodeOf(m)
	case opcode != 0 && len(m.Question)+len(m.Answer)+len(m.Ns)+len(m.Extra) > 0:
		return "sections"
	case m.Authoritative != (want == "NOERROR"):
		return "aa"
	case m.RecursionDesired != (p.flags&0x100 != 0 && opcode == 0):
		return "rd"
	case m.RecursionAvailable || m.Zero || m.AuthenticatedData || m.CheckingDisabled || m.Truncated:
		return "flags"
	case p.qtype == dns.TypeSOA && hasSOA != (want == "NOERROR"):
		return "soa"
	case (o != nil) != p.edns:
		return "opt"
	case o == nil:
		return ""
	case o.Version() != 0 || o.Hdr.Ttl&0x7FFF != 0 || o.Do() != (p.eflags&0x8000 != 0):
		return "mbz"
	}
	for _, opt := range o.Option {
		if got, ok := opt.(*dns.EDNS0_COOKIE); !ok || len(got.Cookie) != 48 || got.Cookie[:16] != "0102030405060708" {
			return "echoed"
		}
	}
	return ""
}

// Every probe, over both transports and both families.
func TestCompliance(t *testing.T) {
	t.Parallel()
	for _, addr := range listenBoth(t) {
		for _, network := range []string{"udp", "tcp"} {
			c := dial(t, network, addr)
			for _, p := range complianceProbes() {
				c.write(framed(p.bytes(), c.tcp()))
				if f := p.fault(c.receive()); f != "" {
					t.Errorf("%s over %s at %v: %s", p.name, network, addr, f)
				}
			}
		}
	}
}

// listenBoth serves on IPv4 and, where the machine has it, IPv6.
func listenBoth(t *testing.T) []netip.AddrPort {
	t.Helper()
	s, _ := serve(t, testZone(t), Options{})
	addrs := []netip.AddrPort{s.Addr()}
	s6, err := Listen(t.Context(), "[::1]:0", Options{})
	if err != nil {
		t.Log("no IPv6 here:", err)
		return addrs
	}
	s6.SetZone(testZone(t))
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error, 1)
	go func() { end <- s6.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-end; err != nil {
			t.Error(err)
		}
	})
	return append(addrs, s6.Addr())
}

func TestStats(t *testing.T) {
	t.Parallel()
	s, stop := serve(t, testZone(t), Options{})
	for _, c := range []struct {
		name  string
		qtype uint16
	}{{testOwner, dns.TypeTXT}, {testOwner, dns.TypeAAAA}, {"x." + testOrigin, 666}, {"example.com", dns.TypeA}, {"huge.example._smtp._tls.huge0000000a." + testOrigin, dns.TypeTXT}} {
		exchange(t, "udp", s.Addr(), question(c.name, c.qtype))
	}
	udp := dial(t, "udp", s.Addr())
	udp.write([]byte("short"))
	udp.write(packet{flags: 0x8000, qd: 1, body: asks(testOwner, 16)}.bytes())
	udp.write(packet{qd: 7}.bytes())
	udp.receive()
	udp.write(packet{qd: 1, ar: 1, body: join(asks(testOwner, 16), opt(512, 1<<16))}.bytes())
	udp.receive()
	if err := stop(); err != nil {
		t.Error(err)
	}
	st := s.Stats()
	got := fmt.Sprint(st.UDP, st.TCP, st.Queries, st.Answers, st.Truncated, st.Ignored, st.TCPOpen)
	if want := "7 0 map[A:1 AAAA:1 TXT:3 other:2] map[BADVERS:1 FORMERR:1 NOERROR:3 NXDOMAIN:1 REFUSED:1] 1 2 0"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
