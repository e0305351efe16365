package jobs_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// publicCheck runs a visitor's check to its end.
func (w *world) publicCheck(domain string) models.PublicCheck {
	w.t.Helper()
	w.must(w.store.AskPublicCheck(w.ctx, domain))
	checks := &jobs.PublicChecks{Store: w.store, Checker: w.checks.Checker, Zone: zone, Holder: "node", Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)}
	w.must(checks.Tick(w.ctx))
	checks.Wait()
	got, err := w.store.PublicCheck(w.ctx, domain)
	w.must(err)
	if got.Due || got.CheckedAt == nil {
		w.t.Fatalf("the check is not done: %+v", got)
	}
	return got
}

func TestPublicCheckSaysWhatAnybodyCanSee(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	w.auth.Add(t, owner+` 300 TXT "v=TLSRPTv1; rua=mailto:a@example.test, mailto:b@example.test"`)
	w.resolver.Add(t, owner+` 300 TXT "v=TLSRPTv1; rua=mailto:a@example.test, mailto:b@example.test"`)
	got := w.publicCheck("example.test").Result
	if got.Verdict != "warn" || !got.Effective || got.Delegated || got.Record == "" {
		t.Errorf("got %+v", got)
	}
	if len(got.Mail.MX) != 1 || got.Mail.MX[0].Host != "mx.example.test" || !got.Mail.Known {
		t.Errorf("mail: %+v", got.Mail)
	}
	var blank *models.PublicFinding
	for i, f := range got.Findings {
		if f.ID == "R13" {
			blank = &got.Findings[i]
		}
	}
	if blank == nil || len(blank.Cuts) != 1 || blank.Cuts[0] != "Postfix" {
		t.Errorf("the blank after the comma: %+v", got.Findings)
	}
	if len(got.Senders) != 4 || len(got.Servers) != 2 {
		t.Errorf("%d senders, %d servers", len(got.Senders), len(got.Servers))
	}
}

func TestPublicCheckOfADelegatedDomain(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	w.delegate()
	got := w.publicCheck("example.test").Result
	if got.Verdict != "pass" || !got.Effective || !got.Delegated || got.CNAME != w.target() {
		t.Errorf("got %+v", got)
	}
}

func TestPublicChecksAreForgotten(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	w.publicCheck("example.test")
	checks := &jobs.PublicChecks{Store: w.store, Now: w.clock.Now}
	w.must(checks.Forget(w.ctx))
	if _, err := w.store.PublicCheck(w.ctx, "example.test"); err != nil {
		t.Errorf("at once: %v", err)
	}
	w.clock.Advance(25 * time.Hour)
	w.must(checks.Forget(w.ctx))
	if _, err := w.store.PublicCheck(w.ctx, "example.test"); err == nil {
		t.Error("after a day it is still there")
	}
}
