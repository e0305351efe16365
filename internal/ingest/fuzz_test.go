package ingest_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// FuzzDelivery judges arbitrary bytes as mail, without a database: whatever
// comes in, nothing panics, and nothing that PostgreSQL refuses comes out.
func FuzzDelivery(f *testing.F) {
	w := &world{t: f, clock: testkit.NewClock(), keys: &keys{txt: map[string][]string{}}, domain: models.Domain{Token: "0123456789ab"}}
	r := aReport(policy(tlsrpt.PolicySTS, "example.com", 9, 1), policy(tlsrpt.PolicyTLSA, "mx.example.com", 9, 1), policy(tlsrpt.NoPolicyFound, "", 1, 0))
	r.Policies[0].Failures = []tlsrpt.FailureDetail{{ResultType: "certificate-expired", SendingMTAIP: "192.0.2.1", ReceivingMXHostname: "mx", Sessions: 1, ReasonCode: "a\x00b"}}
	signed := w.signed(r)
	for _, seed := range [][]byte{signed, w.sign(signed, "google.com", w.keys.ed25519(f, keyName, "")), w.message("a@google.com", r), w.json(r), {}, []byte("From: a@b\r\n\r\n{}")} {
		f.Add(seed)
	}
	in := ingest.New(ingest.Config{LookupTXT: w.keys.lookup, Limits: tlsrpt.DefaultLimits(), Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)})
	domains := []models.Domain{{ID: "1", Name: "example.com", MXHosts: []string{"mx.example.com"}}, {ID: "2", Name: "other.example"}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		reports, err := in.JudgeInMemory(context.Background(), models.Delivery{Via: models.ViaMail, ReceivedAt: w.clock.Now().Add(-25 * time.Hour)}, raw, domains)
		if err != nil && tlsrpt.Reason(err) == "" {
			t.Fatalf("an error of no kind: %v", err)
		}
		for _, r := range reports {
			texts := []string{r.Reporter, r.Organization, r.ReportID, r.Contact}
			texts = append(texts, r.Warnings...)
			for _, p := range r.Policies {
				texts = append(append(append(texts, p.PolicyType, p.PolicyDomain, p.Mode), p.PolicyStrings...), p.MXHosts...)
			}
			for _, d := range r.Failures {
				texts = append(texts, d.ResultType, d.SendingMTAIP, d.SendingNetwork, d.ReceivingMXHostname, d.ReceivingMXHELO, d.ReceivingIP, d.ReasonCode, d.AdditionalInformation)
			}
			for _, text := range texts {
				if len(text) > ingest.MaxText || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
					t.Fatalf("%q would be stored", text)
				}
			}
			if len(r.Reporter) > ingest.MaxName || r.Reporter == "" || r.ReportID == "" || r.Successful < 0 || r.Failed < 0 || len(r.ContentHash) != 32 {
				t.Fatalf("report %+v", r.Report)
			}
		}
	})
}
