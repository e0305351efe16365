package nameserver

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// flood asks n times within d and counts the verdicts.
func flood(l *limiter, client string, start time.Time, n int, d time.Duration) (counts [3]int) {
	addr := netip.MustParseAddr(client)
	for i := range n {
		counts[l.check(addr, start.Add(d*time.Duration(i)/time.Duration(n)))]++
	}
	return counts
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	const rate = 200
	for _, c := range []struct {
		name       string
		n          int
		d          time.Duration
		pass, slip int // -1: a third of what did not pass
	}{
		{"below the rate", 199, time.Second, 199, 0},
		{"one second's answers at once", rate, 0, rate, 0},
		{"at the rate for a minute", rate * 60, time.Minute, rate * 60, 0},
		{"far above, at once", 2000, 0, rate, -1},
		{"far above for a minute", 2000 * 60, time.Minute, 222, -1},
	} {
		got := flood(newLimiter(rate, testNow), "192.0.2.1", testNow, c.n, c.d)
		if c.slip < 0 {
			c.slip = (c.n - c.pass) / slipEvery
		}
		if want := [3]int{c.pass, c.slip, c.n - c.pass - c.slip}; got != want {
			t.Errorf("%s: pass, slip, drop %v, want %v", c.name, got, want)
		}
		if answered := got[pass] + got[slip]; got[drop] > 0 && answered > c.n/2 {
			t.Errorf("%s: %d of %d are answered (G13)", c.name, answered, c.n)
		}
	}
}

// A flood above the rate keeps its prefix shut until it ends; then whole answers come back.
func TestLimiterRecovers(t *testing.T) {
	t.Parallel()
	l := newLimiter(200, testNow)
	flood(l, "192.0.2.1", testNow, 20_000, 10*time.Second)
	now := testNow.Add(10 * time.Second)
	if got := flood(l, "192.0.2.99", now, 100, time.Second); got[pass] != 0 {
		t.Errorf("right after: %v", got)
	}
	if got := flood(l, "192.0.2.1", now.Add(4*time.Second), 200, 0); got[pass] != 200 {
		t.Errorf("later: %v", got)
	}
}

// What a prefix is, and that others do not feel the flood.
func TestLimiterPrefixes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flooding, asking string
		same             bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.254", true},
		{"192.0.2.1", "::ffff:192.0.2.7", true},
		{"192.0.2.1", "192.0.3.1", false},
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"0.0.0.1", "::1", false},
	} {
		l := newLimiter(10, testNow)
		flood(l, c.flooding, testNow, 100, 0)
		if got := flood(l, c.asking, testNow, 1, 0); (got[pass] == 0) != c.same {
			t.Errorf("%s after %s: %v", c.asking, c.flooding, got)
		}
	}
}

// A forged flood from 60 000 prefixes hides no steady one from the limit, and a client that asks
// once meanwhile does not pay for the bucket it was given.
func TestLimiterManyPrefixes(t *testing.T) {
	t.Parallel()
	const steady = 20
	l := newLimiter(10, testNow)
	passed := 0
	for i := range 60_000 {
		now := testNow.Add(time.Duration(i) * 33 * time.Microsecond)
		l.check(netip.AddrFrom4([4]byte{byte(10 + i>>16), byte(i >> 8), byte(i), 1}), now)
		if l.check(netip.AddrFrom4([4]byte{192, 0, byte(i % steady), 1}), now) == pass {
			passed++
		}
		if once := netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), 1}); i%64 == 0 && l.check(once, now) != pass {
			t.Errorf("%v had to pay", once)
		}
	}
	if passed > steady*40 { // of 3 000 questions each in two seconds
		t.Errorf("%d passed", passed)
	}
}

// Five prefixes for one set of four buckets: the fifth takes a bucket, not the debt in it.
func TestLimiterSharedSet(t *testing.T) {
	t.Parallel()
	l := newLimiter(10, testNow)
	var set uint64
	var together []netip.Addr
	for i := 0; len(together) <= limiterWays; i++ {
		addr := netip.AddrFrom4([4]byte{byte(10 + i>>16), byte(i >> 8), byte(i), 1})
		prefix := prefixOf(addr)
		hash := sipHash(l.key[:], prefix[:]) % limiterSets
		if i == 0 {
			set = hash
		}
		if hash == set {
			together = append(together, addr)
		}
	}
	for _, addr := range together[:limiterWays] {
		flood(l, addr.String(), testNow, 100, 0)
	}
	if got := l.check(together[limiterWays], testNow); got != pass {
		t.Error(got)
	}
}

// Over the wire, with the clock stopped: whole answers up to the rate, then every third one empty
// with TC, the others not at all; a client with a cookie and one over TCP do not feel it.
func TestServeRateLimit(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(testNow.UnixNano())
	secret := testTransport().CookieSecret
	s, _ := serve(t, testZone(t), Options{RRL: 5, Sockets: 1, CookieSecret: secret, Now: func() time.Time { return time.Unix(0, now.Load()) }})
	conn := dial(t, "udp", s.Addr())
	for i := range 9 {
		conn.send(question(fmt.Sprintf("x%d.%s", i, testOrigin), dns.TypeTXT))
	}
	var got []string
	for range 6 { // 5 whole and 1 of 4
		r := conn.receive()
		got = append(got, fmt.Sprint(dns.RcodeToString[r.Rcode], " ", r.Truncated, " ", len(r.Ns)))
	}
	want := "[NXDOMAIN false 1 NXDOMAIN false 1 NXDOMAIN false 1 NXDOMAIN false 1 NXDOMAIN false 1 NXDOMAIN true 0]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	tr := Transport{Client: netip.MustParseAddr("127.0.0.1"), Now: time.Unix(0, now.Load()), CookieSecret: secret}
	client := [clientCookieLen]byte{1}
	cookie := fmt.Sprintf("%x", appendServerCookie(client[:], &client, &tr))
	for range 20 {
		m := withOPT(question(testOwner, dns.TypeTXT), 1232, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: cookie})
		if r := exchange(t, "udp", s.Addr(), m); len(r.Answer) != 1 {
			t.Fatal("with a cookie:", r)
		}
		if r := exchange(t, "tcp", s.Addr(), question(testOwner, dns.TypeTXT)); len(r.Answer) != 1 {
			t.Fatal("over TCP:", r)
		}
	}
	if st := s.Stats(); st.Slipped != 1 || st.Dropped != 3 || st.Truncated != 0 {
		t.Errorf("%+v", st)
	}
	now.Add(int64(10 * time.Second))
	if r := exchange(t, "udp", s.Addr(), question(testOwner, dns.TypeTXT)); len(r.Answer) != 1 {
		t.Error("after the flood:", r)
	}
}

// G13: without a cookie no query type draws more than three times its own size.
func TestAmplification(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	for _, name := range []string{testOwner, testOrigin, "ns1." + testOrigin, "mx1." + testOrigin, "rpt." + testOrigin, "x." + testOrigin, "_tls.k7w2m9x4qz1b." + testOrigin, "example.com", "."} {
		for qtype := range uint16(260) {
			for _, size := range []uint16{0, 1232, 65535} {
				m := question(name, qtype)
				if size > 0 {
					withOPT(m, size, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0102030405060708"})
				}
				packed, _ := m.Pack()
				if out := z.Answer(nil, packed, testTransport()); len(out) > 3*len(packed) {
					t.Errorf("%s %s: %d octets for %d", name, dns.Type(qtype), len(out), len(packed))
				}
			}
		}
	}
}
