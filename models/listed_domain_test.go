package models_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// found says what the last check of a domain has found, and since when it is
// in its state.
func (w *world) found(d models.Domain, state models.DomainState, verdict string, since time.Time, findings ...string) {
	w.t.Helper()
	var list models.JSONList[models.Finding]
	for _, text := range findings {
		list = append(list, models.Finding{Text: text})
	}
	w.must(w.store.WriteDB().Model(&models.Domain{}).Where("id = ?", d.ID).
		Updates(map[string]any{"state": state, "verdict": verdict, "findings": list, "state_since": since, "checked_at": since}).Error)
}

// A list says of a domain what its last check has found, the most severe of it;
// there is no verdict before the first check. What needs a hand comes first.
func TestListedDomainsSayWhatWasFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // example.com is not checked yet
	now := w.clock.Now()
	named := func(name string) models.Domain { return testkit.Domain(t, w.store, w.account, name) }
	fine, warned, broken, lapsed := named("a.example"), named("b.example"), named("c.example"), named("d.example")
	w.found(fine, models.Active, "pass", now)
	w.found(warned, models.Active, "warn", now, "It has no rua.")
	w.found(broken, models.Active, "fail", now.Add(-time.Hour), "There are two records.", "One has a blank.")
	w.found(lapsed, models.Lapsed, "pass", now.Add(-time.Minute))
	other := testkit.Account(t, w.store, "b@example.test")
	w.found(testkit.Domain(t, w.store, other, "other.example"), models.Lapsed, "fail", now)

	const brokenRow, lapsedRow = "c.example active fail There are two records.|", "d.example lapsed pass |"
	all, total, err := w.store.ListDomains(w.ctx, w.account.ID, models.DomainFilter{Limit: 9}, models.ByNeed)
	want := brokenRow + lapsedRow + "b.example active warn It has no rua.|example.com pending  |a.example active pass |"
	if got := rowsOf(all); got != want || total != 5 || err != nil {
		t.Errorf("%d listed, %v:\n%s, want\n%s", total, err, got, want)
	}
	for limit, want := range map[int]string{9: lapsedRow + brokenRow, 1: lapsedRow} {
		needing, err := w.store.DomainsNeedingAHand(w.ctx, w.account.ID, limit)
		if got := rowsOf(needing); got != want || err != nil {
			t.Errorf("%d need a hand: %s, %v, want %s", limit, got, err, want)
		}
	}
}

func rowsOf(domains []models.ListedDomain) (rows string) {
	for _, d := range domains {
		rows += fmt.Sprintf("%s %s %s %s|", d.Name, d.State, d.Verdict, d.Finding)
	}
	return rows
}

// What mail fails to needs a hand as well as what has a broken record: the order
// is one list over its pages, whatever part of it they begin in.
func TestDomainsThatFailMailNeedAHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.store.RemoveDomain(w.ctx, w.account.ID, w.domain.Name))
	today := models.DayOf(w.clock.Now())
	for _, c := range []struct {
		name, verdict      string
		successful, failed int64
	}{
		{"a-fine.test", "pass", 1000, 0}, {"b-silent.test", "pass", 0, 0}, {"c-few.test", "pass", 100_000, 1}, {"d-tenth.test", "pass", 90, 10},
		{"e-half.test", "pass", 10, 10}, {"f-flaw.test", "warn", 1000, 0}, {"g-flaw-fails.test", "warn", 1, 2}, {"h-broken.test", "fail", 1000, 0},
		{"i-broken-fails.test", "fail", 0, 9}, {"j-new.test", "pending", 0, 0}, {"k-hundredth.test", "pass", 99, 1}, {"l-flaw-few.test", "warn", 999, 1},
	} {
		d := testkit.Domain(t, w.store, w.account, c.name)
		w.found(d, models.Active, c.verdict, w.clock.Now())
		if c.successful+c.failed > 0 {
			pageReport(t, w.store, d, "google.com", today-1, c.successful, c.failed)
		}
	}
	want := []string{
		"h-broken.test", "i-broken-fails.test",
		"g-flaw-fails.test", "e-half.test", "d-tenth.test", "k-hundredth.test",
		"f-flaw.test", "l-flaw-few.test", "j-new.test",
		"c-few.test", "a-fine.test", "b-silent.test",
	}
	for limit := range len(want) + 2 {
		for from := 0; from <= len(want) && (limit > 0 || from == 0); from++ {
			got, total, err := w.store.ListDomains(w.ctx, w.account.ID, models.DomainFilter{Limit: limit, Offset: from}, models.ByNeed)
			to := min(from+limit, len(want))
			if limit == 0 {
				to = len(want)
			}
			var names []string
			for _, d := range got {
				names = append(names, d.Name)
			}
			if !slices.Equal(names, want[from:to]) || total != int64(len(want)) || err != nil {
				t.Errorf("%d from %d on: %q of %d, %v, want %q", limit, from, names, total, err, want[from:to])
			}
		}
	}
}
