package nameserver

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

// genName draws owners from a small space, so that they meet, nest and share what is above them.
func genName(t *rapid.T) string {
	labels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "_tls", "rpt", "ns1"}), 0, 4).Draw(t, "labels")
	return strings.Join(append(labels, testOrigin), ".")
}

// For any history of changes, the zone that went through them and the zone that is built at once
// from what is left are the same, in answers and in bytes, and no zone on the way has changed.
func TestWithEqualsNewZone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		left := map[string]Entry{}
		z := zoneOf(t, left, 0)
		var zones []*Zone
		var before [][]byte
		for serial := range uint32(rapid.IntRange(1, 6).Draw(t, "rounds")) {
			changes := rapid.SliceOfN(rapid.Custom(genChange), 0, 8).Draw(t, "changes")
			for _, c := range changes {
				left[c.Owner] = Entry{c.Owner, c.TXT, c.TTL}
				if c.Removed {
					delete(left, c.Owner)
				}
			}
			z = z.With(serial, changes)
			zones, before = append(zones, z), append(before, rapidSnapshot(t, z))
			sameZone(t, z, zoneOf(t, left, serial))
		}
		for i, z := range zones {
			if !bytes.Equal(rapidSnapshot(t, z), before[i]) {
				t.Fatalf("zone %d changed afterwards", i)
			}
		}
	})
}

func genChange(t *rapid.T) Change {
	return Change{
		Owner:   genName(t),
		TXT:     rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "txt"),
		TTL:     rapid.Uint32Range(0, 2).Draw(t, "ttl"),
		Removed: rapid.Bool().Draw(t, "removed"),
	}
}

