package nameserver

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// withOPT adds an OPT record to a query.
func withOPT(m *dns.Msg, size uint16, options ...dns.EDNS0) *dns.Msg {
	m.SetEdns0(size, false)
	m.IsEdns0().Option = options
	return m
}

func TestOPT(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	cookie := &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0102030405060708"}
	flags := func(version, z uint32) []byte {
		return packet{qd: 1, ar: 1, body: join(asks(testOwner, dns.TypeTXT), opt(4096, version<<16|z))}.bytes()
	}
	pack := func(m *dns.Msg) []byte { p, _ := m.Pack(); return p }
	for _, c := range []struct {
		name string
		in   []byte
		tcp  bool
		want string // flags and options of the reply's OPT
	}{
		{"no OPT", pack(question(testOwner, dns.TypeTXT)), false, "none"},
		{"plain", pack(withOPT(question(testOwner, dns.TypeTXT), 4096)), false, "1232"},
		{"NODATA", pack(withOPT(question(testOwner, dns.TypeA), 4096)), false, "1232"},
		{"NXDOMAIN", pack(withOPT(question("x."+testOrigin, dns.TypeA), 4096)), false, "1232"},
		{"REFUSED", pack(withOPT(question("example.com", dns.TypeA), 4096)), false, "1232"},
		{"size 0", pack(withOPT(question(testOwner, dns.TypeTXT), 0)), false, "1232"},
		{"DO", flags(0, 0x8000), false, "1232 do"},
		{"unknown flags", flags(0, 0x7FFF), false, "1232"},
		{"version 1", flags(1, 0), false, "1232"},
		{"version 1 with DO", flags(1, 0x8000), false, "1232 do"},
		{"unknown option", pack(withOPT(question(testOwner, dns.TypeTXT), 4096, &dns.EDNS0_LOCAL{Code: 100, Data: []byte("x")})), false, "1232"},
		{"NSID", pack(withOPT(question(testOwner, dns.TypeTXT), 4096, &dns.EDNS0_NSID{Code: dns.EDNS0NSID})), false, "1232"},
		{"client subnet", pack(withOPT(question(testOwner, dns.TypeTXT), 4096, &dns.EDNS0_SUBNET{Code: dns.EDNS0SUBNET, Family: 1, SourceNetmask: 24, Address: []byte{192, 0, 2, 0}})), false, "1232"},
		{"expire", pack(withOPT(question(testOrigin, dns.TypeSOA), 4096, &dns.EDNS0_EXPIRE{Code: dns.EDNS0EXPIRE, Empty: true})), false, "1232"},
		{"padding", pack(withOPT(question(testOwner, dns.TypeTXT), 4096, &dns.EDNS0_PADDING{Padding: make([]byte, 40)})), false, "1232"},
		{"keepalive over UDP", pack(withOPT(question(testOwner, dns.TypeTXT), 4096, &dns.EDNS0_TCP_KEEPALIVE{Code: dns.EDNS0TCPKEEPALIVE})), false, "1232"},
		{"keepalive over TCP", pack(withOPT(question(testOwner, dns.TypeTXT), 4096, &dns.EDNS0_TCP_KEEPALIVE{Code: dns.EDNS0TCPKEEPALIVE})), true, "1232 keepalive=100"},
		{"cookie", pack(withOPT(question(testOwner, dns.TypeTXT), 4096, cookie)), false, "1232 cookie"},
		{"cookie with NXDOMAIN", pack(withOPT(question("x."+testOrigin, dns.TypeTXT), 4096, cookie)), false, "1232 cookie"},
	} {
		tr := testTransport()
		tr.TCP, tr.Idle = c.tcp, 10*time.Second
		if got := optOf(t, unpack(t, z.Answer(nil, c.in, tr))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// optOf describes the OPT record of a reply.
func optOf(t *testing.T, m *dns.Msg) string {
	t.Helper()
	o := m.IsEdns0()
	if o == nil {
		return "none"
	}
	if o.Version() != 0 || o.Hdr.Ttl&0x7FFF != 0 || o.Hdr.Name != "." {
		t.Errorf("OPT %v", o)
	}
	words := []string{"1232"}
	if o.UDPSize() != 1232 {
		words[0] = "other size"
	}
	if o.Do() {
		words = append(words, "do")
	}
	for _, option := range o.Option {
		switch option := option.(type) {
		case *dns.EDNS0_COOKIE:
			words = append(words, "cookie")
		case *dns.EDNS0_TCP_KEEPALIVE:
			words = append(words, fmt.Sprintf("keepalive=%d", option.Timeout))
		default:
			words = append(words, option.String())
		}
	}
	return strings.Join(words, " ")
}

func TestTruncation(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	long, huge := "long.example._smtp._tls.long0000000a."+testOrigin, "huge.example._smtp._tls.huge0000000a."+testOrigin
	for _, c := range []struct {
		name  string
		size  int // of EDNS, -1 for none
		tcp   bool
		limit int
		cut   bool
	}{
		{testOwner, -1, false, 512, false},
		{testOwner, 0, false, 512, false},
		{testOwner, 12, false, 512, false},
		{long, -1, false, 512, true},
		{long, 0, false, 512, true},
		{long, 12, false, 512, true},
		{long, 511, false, 512, true},
		{long, 512, false, 512, true},
		{long, 690, false, 690, true},
		{long, 1232, false, 1232, false},
		{long, 65535, false, 1232, false},
		{long, -1, true, 65535, false},
		{huge, 1232, false, 1232, true},
		{huge, 65535, false, 1232, true},
		{huge, 512, true, 65535, false},
		{huge, -1, true, 65535, false},
	} {
		m := question(c.name, dns.TypeTXT)
		if c.size >= 0 {
			withOPT(m, uint16(c.size))
		}
		packed, _ := m.Pack()
		tr := testTransport()
		tr.TCP = c.tcp
		out := z.Answer(nil, packed, tr)
		r := unpack(t, out)
		if len(out) > c.limit || r.Truncated != c.cut || (len(r.Answer) == 0) != c.cut || r.Rcode != dns.RcodeSuccess || (r.IsEdns0() != nil) != (c.size >= 0) {
			t.Errorf("%.4s size %d tcp %v: %d octets, TC %v, %d answers", c.name, c.size, c.tcp, len(out), r.Truncated, len(r.Answer))
		}
	}
}

// The exact limit: one octet less truncates.
func TestTruncationBoundary(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	name := "long.example._smtp._tls.long0000000a." + testOrigin
	size := func(edns uint16) int {
		packed, _ := withOPT(question(name, dns.TypeTXT), edns).Pack()
		return len(z.Answer(nil, packed, testTransport()))
	}
	full := size(1232)
	if got := size(uint16(full)); got != full {
		t.Errorf("size %d: %d octets", full, got)
	}
	if got := size(uint16(full - 1)); got >= full {
		t.Errorf("size %d: %d octets", full-1, got)
	}
}

func TestLongTextJoins(t *testing.T) {
	t.Parallel()
	tr := testTransport()
	tr.TCP = true
	r := ask(t, testZone(t), question("huge.example._smtp._tls.huge0000000a."+testOrigin, dns.TypeTXT), tr)
	parts := r.Answer[0].(*dns.TXT).Txt
	if strings.Join(parts, "") != longText(2000) || len(parts) != 8 || len(parts[0]) != 255 {
		t.Error(len(parts), parts)
	}
}

// RFC 9018 appendix A.1, A.3 and A.4.
func TestServerCookieVectors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		secret, client, ip string
		at                 int64
		want               string
	}{
		{"e5e973e5a6b2a43f48e7dc849e37bfcf", "2464c4abcf10c957", "198.51.100.100", 1559731985, "010000005cf79f111f8130c3eee29480"},
		{"e5e973e5a6b2a43f48e7dc849e37bfcf", "fc93fc62807ddb86", "203.0.113.203", 1559734700, "010000005cf7a9acf73a7810aca2381e"},
		{"445536bcd2513298075a5d379663c962", "22681ab97d52c298", "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741961, "010000005cf7c609a6bb79d16625507a"},
	} {
		tr := Transport{Client: netip.MustParseAddr(c.ip), Now: time.Unix(c.at, 0), CookieSecret: unhex(c.secret)}
		client := [clientCookieLen]byte(unhex(c.client))
		if got := hex.EncodeToString(appendServerCookie(nil, &client, &tr)); got != c.want {
			t.Errorf("%s: %s, want %s", c.ip, got, c.want)
		}
	}
}

func unhex(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}

func TestSipHashVector(t *testing.T) {
	t.Parallel()
	var key, data [16]byte
	for i := range key {
		key[i], data[i] = byte(i), byte(i)
	}
	if got := sipHash(key[:], data[:15]); got != 0xa129ca6149be45e5 {
		t.Errorf("%x", got)
	}
}

// A cookie that was given is good for the same client, secret and hour only.
func TestCookieState(t *testing.T) {
	t.Parallel()
	given := testTransport()
	client := [clientCookieLen]byte{1, 2, 3, 4, 5, 6, 7, 8}
	cookie := appendServerCookie(client[:], &client, &given)
	edit := func(change func(c []byte)) []byte {
		c := []byte(string(cookie))
		change(c)
		return c
	}
	for _, c := range []struct {
		name   string
		cookie []byte
		tr     func(tr *Transport)
		want   cookieState
	}{
		{"same", cookie, nil, cookieGood},
		{"over TCP", cookie, func(tr *Transport) { tr.TCP = true }, cookieGood},
		{"IPv4 in IPv6", cookie, func(tr *Transport) { tr.Client = netip.MustParseAddr("::ffff:198.51.100.7") }, cookieGood},
		{"client cookie only", client[:], nil, cookieFresh},
		{"an hour old", cookie, func(tr *Transport) { tr.Now = tr.Now.Add(time.Hour) }, cookieGood},
		{"older", cookie, func(tr *Transport) { tr.Now = tr.Now.Add(time.Hour + time.Second) }, cookieWrong},
		{"from 5 minutes ahead", cookie, func(tr *Transport) { tr.Now = tr.Now.Add(-5 * time.Minute) }, cookieGood},
		{"from further ahead", cookie, func(tr *Transport) { tr.Now = tr.Now.Add(-5*time.Minute - time.Second) }, cookieWrong},
		{"other address", cookie, func(tr *Transport) { tr.Client = netip.MustParseAddr("198.51.100.8") }, cookieWrong},
		{"other secret", cookie, func(tr *Transport) { tr.CookieSecret = []byte("another secret..") }, cookieWrong},
		{"no secret", cookie, func(tr *Transport) { tr.CookieSecret = nil }, cookieWrong},
		{"other client cookie", edit(func(c []byte) { c[0]++ }), nil, cookieWrong},
		{"other version", edit(func(c []byte) { c[8]++ }), nil, cookieWrong},
		{"reserved octet", edit(func(c []byte) { c[9]++ }), nil, cookieWrong},
		{"other time", edit(func(c []byte) { c[15]++ }), nil, cookieWrong},
		{"other hash", edit(func(c []byte) { c[23]++ }), nil, cookieWrong},
		{"too long", append(edit(func([]byte) {}), 0), nil, cookieWrong},
	} {
		tr := given
		if c.tr != nil {
			c.tr(&tr)
		}
		var got [clientCookieLen]byte
		if state, ok := readCookie(&got, c.cookie, &tr); state != c.want || !ok {
			t.Errorf("%s: %v, want %v", c.name, state, c.want)
		}
	}
}

// A client that was given a cookie shows it and is given one again; its address without it does not
// make it good.
func TestCookieExchange(t *testing.T) {
	t.Parallel()
	z, tr := testZone(t), testTransport()
	given := func(cookie string) string {
		m := withOPT(question(testOwner, dns.TypeTXT), 1232, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: cookie})
		r := ask(t, z, m, tr)
		if len(r.Answer) != 1 {
			t.Fatal(r)
		}
		return r.IsEdns0().Option[0].(*dns.EDNS0_COOKIE).Cookie
	}
	first := given("0102030405060708")
	if len(first) != 48 || !strings.HasPrefix(first, "0102030405060708") {
		t.Fatal(first)
	}
	if again := given(first); again != first {
		t.Error("at the same second:", again)
	}
	tr.Now = tr.Now.Add(2 * time.Hour)
	if late := given(first); late == first {
		t.Error("an old cookie was given again")
	}
}
