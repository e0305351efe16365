package nameserver

import (
	"fmt"
	"iter"
	"testing"

	"github.com/miekg/dns"
)

// manyEntries yields n domains, each under a token of its own.
func manyEntries(n int) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for i := range n {
			if !yield(manyEntry(i)) {
				return
			}
		}
	}
}

func manyEntry(i int) Entry {
	token := fmt.Sprintf("%012x", uint64(i)*0x9E3779B97F4A7C15>>16)
	return Entry{
		Owner: fmt.Sprintf("customer%d.example._smtp._tls.%s.%s", i, token, testOrigin),
		TXT:   fmt.Sprintf("v=TLSRPTv1; rua=mailto:%s@rpt.%s", token, testOrigin),
	}
}

func manyZone(b *testing.B, n int) *Zone {
	b.Helper()
	z, err := NewZone(testConfig(), 1, manyEntries(n))
	if err != nil || z.Len() != n {
		b.Fatal(err, z.Len())
	}
	return z
}

func BenchmarkAnswer(b *testing.B) {
	const names = 100_000
	z := manyZone(b, names)
	packets := map[string][][]byte{}
	for i := range 4096 {
		owner := manyEntry(i * 23 % names).Owner
		for kind, name := range map[string]string{"txt": owner, "nodata": owner[len("customer"):], "nxdomain": "x." + owner} {
			if kind == "nodata" {
				name = "_tls" + owner[len(owner)-len(testOrigin)-14:]
			}
			packet, _ := question(name, dns.TypeTXT).Pack()
			packets[kind] = append(packets[kind], packet)
			m := question(name, dns.TypeTXT)
			m.SetEdns0(1232, false)
			m.Extra[0].(*dns.OPT).Option = []dns.EDNS0{&dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0102030405060708"}}
			packet, _ = m.Pack()
			packets[kind+"+cookie"] = append(packets[kind+"+cookie"], packet)
		}
	}
	for _, kind := range []string{"txt", "txt+cookie", "nodata", "nxdomain"} {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			dst, tr := make([]byte, 0, 2048), testTransport()
			for i := 0; b.Loop(); i++ {
				z.Answer(dst, packets[kind][i%4096], tr)
			}
		})
	}
}

func BenchmarkNewZone100k(b *testing.B) {
	for b.Loop() {
		manyZone(b, 100_000)
	}
}

func BenchmarkWith100k(b *testing.B) {
	z := manyZone(b, 100_000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e := manyEntry(100_000 + i%1000)
		z = z.With(uint32(i), []Change{{Owner: e.Owner, TXT: e.TXT, Removed: i/1000%2 == 1}})
	}
}

// BenchmarkStaircase is the dearest packet there is: 64 KiB of pointers, over TCP.
func BenchmarkStaircase(b *testing.B) {
	z, msg := testZone(b), staircase(65_000)
	tr := testTransport()
	tr.TCP = true
	for b.Loop() {
		z.Answer(nil, msg, tr)
	}
}
