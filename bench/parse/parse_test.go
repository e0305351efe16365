// Package parse compares our reader of report mails with mox's, in one run on
// the same bytes: go test -bench . -count 5
package parse

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	mox "github.com/mjl-/mox/tlsrpt"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// sizes are the corpus: 1 policy with 2 details, 1 with 20 and long texts, 50
// with 42 each.
var sizes = []struct {
	name              string
	policies, details int
	rich              bool
}{
	{"small", 1, 2, false},
	{"medium", 1, 20, true},
	{"large", 50, 42, true},
}

type sample struct{ json, gz, eml []byte }

func newSample(tb testing.TB, policies, details int, rich bool) sample {
	tb.Helper()
	r := &tlsrpt.Report{
		Organization: "Example Post AG", ReportID: "2026-01-02T00:00:00Z_example.org", Contact: "tls-reports@post.example",
		Start: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC),
	}
	for i := range policies {
		r.Policies = append(r.Policies, policy(i, details, rich))
	}
	var s sample
	var err error
	if s.json, err = r.Encode(); err != nil {
		tb.Fatal(err)
	}
	if s.gz, err = tlsrpt.Gzip(s.json); err != nil {
		tb.Fatal(err)
	}
	s.eml, err = tlsrpt.ComposeMail(tlsrpt.MailOptions{
		From: "tls-reports@post.example", To: "x@rpt.example.net", Submitter: "post.example", PolicyDomain: "example.org",
		Date: r.End, MessageID: "1@post.example",
	}, r)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func policy(i, details int, rich bool) tlsrpt.PolicyResult {
	domain := strings.TrimPrefix(fmt.Sprintf("d%d.example.org", i), "d0.")
	p := tlsrpt.PolicyResult{
		Type: tlsrpt.PolicySTS, Domain: domain, MXHosts: []string{"*.mail." + domain},
		PolicyStrings: []string{"version: STSv1", "mode: enforce", "mx: *.mail." + domain, "max_age: 604800"},
		Successful:    tlsrpt.Count{N: int64(5000 + i), Stated: true}, Failed: tlsrpt.Count{N: int64(details), Stated: true},
	}
	for j := range details {
		f := tlsrpt.FailureDetail{
			ResultType:   []string{"certificate-expired", "starttls-not-supported", "validation-failure"}[j%3],
			SendingMTAIP: fmt.Sprintf("203.0.113.%d", j%250), ReceivingMXHostname: fmt.Sprintf("mx%d.mail.%s", j%4, domain),
			ReceivingIP: fmt.Sprintf("198.51.100.%d", j%250), Sessions: 1,
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

// BenchmarkEML is goal P1: whole mails, the way they come from the mail server.
func BenchmarkEML(b *testing.B) {
	silent := slog.New(slog.DiscardHandler)
	for _, size := range sizes {
		s := newSample(b, size.policies, size.details, size.rich)
		run(b, size.name+"/sealpost", s.eml, func() error { _, err := tlsrpt.Read(s.eml, tlsrpt.DefaultLimits()); return err })
		run(b, size.name+"/mox", s.eml, func() error { _, err := mox.ParseMessage(silent, bytes.NewReader(s.eml)); return err })
	}
}

// BenchmarkJSON is goal P2: bare JSON.
func BenchmarkJSON(b *testing.B) {
	for _, size := range sizes {
		s := newSample(b, size.policies, size.details, size.rich)
		run(b, size.name+"/sealpost", s.json, func() error { _, err := tlsrpt.ParseReport(s.json, tlsrpt.DefaultLimits()); return err })
		run(b, size.name+"/mox", s.json, func() error { _, err := mox.Parse(bytes.NewReader(s.json)); return err })
	}
}

// BenchmarkGzip is goal P4: compressed reports against nothing but decompressing them.
func BenchmarkGzip(b *testing.B) {
	for _, size := range sizes {
		s := newSample(b, size.policies, size.details, size.rich)
		run(b, size.name+"/sealpost", s.gz, func() error { _, err := tlsrpt.Read(s.gz, tlsrpt.DefaultLimits()); return err })
		var r gzip.Reader
		buf := make([]byte, 0, 2<<20)
		run(b, size.name+"/gunzip", s.gz, func() error {
			if err := r.Reset(bytes.NewReader(s.gz)); err != nil {
				return err
			}
			w := bytes.NewBuffer(buf[:0])
			_, err := io.Copy(w, &r)
			return err
		})
	}
}

func run(b *testing.B, name string, data []byte, read func() error) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if err := read(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