func zoneOf(t *rapid.T, entries map[string]Entry, serial uint32) *Zone {
	z, err := NewZone(testConfig(), serial, func(yield func(Entry) bool) {
		for _, e := range entries {
			if !yield(e) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func rapidSnapshot(t *rapid.T, z *Zone) []byte {
	var b bytes.Buffer
	if _, err := z.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sameZone(t *rapid.T, got, want *Zone) {
	if got.Len() != want.Len() || got.Serial() != want.Serial() || !bytes.Equal(rapidSnapshot(t, got), rapidSnapshot(t, want)) {
		t.Fatalf("got\n%s\nwant\n%s", rapidSnapshot(t, got), rapidSnapshot(t, want))
	}
	for range 10 {
		packed, _ := question(genName(t), rapid.SampledFrom([]uint16{dns.TypeTXT, dns.TypeA, dns.TypeMX, dns.TypeANY}).Draw(t, "type")).Pack()
		if a, b := got.Answer(nil, packed, testTransport()), want.Answer(nil, packed, testTransport()); !bytes.Equal(a, b) {
			t.Fatalf("%q: %x, want %x", packed, a, b)
		}
	}
}

// An empty non-terminal lives exactly as long as something beneath it.
func TestWithKeepsEmptyNonTerminals(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	one, two := "a.example._smtp._tls.tok."+testOrigin, "b.example._smtp._tls.tok."+testOrigin
	above := []string{"example._smtp._tls.tok.", "_smtp._tls.tok.", "_tls.tok.", "tok."}
	for i, step := range []struct {
		change Change
		want   string
	}{
		{Change{Owner: "other." + testOrigin}, "NXDOMAIN"},
		{Change{Owner: one, TXT: "x"}, "NODATA"},
		{Change{Owner: two, TXT: "x"}, "NODATA"},
		{Change{Owner: one, TXT: "y"}, "NODATA"},
		{Change{Owner: one, Removed: true}, "NODATA"},
		{Change{Owner: one, Removed: true}, "NODATA"},
		{Change{Owner: two, Removed: true}, "NXDOMAIN"},
		{Change{Owner: two, TXT: "x"}, "NODATA"},
	} {
		z = z.With(z.Serial(), []Change{step.change})
		for _, name := range above {
			if got := outcome(ask(t, z, question(name+testOrigin, dns.TypeTXT), testTransport())); got != step.want {
				t.Errorf("step %d %s: %s, want %s", i, name, got, step.want)
			}
		}
	}
}

func TestWithChangesSerial(t *testing.T) {
	t.Parallel()
	old := testZone(t)
	z := old.With(4000000000, nil)
	serial := func(z *Zone) uint32 {
		return ask(t, z, question(testOrigin, dns.TypeSOA), testTransport()).Answer[0].(*dns.SOA).Serial
	}
	if serial(z) != 4000000000 || serial(old) != 2026112201 || z.Serial() != 4000000000 {
		t.Error(serial(z), serial(old))
	}
	if soa := ask(t, z, question("x."+testOrigin, dns.TypeSOA), testTransport()).Ns[0].(*dns.SOA); soa.Serial != 4000000000 {
		t.Error(soa)
	}
}

// A name has one TXT record, whatever the caller says twice.
func TestLaterEntryCounts(t *testing.T) {
	t.Parallel()
	name := "twice." + testOrigin
	z, err := NewZone(testConfig(), 1, slices.Values([]Entry{{Owner: name, TXT: "1"}, {Owner: name, TXT: "3"}, {Owner: strings.ToUpper(name), TXT: "2"}}))
	if err != nil || z.Len() != 1 {
		t.Fatal(z.Len(), err)
	}
	if got := ask(t, z, question(name, dns.TypeTXT), testTransport()).Answer; len(got) != 1 || got[0].(*dns.TXT).Txt[0] != "2" {
		t.Error(got)
	}
}

// What cannot be served is left out and told; the rest is served.
func TestSkipped(t *testing.T) {
	t.Parallel()
	good := Entry{Owner: "Good.TLS.sealpost.test", TXT: "kept"}
	for _, bad := range []Entry{
		{Owner: "elsewhere.test"},
		{Owner: "x" + testOrigin},
		{Owner: ""},
		{Owner: "a.." + testOrigin},
		{Owner: "." + testOrigin},
		{Owner: testOrigin + "."},
		{Owner: "*." + testOrigin},
		{Owner: "a b." + testOrigin},
		{Owner: "a\\." + testOrigin},
		{Owner: "ü." + testOrigin},
		{Owner: strings.Repeat("a", 64) + "." + testOrigin},
		{Owner: strings.Repeat("a.", 119) + testOrigin},
		{Owner: "long." + testOrigin, TXT: longText(maxTXT + 1)},
	} {
		z, err := NewZone(testConfig(), 1, slices.Values([]Entry{bad, good}))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := z.Skipped(); n != 1 || !errors.Is(err, ErrEntry) || z.Len() != 1 {
			t.Errorf("%q: %d %v", bad.Owner, n, err)
		}
		z = z.With(2, []Change{{Owner: bad.Owner, TXT: bad.TXT}, {Owner: "more." + testOrigin}})
		if n, err := z.Skipped(); n != 1 || !errors.Is(err, ErrEntry) || z.Len() != 2 {
			t.Errorf("change of %q: %d %v", bad.Owner, n, err)
		}
		if n, _ := z.With(3, nil).Skipped(); n != 0 {
			t.Error("told twice")
		}
		if r := ask(t, z, question("good."+testOrigin, dns.TypeTXT), testTransport()); len(r.Answer) != 1 {
			t.Error(r)
		}
	}
}

func TestNewZoneRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *Config){
		"no origin":         func(c *Config) { c.Origin = "" },
		"origin with dot":   func(c *Config) { c.Origin += "." },
		"no name server":    func(c *Config) { c.NS = nil },
		"name server odd":   func(c *Config) { c.NS[0].Name = "ns1..x" },
		"name server root":  func(c *Config) { c.NS[0].Name = "" },
		"mail host odd":     func(c *Config) { c.MX[0].Name = "mx 1" },
		"report domain odd": func(c *Config) { c.ReportDomain = "a@b" },
		"hostmaster odd":    func(c *Config) { c.Hostmaster = "@example.com" },
		"TTL too long":      func(c *Config) { c.TTL = 1 << 31 },
	} {
		cfg := testConfig()
		change(&cfg)
		if z, err := NewZone(cfg, 1, slices.Values([]Entry(nil))); err == nil || z != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Configurations that differ from the usual one.
func TestNewZoneConfigurations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(c *Config)
		ask    string
		qtype  uint16
		want   string // a part of the reply
	}{
		{"report domain elsewhere", func(c *Config) { c.ReportDomain = "rpt.example" }, "rpt." + testOrigin, dns.TypeMX, "NXDOMAIN"},
		{"report domain elsewhere is not served", func(c *Config) { c.ReportDomain = "rpt.example" }, "rpt.example", dns.TypeMX, "REFUSED"},
		{"report domain is the apex", func(c *Config) { c.ReportDomain = c.Origin }, testOrigin, dns.TypeMX, "10 mx1."},
		{"name server is the apex", func(c *Config) { c.NS[0].Name = c.Origin }, testOrigin, dns.TypeA, "192.0.2.1"},
		{"one host is both", func(c *Config) { c.MX[0].Name = c.NS[0].Name }, "ns1." + testOrigin, dns.TypeA, "192.0.2.25"},
		{"addresses elsewhere are not served", func(c *Config) { c.NS[0].Name = "ns1.example" }, "ns1.example", dns.TypeA, "REFUSED"},
		{"name server elsewhere", func(c *Config) { c.NS[0].Name = "ns1.example" }, testOrigin, dns.TypeNS, "NS\tns1.example."},
		{"host without address exists", func(c *Config) { c.NS[1].Addrs = nil }, "ns2." + testOrigin, dns.TypeA, "NOERROR"},
		{"mapped address", func(c *Config) { c.NS[1].Addrs = []netip.Addr{netip.MustParseAddr("::ffff:192.0.2.77")} }, "ns2." + testOrigin, dns.TypeA, "192.0.2.77"},
		{"deep host", func(c *Config) { c.NS[0].Name = "a.b.c." + c.Origin }, "b.c." + testOrigin, dns.TypeA, "NOERROR"},
		{"no mail host", func(c *Config) { c.MX = nil }, "rpt." + testOrigin, dns.TypeMX, "NXDOMAIN"},
		{"capitals", func(c *Config) { c.Origin = "TLS.SealPost.Test" }, testOrigin, dns.TypeNS, "ns2.tls.sealpost.test."},
		{"TTL", func(c *Config) { c.TTL = 77 }, testOwner, dns.TypeTXT, "\t77\tIN\tTXT"},
		{"negative TTL above TTL", func(c *Config) { c.TTL, c.NegativeTTL = 60, 900 }, "x." + testOrigin, dns.TypeA, "\t60\tIN\tSOA"},
		{"negative TTL is the minimum", func(c *Config) { c.TTL, c.NegativeTTL = 60, 900 }, "x." + testOrigin, dns.TypeA, " 900\n"},
		{"hostmaster without report domain", func(c *Config) { c.ReportDomain = "" }, testOrigin, dns.TypeSOA, "hostmaster." + testOrigin},
	} {
		cfg := testConfig()
		c.change(&cfg)
		z, err := NewZone(cfg, 1, slices.Values(testEntries()[:1]))
		if err != nil {
			t.Fatal(c.name, err)
		}
		if got := ask(t, z, question(c.ask, c.qtype), testTransport()).String(); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in\n%s", c.name, c.want, got)
		}
	}
}
