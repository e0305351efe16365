package models_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

func (w *world) claimPublic(holder string) []string {
	w.t.Helper()
	domains, err := w.store.ClaimPublicChecks(w.ctx, holder, 10, time.Minute)
	w.must(err)
	return domains
}

func TestPublicCheckIsAskedClaimedAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.store.PublicCheck(w.ctx, "example.com"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("before anybody asks: %v", err)
	}
	for range 3 { // many visitors, one check
		w.must(w.store.AskPublicCheck(w.ctx, "example.com"))
	}
	if got := w.claimPublic("one"); !slices.Equal(got, []string{"example.com"}) {
		t.Fatalf("claimed %v", got)
	}
	if got := w.claimPublic("two"); len(got) != 0 {
		t.Errorf("claimed twice: %v", got)
	}
	if err := w.store.SavePublicCheck(w.ctx, "two", "example.com", models.PublicResult{}); !errors.Is(err, models.ErrLost) {
		t.Errorf("a stranger saves: %v", err)
	}
	found := models.PublicResult{
		Verdict: "fail", Record: "v=TLSRPTv1;", Mail: models.PublicMail{Known: true, MX: []models.PublicMX{{Preference: 10, Host: "mx.example.com"}}},
		Findings: []models.PublicFinding{{Finding: models.Finding{ID: "R9", Severity: "fail", Text: "Put an address after rua=."}, Drops: []string{"mox"}}},
	}
	w.must(w.store.SavePublicCheck(w.ctx, "one", "example.com", found))
	got, err := w.store.PublicCheck(w.ctx, "example.com")
	w.must(err)
	if got.Due || got.CheckedAt == nil || !got.CheckedAt.Equal(w.clock.Now()) || got.Result.Mail.MX[0].Host != "mx.example.com" || got.Result.Findings[0].Drops[0] != "mox" {
		t.Errorf("kept %+v", got)
	}
	w.clock.Advance(time.Hour)
	w.must(w.store.AskPublicCheck(w.ctx, "example.com"))
	if got, err = w.store.PublicCheck(w.ctx, "example.com"); err != nil || !got.Due || got.Result.Verdict != "fail" {
		t.Errorf("asked again: %+v, %v; the last result must stay", got, err)
	}
}

func TestPublicCheckOutlivesItsWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.store.AskPublicCheck(w.ctx, "example.com"))
	w.claimPublic("dead")
	w.clock.Advance(time.Minute)
	if got := w.claimPublic("alive"); len(got) != 1 {
		t.Fatalf("after the lease: %v", got)
	}
	if err := w.store.SavePublicCheck(w.ctx, "dead", "example.com", models.PublicResult{}); !errors.Is(err, models.ErrLost) {
		t.Errorf("the dead one saves: %v", err)
	}
	w.must(w.store.SavePublicCheck(w.ctx, "alive", "example.com", models.PublicResult{Verdict: "pass"}))
}

func TestPublicChecksAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 500 {
		w.must(w.store.AskPublicCheck(w.ctx, fmt.Sprintf("d%d.example", i)))
	}
	if err := w.store.AskPublicCheck(w.ctx, "one-more.example"); !errors.Is(err, models.ErrQuota) {
		t.Errorf("the 501st: %v", err)
	}
	w.clock.Advance(25 * time.Hour)
	w.must(w.store.RemoveOldPublicChecks(w.ctx, w.clock.Now().Add(-24*time.Hour)))
	if _, err := w.store.PublicCheck(w.ctx, "d1.example"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("after a day: %v", err)
	}
}
