package models_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// Ruling 9: a blocked reporter is out of the counts at once, whatever comes
// later stays out, and unblocking gives exactly what there would be without it.
func TestBlockedReporter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.judge(w.report("google.com", "a", day, 5, 1), failing(w.report("evil.example", "b", day, 0, 900), "certificate-expired", "mx", "", 900))
	w.judge(w.report("evil.example", "c", day-1, 0, 900))
	before := w.rollups(w.domain)
	w.must(w.store.BlockReporter(w.ctx, w.account.ID, "evil.example", "a@example.test", true))
	w.must(w.store.SettleReporter(w.ctx, w.account.ID, "evil.example"))
	if days, err := w.store.Trend(w.ctx, w.domain, models.Span{From: day - 1, To: day}); err != nil || len(days) != 1 || days[0].Failed != 1 {
		t.Errorf("with it blocked: %+v, %v", days, err)
	}
	w.judge(w.report("evil.example", "d", day, 0, 7))
	w.judge(w.report("evil.example", "b", day, 0, 950)) // a revision
	if n := w.count("reports", "reporter = 'evil.example' AND standing <> ?", models.Blocked); n != 0 {
		t.Errorf("%d reports of it are not blocked", n)
	}
	if n := w.count("daily_failures", "reporter = 'evil.example'"); n != 0 {
		t.Errorf("%d failures of it count", n)
	}
	w.must(w.store.BlockReporter(w.ctx, w.account.ID, "evil.example", "a@example.test", false))
	w.must(w.store.SettleReporter(w.ctx, w.account.ID, "evil.example"))
	fresh := newWorld(t)
	fresh.judge(fresh.report("google.com", "a", day, 5, 1), failing(fresh.report("evil.example", "b", day, 0, 900), "certificate-expired", "mx", "", 900))
	fresh.judge(fresh.report("evil.example", "c", day-1, 0, 900))
	fresh.judge(fresh.report("evil.example", "d", day, 0, 7))
	fresh.judge(fresh.report("evil.example", "b", day, 0, 950))
	if after, want := w.rollups(w.domain), fresh.rollups(fresh.domain); !slices.Equal(after, want) || slices.Equal(after, before) {
		t.Errorf("unblocked %v\nnever blocked %v", after, want)
	}
	if left, err := w.store.UnsettledReporters(w.ctx); err != nil || len(left) != 0 {
		t.Errorf("unsettled %v, %v", left, err)
	}
}

func TestBlockOfAnUnknownReporter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, identity := range []string{"google.com", "", "\x00", "\xff"} {
		if err := w.store.BlockReporter(w.ctx, w.account.ID, identity, "a", true); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%q: %v", identity, err)
		}
	}
}

func TestNewReporterUntilItsThirdDay(t *testing.T) {
	t.Parallel()
	seen := time.Date(2026, 6, 14, 23, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]bool{0: true, time.Hour: true, 24 * time.Hour: true, 25*time.Hour - 1: true, 25 * time.Hour: false, 72 * time.Hour: false} {
		if got := (models.ReporterSeen{FirstSeen: seen}).New(seen.Add(after)); got != want {
			t.Errorf("after %v: %v", after, got)
		}
	}
}

func TestReportersNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.judge(w.report("google.com", "a", day, 5, 1), w.report("other.example", "b", day, 5, 1))
	got, err := w.store.ReportersNamed(w.ctx, w.account.ID, []string{"google.com", "never.example", "a\x00b"})
	if err != nil || len(got) != 1 || !got["google.com"].FirstSeen.Equal(w.clock.Now()) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := w.store.ReportersNamed(w.ctx, "another account", []string{"google.com"}); err != nil || len(got) != 0 {
		t.Errorf("another account knows %+v, %v", got, err)
	}
}
