package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// BenchmarkIntake takes reports from accepting to counted: rows and daily
// numbers, durably, on the database of the tests.
func BenchmarkIntake(b *testing.B) {
	ctx, stop := context.WithCancel(context.Background())
	clock := testkit.NewClock()
	store := testkit.Store(b, clock)
	account := testkit.Account(b, store, "bench@example.test")
	domain := testkit.Domain(b, store, account, "example.com")
	in := ingest.New(ingest.Config{
		Store: store, Zone: hosted.Zone{Name: "z.test", ReportDomain: "r.z.test"}, Limits: tlsrpt.DefaultLimits(),
		Now: clock.Now, Log: slog.New(slog.DiscardHandler), Holder: "bench",
	})
	stopped := make(chan struct{})
	go func() { defer close(stopped); in.Run(ctx) }()
	b.Cleanup(func() { stop(); <-stopped })

	b.ResetTimer()
	const group = 64
	for i := 0; i < b.N; i += group {
		var ds []ingest.Delivery
		for k := i; k < min(i+group, b.N); k++ {
			ds = append(ds, ingest.Delivery{Via: models.ViaPost, AccountID: account.ID, DomainID: domain.ID, Raw: benchReport(b, k)})
		}
		if _, err := in.AcceptAll(ctx, ds); err != nil {
			b.Fatal(err)
		}
		if err := in.ProcessPending(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
}

func benchReport(b *testing.B, i int) []byte {
	start := time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i%360)
	r := tlsrpt.Report{
		Organization: "Bench", Contact: fmt.Sprintf("tls@reporter%d.example", i%10), ReportID: fmt.Sprint(i),
		Start: start, End: start.AddDate(0, 0, 1),
		Policies: []tlsrpt.PolicyResult{{
			Type: tlsrpt.PolicySTS, Domain: "example.com", Successful: tlsrpt.Count{N: 100, Stated: true}, Failed: tlsrpt.Count{N: 2, Stated: true},
			Failures: []tlsrpt.FailureDetail{{ResultType: "certificate-expired", SendingMTAIP: "192.0.2.1", ReceivingMXHostname: "mx1.example.com", Sessions: 2}},
		}},
	}
	data, err := r.Encode()
	if err != nil {
		b.Fatal(err)
	}
	return data
}
