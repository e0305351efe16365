package dnscheck

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/hosted"
)

func TestUnescape(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{`plain`, "plain"}, {`a\"b`, `a"b`}, {`a\\;b`, `a\;b`}, {`\000\255`, "\x00\xff"}, {`\0651`, "A1"},
		{`\`, `\`}, {`\12`, "12"}, {`\999`, "999"}, {`\;`, ";"},
	} {
		if got := unescape(c.in); got != c.want {
			t.Errorf("unescape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzReply takes any bytes for the reply of a server and reads everything
// from them that a check reads.
func FuzzReply(f *testing.F) {
	const owner = "_smtp._tls.example.test"
	p, err := query{name: owner, qtype: dns.TypeTXT, lower: true}.packet()
	if err != nil {
		f.Fatal(err)
	}
	p.wire[0], p.wire[1] = 0, 1
	asked := new(dns.Msg)
	if err := asked.Unpack(p.wire); err != nil {
		f.Fatal(err)
	}
	for _, lines := range [][]string{
		{owner + `. 60 CNAME x.test.`, `x.test. 60 TXT "v=TLSRPTv1; rua=mailto:a@x.test" "\255\000"`},
		{owner + `. 60 TXT "a"`, owner + `. 60 CNAME ` + owner + `.`},
		{`_tls.example.test. 60 NS ns._tls.example.test.`, `ns._tls.example.test. 60 A 192.0.2.1`, `example.test. 60 MX 0 .`},
		{`example.test. 60 SOA a. b. 1 2 3 4 5`},
	} {
		m := new(dns.Msg)
		m.SetReply(asked)
		m.Answer = rrs(f, lines)
		seed(f, m)
		m.Answer, m.Ns, m.Extra = nil, m.Answer, m.Answer
		seed(f, m)
	}
	f.Add([]byte{0, 1, 0x80, 0})
	f.Fuzz(func(t *testing.T, wire []byte) {
		m, err := p.answer(wire)
		if err != nil {
			return
		}
		var a ServerAnswer
		a.read(owner, reply{msg: m})
		a.notAuthoritative(m)
		for i, text := range a.TXT {
			if !utf8.ValidString(text) || strings.Contains(text, "\x00") || i >= len(a.Strings) {
				t.Fatalf("text %q", text)
			}
		}
		mxOf(m)
		parentZone("example.test", m)
		if ref := referralIn(m, "example.test", owner); ref != nil && (ref.cut == "example.test" || !below(owner, ref.cut)) {
			t.Fatalf("referral to %q", ref.cut)
		}
		o := Observation{Domain: "example.test", Servers: []ServerAnswer{a}}
		o.Servers[0].Kind = Authoritative
		if r := Judge(hosted.Zone{Name: "tls.test", ReportDomain: "rpt.test"}, o, Expect{Token: "k7m2q9x4w1ab"}, State{}); r.Proven {
			t.Fatal("proven without a sibling")
		}
	})
}

func rrs(f *testing.F, lines []string) []dns.RR {
	f.Helper()
	var out []dns.RR
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, rr)
	}
	return out
}

func seed(f *testing.F, m *dns.Msg) {
	f.Helper()
	wire, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wire)
}
