// Package parse compares our reader of report mails with mox's, in one run on
// the same bytes: go test -bench . -count 5
package parse

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	mox "github.com/mjl-/mox/tlsrpt"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// sizes are the corpus: 1 policy with 2 details, 1 with 20 and long texts, 50
// with 42 each. As JSON about 1, 10 and 990 KB, as mails 2.5, 4 and 115 KB.
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
	s.eml = append([]byte(trace), s.eml...)
	return s
}

// trace is what mail servers put in front of a report on its way.
var trace = "Received: from out-7.post.example (out-7.post.example [203.0.113.7])\r\n" +
	"\tby mx1.rpt.example.net (Postfix) with ESMTPS id 4dNq2k3x1Zz9sW3\r\n" +
	"\tfor <x@rpt.example.net>; Sat,  3 Jan 2026 02:11:09 +0000 (UTC)\r\n" +
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=post.example; s=tls2025;\r\n" +
	"\tt=1767406268; x=1768011068;\r\n" +
	"\th=from:to:subject:date:message-id:mime-version:content-type:tls-report-domain:\r\n" +
	"\t tls-report-submitter; bh=" + strings.Repeat("Xy7+", 11) + "=;\r\n" +
	"\tb=" + strings.Repeat("Q2xvdWRzIG92ZXIgdGhlIGhpbGxzIGFuZCBmYXIgYXdheSB0aGV5IGdv\r\n\t ", 5) + "==\r\n" +
	"X-Auto-Response-Suppress: All\r\n"

func policy(i, details int, rich bool) tlsrpt.PolicyResult {
	draw := rand.New(rand.NewPCG(1, uint64(i)))
	domain := strings.TrimPrefix(fmt.Sprintf("d%d.example.org", i), "d0.")
	p := tlsrpt.PolicyResult{
		Type: tlsrpt.PolicySTS, Domain: domain, MXHosts: []string{"*.mail." + domain},
		PolicyStrings: []string{"version: STSv1", "mode: enforce", "mx: *.mail." + domain, "max_age: 604800"},
		Successful:    tlsrpt.Count{N: int64(5000 + i), Stated: true}, Failed: tlsrpt.Count{N: int64(details), Stated: true},
	}
	for range details {
		f := tlsrpt.FailureDetail{
			ResultType:   []string{"certificate-expired", "starttls-not-supported", "validation-failure"}[draw.IntN(3)],
			SendingMTAIP: fmt.Sprintf("203.0.%d.%d", draw.IntN(256), draw.IntN(256)), ReceivingMXHostname: fmt.Sprintf("mx%d.mail.%s", draw.IntN(4), domain),
			ReceivingIP: fmt.Sprintf("198.51.100.%d", draw.IntN(256)), Sessions: 1 + draw.Int64N(2000),
		}
		if rich {
			f.ReceivingMXHELO = f.ReceivingMXHostname
			f.AdditionalInformation = fmt.Sprintf("https://reports.post.example/info?id=%d-%08x&type=%s", i, draw.Uint32(), f.ResultType)
			f.ReasonCode = fmt.Sprintf("x509: \"certificate\" has expired\nor is not yet valid \u2014 serial %08x%08x", draw.Uint32(), draw.Uint32())
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

// run also reports the processor time, which other work on the machine disturbs
// less than the time that passes.
func run(b *testing.B, name string, data []byte, read func() error) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		n, began := 0, processorTime(b)
		for b.Loop() {
			if n++; n == 1 {
				began = processorTime(b)
			}
			if err := read(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(processorTime(b)-began)/float64(n), "cpu-ns/op")
	})
}

func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
