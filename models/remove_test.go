package models_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func TestRemoveDomainLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept := w.domain
	w.judge(w.report("r.example", "stays", day, 5, 1))
	before := w.rollups(kept)

	w.domain = testkit.Domain(t, w.store, w.account, "gone.example")
	w.judge(failing(w.report("r.example", "1", day, 10, 2), "certificate-expired", "mx", "192.0.2.0/24", 2))
	w.judge(w.report("r.example", "2", day+1, 10, 2), by(models.Unverified, w.report("s.example", "3", day, 7, 7)))
	w.deliver(1)
	for _, d := range w.claimDomains("node") {
		w.must(w.store.SaveCheck(w.ctx, "node", d.Domain, w.checked(models.Active, "ns1")))
	}
	w.must(w.store.RemoveDomain(w.ctx, w.account.ID, "gone.example"))

	for _, table := range w.tablesWith("domain_id") {
		if n := w.count(table, "domain_id = ?", w.domain.ID); n != 0 {
			t.Errorf("%s has %d rows of the removed domain", table, n)
		}
	}
	if n := w.count("domains", "id = ?", w.domain.ID); n != 0 {
		t.Error("the domain is still there")
	}
	if n := w.count("delivery_bodies", "delivery_id NOT IN (SELECT id FROM deliveries)"); n != 0 {
		t.Errorf("%d bodies of no delivery", n)
	}
	if n := w.count("issued_tokens", "token = ?", w.domain.Token); n != 1 {
		t.Error("the token may be issued again")
	}
	if n := w.count("zone_changes", "token = ? AND removed", w.domain.Token); n != 1 {
		t.Errorf("%d changes take the record out of the zone", n)
	}
	if got := w.rollups(kept); !slices.Equal(got, before) {
		t.Errorf("the rest of the account changed:\n%q\n%q", before, got)
	}
	if err := w.store.RemoveDomain(w.ctx, w.account.ID, "gone.example"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	if err := w.store.RemoveDomain(w.ctx, "another account", "example.com"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
}

// tablesWith lists the tables that have a column.
func (w *world) tablesWith(column string) []string {
	w.t.Helper()
	tables, err := w.store.WriteDB().Migrator().GetTables()
	w.must(err)
	tables = slices.DeleteFunc(tables, func(table string) bool { return !w.store.WriteDB().Migrator().HasColumn(table, column) })
	if len(tables) < 8 {
		w.t.Fatalf("only %q have a column %s", tables, column)
	}
	return tables
}

// Removing a domain while reports about it and about another domain of the
// account come in leaves the sums of the account equal to those of its domains.
func TestRemoveDomainWhileReportsComeIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const rounds = 4
	reports := [][]models.FullReport{}
	for i := range rounds {
		w.domain = testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", i))
		for k := range models.Day(6) {
			id := fmt.Sprint(i, k)
			reports = append(reports, []models.FullReport{w.report("r.example", id, day-k, 3, 1), w.report("s.example", id+"s", day-5+k, 4, 0)})
		}
	}
	deliveries := w.deliver(len(reports))
	w.claim("node")
	var g errgroup.Group
	for i, rs := range reports {
		g.Go(func() error {
			d := deliveries[i].Delivery
			d.State = models.DeliveryCounted
			return w.store.SaveJudged(w.ctx, "node", []models.Judged{{Delivery: d, Reports: rs}})
		})
	}
	for i := range rounds / 2 {
		g.Go(func() error { return w.store.RemoveDomain(w.ctx, w.account.ID, fmt.Sprintf("d%d.example", i)) })
	}
	w.must(g.Wait())
	w.accountDaysAgree()
}

// accountDaysAgree checks that the sums of the account are those of its domains.
func (w *world) accountDaysAgree() {
	w.t.Helper()
	sums := w.rows(0, "SELECT 'day' AS a, day AS b, '' AS c, SUM(successful) AS d, SUM(failed) AS e, SUM(reports) AS f FROM daily_totals WHERE account_id = ? GROUP BY day ORDER BY day", w.account.ID)
	days := w.rows(0, "SELECT 'day' AS a, day AS b, '' AS c, successful AS d, failed AS e, reports AS f FROM account_days WHERE account_id = ? AND reports > 0 ORDER BY day", w.account.ID)
	if !slices.Equal(sums, days) {
		w.t.Errorf("the account's days are\n%q, its domains' are\n%q", days, sums)
	}
}

func TestZoneChangesHaveNoGaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seq, err := w.store.ZoneSequence(w.ctx)
	w.must(err)
	const writers, each = 8, 5
	var g errgroup.Group
	for i := range writers {
		g.Go(func() error {
			for k := range each {
				if _, err := w.store.AddDomain(w.ctx, w.account.ID, fmt.Sprintf("d%d-%d.example", i, k)); err != nil {
					return err
				}
			}
			return w.store.RemoveDomain(w.ctx, w.account.ID, fmt.Sprintf("d%d-0.example", i))
		})
	}
	seen := w.follow(seq, writers*(each+1))
	w.must(g.Wait())
	for i, c := range seen {
		if c.Seq != seq+int64(i)+1 {
			t.Fatalf("change %d has number %d", seq+int64(i)+1, c.Seq)
		}
	}
	if n := w.count("zone_changes", "true"); n != writers*(each+1)+1 {
		t.Errorf("%d changes", n)
	}
}

// follow polls the changes after seq like a node until it has seen n. Who polls
// must never pass over one that is committed later.
func (w *world) follow(seq int64, n int) []models.ZoneChange {
	w.t.Helper()
	deadline := time.Now().Add(5 * time.Minute) // a hang guard
	var seen []models.ZoneChange
	for len(seen) < n {
		changes, err := w.store.ZoneChangesSince(w.ctx, seq, 3)
		w.must(err)
		seen = append(seen, changes...)
		if len(changes) > 0 {
			seq = changes[len(changes)-1].Seq
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("saw %d of %d changes", len(seen), n)
		}
	}
	return seen
}
