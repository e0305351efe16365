package tlsrpt

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// corpus is a report in the sizes that are compared with other readers: 1
// policy with 2 details, 1 with 20 and escapes, 50 with 42 each.
type corpus struct {
	name          string
	json, gz, eml []byte
}

func corpora(tb testing.TB) []corpus {
	tb.Helper()
	return []corpus{
		newCorpus(tb, "small", 1, 2, false),
		newCorpus(tb, "medium", 1, 20, true),
		newCorpus(tb, "large", 50, 42, true),
	}
}

func newCorpus(tb testing.TB, name string, policies, details int, rich bool) corpus {
	tb.Helper()
	r := &Report{
		Organization: "Example Post AG", ReportID: "2026-01-02T00:00:00Z_example.org", Contact: "tls-reports@post.example",
		Start: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC),
	}
	for i := range policies {
		r.Policies = append(r.Policies, benchPolicy(i, details, rich))
	}
	c := corpus{name: name}
	var err error
	if c.json, err = r.Encode(); err != nil {
		tb.Fatal(err)
	}
	if c.gz, err = Gzip(c.json); err != nil {
		tb.Fatal(err)
	}
	o := mailOptions()
	if c.eml, err = ComposeMail(o, r); err != nil {
		tb.Fatal(err)
	}
	return c
}

func benchPolicy(i, details int, rich bool) PolicyResult {
	domain := strings.TrimPrefix(fmt.Sprintf("d%d.example.org", i), "d0.")
	p := PolicyResult{
		Type: PolicySTS, Domain: domain,
		PolicyStrings: []string{"version: STSv1", "mode: enforce", "mx: *.mail." + domain, "max_age: 604800"},
		MXHosts:       []string{"*.mail." + domain},
		Successful:    Count{int64(5000 + i), true}, Failed: Count{int64(details), true},
	}
	for j := range details {
		f := FailureDetail{
			ResultType:   []string{"certificate-expired", "starttls-not-supported", "validation-failure"}[j%3],
			SendingMTAIP: fmt.Sprintf("203.0.113.%d", j%250), ReceivingMXHostname: fmt.Sprintf("mx%d.mail.%s", j%4, domain),
			ReceivingIP: fmt.Sprintf("2001:db8::%x:%x", i, j), Sessions: 1,
		}
		if rich {
			f.ReceivingMXHELO = f.ReceivingMXHostname
			f.AdditionalInformation = fmt.Sprintf("https://reports.post.example/info?id=%d-%d&type=%s", i, j, f.ResultType)
			f.ReasonCode = "x509: \"certificate\" has expired\nor is not yet valid \u2014 " + fmt.Sprint(i*j)
		}
		p.Failures = append(p.Failures, f)
	}
	return p
}

func BenchmarkParseReport(b *testing.B) {
	for _, c := range corpora(b) {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.json)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseReport(c.json, DefaultLimits()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReadGzip(b *testing.B) {
	for _, c := range corpora(b) {
		b.Run(c.name, func(b *testing.B) { benchmarkRead(b, c.gz) })
	}
}

func BenchmarkReadEML(b *testing.B) {
	for _, c := range corpora(b) {
		b.Run(c.name, func(b *testing.B) { benchmarkRead(b, c.eml) })
	}
}

func benchmarkRead(b *testing.B, in []byte) {
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if f, err := Read(in, DefaultLimits()); err != nil || len(f.Reports) != 1 {
			b.Fatal(err)
		}
	}
}

// BenchmarkGunzipOnly is the floor under BenchmarkReadGzip.
func BenchmarkGunzipOnly(b *testing.B) {
	for _, c := range corpora(b) {
		b.Run(c.name, func(b *testing.B) {
			lim := DefaultLimits()
			b.SetBytes(int64(len(c.gz)))
			b.ReportAllocs()
			for b.Loop() {
				var notes tally
				if _, err := gunzip(c.gz, &lim, &notes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHash(b *testing.B) {
	c := newCorpus(b, "medium", 1, 20, true)
	r, err := ParseReport(c.json, DefaultLimits())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Hash()
	}
}

// TestAllocations pins how little a report costs to read.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools are unreliable under the race detector")
	}
	for _, c := range []struct {
		corpus corpus
		most   float64
	}{
		{newCorpus(t, "small", 1, 2, false), 20},
		{newCorpus(t, "large", 50, 42, true), 3 * 50 * 42},
	} {
		got := testing.AllocsPerRun(20, func() {
			if _, err := Read(c.corpus.eml, DefaultLimits()); err != nil {
				t.Fatal(err)
			}
		})
		if got > c.most {
			t.Errorf("%s: %v allocations, at most %v", c.corpus.name, got, c.most)
		}
	}
}
