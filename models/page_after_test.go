package models_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// turned is a list that is read page by page while rows come and go. page reads
// the page after a place that only it knows, "" for the first; it gives the
// names of its rows and the place of the last.
type turned struct {
	page func(after string, limit int) (names []string, last string)
	add  func(i int)    // a row that may stand anywhere in the list
	drop func(n string) // a row
}

// walk turns the pages to the end, and in between rows come and go.
func (l turned) walk(t *testing.T, limit int, between func(page int, seen []string)) []string {
	t.Helper()
	var all []string
	after := ""
	for page := 0; ; page++ {
		names, last := l.page(after, limit)
		if len(names) > limit {
			t.Fatalf("%d rows on a page of %d", len(names), limit)
		}
		all = append(all, names...)
		if len(names) < limit {
			return all
		}
		if page > 100 {
			t.Fatal("it never ends")
		}
		between(page, all)
		after = last
	}
}

// places keeps the places of rows by a text.
type places map[string]models.Place

func (p places) keep(at models.Place) string {
	p[at.ID] = at
	return at.ID
}

// afterLists are the lists of the API over one account, whose rows the others
// do not have. Rows that tie stand beside each other.
func afterLists(t *testing.T, w *world, account models.Account) map[string]turned {
	t.Helper()
	ctx, store, known := context.Background(), w.store, places{}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	d := testkit.Domain(t, store, account, "reports.example")
	end := func(names []string) string {
		if len(names) == 0 {
			return ""
		}
		return names[len(names)-1]
	}
	name := func(i int) string { return fmt.Sprintf("%c%d.example", 'a'+rune(i*7%26), i) }
	deliver := func(i int) string {
		id := models.NewDeliveryID()
		must(store.SaveDeliveries(ctx, []models.NewDelivery{{Delivery: models.Delivery{
			ID: id, AccountID: account.ID, DomainID: &d.ID, Via: models.ViaMail, ReceivedAt: w.clock.Now().Add(-time.Duration(i%3) * time.Hour), BodyHash: []byte(id),
		}, Body: []byte("body")}}))
		return id
	}
	report := func(i int) {
		pageReport(t, store, d, fmt.Sprintf("r%d.example", i), day-models.Day(i%3), int64(i+1), 0)
	}
	reports := func(rows []models.Report, at func(models.Report) models.Place) (names []string, last string) {
		for _, r := range rows {
			names, last = append(names, r.ID), known.keep(at(r))
		}
		return names, last
	}
	dropReport := func(id string) {
		must(store.WriteDB().Exec("DELETE FROM reports WHERE id = ?", id).Error)
	}
	return map[string]turned{
		"domains": {
			page: func(after string, limit int) ([]string, string) {
				rows, err := store.DomainsAfter(ctx, account.ID, models.DomainFilter{Search: ".example", State: models.Pending, Limit: limit}, after)
				must(err)
				var names []string
				for _, d := range rows {
					names = append(names, d.Name)
				}
				return names, end(names)
			},
			add:  func(i int) { testkit.Domain(t, store, account, name(i)) },
			drop: func(n string) { must(store.RemoveDomain(ctx, account.ID, n)) },
		},
		"reports of a domain": {
			page: func(after string, limit int) ([]string, string) {
				rows, err := store.ReportsAfter(ctx, d, models.ReportFilter{Limit: limit}, known[after])
				must(err)
				return reports(rows, func(r models.Report) models.Place { return models.Place{Day: r.Day, ID: r.ID} })
			},
			add: report, drop: dropReport,
		},
		"reports of an account": {
			page: func(after string, limit int) ([]string, string) {
				rows, err := store.AccountReportsAfter(ctx, account.ID, limit, known[after])
				must(err)
				var plain []models.Report
				for _, r := range rows {
					plain = append(plain, r.Report)
				}
				return reports(plain, func(r models.Report) models.Place { return models.Place{At: r.ReceivedAt, ID: r.ID} })
			},
			add: report, drop: dropReport,
		},
		"deliveries": {
			page: func(after string, limit int) (names []string, last string) {
				rows, err := store.DeliveriesAfter(ctx, account.ID, models.DeliveryFilter{State: models.DeliveryPending, Limit: limit}, known[after])
				must(err)
				for _, r := range rows {
					names, last = append(names, r.ID), known.keep(models.Place{At: r.ReceivedAt, ID: r.ID})
				}
				return names, last
			},
			add:  func(i int) { deliver(i) },
			drop: func(id string) { must(store.WriteDB().Exec("DELETE FROM deliveries WHERE id = ?", id).Error) },
		},
		"reporters": {
			page: func(after string, limit int) ([]string, string) {
				rows, err := store.ReportersAfter(ctx, account.ID, models.Span{From: day - 10, To: day}, after, limit)
				must(err)
				var names []string
				for _, r := range rows {
					names = append(names, r.Identity)
				}
				return names, end(names)
			},
			add: func(i int) {
				must(store.WriteDB().Exec("INSERT INTO reporters (account_id, identity, first_seen) VALUES (?, ?, ?)", account.ID, name(i), w.clock.Now()).Error)
			},
			drop: func(n string) {
				must(store.WriteDB().Exec("DELETE FROM reporters WHERE account_id = ? AND identity = ?", account.ID, n).Error)
			},
		},
		"audit log": {
			page: func(after string, limit int) (names []string, last string) {
				var at int64
				if after != "" {
					_, err := fmt.Sscan(after, &at)
					must(err)
				}
				rows, err := store.AuditAfter(ctx, account.ID, models.AuditFilter{Action: models.AuditReportsUploaded, Limit: limit}, at)
				must(err)
				for _, e := range rows {
					names = append(names, fmt.Sprint(e.ID))
				}
				return names, end(names)
			},
			add: func(i int) {
				must(store.Audit(ctx, account.ID, models.AuditReportsUploaded, fmt.Sprint("file ", i), nil))
			},
		},
	}
}

// Whoever turns pages sees every row that was there all the time, once, in one
// order; rows come before, between and after, and the row that a page ended
// with goes away.
func TestPagesNeitherSkipNorRepeat(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"domains", "reports of a domain", "reports of an account", "deliveries", "reporters", "audit log"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			l := afterLists(t, w, testkit.Account(t, w.store, "lists@example.test"))[what]
			for i := range 13 {
				l.add(i)
			}
			there := l.walk(t, 100, func(int, []string) {})
			if len(there) < 13 {
				t.Fatalf("%d rows", len(there))
			}
			for _, limit := range []int{1, 2, 5} {
				if got := l.walk(t, limit, func(int, []string) {}); !slices.Equal(got, there) {
					t.Errorf("in pages of %d: %q, want %q", limit, got, there)
				}
			}
			gone := map[string]bool{}
			got := l.walk(t, 3, func(page int, seen []string) {
				l.add(20 + page)
				if last := seen[len(seen)-1]; l.drop != nil && page%2 == 0 && last != "reports.example" {
					l.drop(last)
					gone[last] = true
				}
			})
			checkWalk(t, got, there)
			if len(gone) == 0 && l.drop != nil {
				t.Error("no row went")
			}
		})
	}
}

// checkWalk: nothing twice, and all that was there before, in its order.
func checkWalk(t *testing.T, got, there []string) {
	t.Helper()
	seen := map[string]bool{}
	var old []string
	for _, n := range got {
		if seen[n] {
			t.Errorf("%s comes twice", n)
		}
		seen[n] = true
		if slices.Contains(there, n) {
			old = append(old, n)
		}
	}
	if !slices.Equal(old, there) {
		t.Errorf("the rows that were there:\n%q\nwant\n%q", old, there)
	}
}

// An account that has nothing gets nothing, whatever place of another account
// it names, and no row but its own.
func TestPagesAfterStrangePlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := testkit.Account(t, w.store, "empty@example.test")
	for i := range 3 {
		w.judge(w.report(fmt.Sprintf("r%d.example", i), fmt.Sprint(i), day, 1, 0))
	}
	deliveries, err := w.store.DeliveriesAfter(w.ctx, w.account.ID, models.DeliveryFilter{Limit: 10}, models.Place{})
	w.must(err)
	first := deliveries[0]
	far := w.clock.Now().Add(100 * 365 * 24 * time.Hour)
	strange := []models.Place{
		{}, {At: first.ReceivedAt, Day: day, ID: first.ID}, {At: far, Day: 1 << 30, ID: "ffffffff-ffff-7fff-bfff-ffffffffffff"},
		{At: far, Day: day, ID: "'; DROP TABLE reports; --"}, {At: time.Time{}, Day: -1 << 30, ID: "0"},
	}
	for _, at := range strange {
		for what, list := range map[string]func(accountID string) (int, error){
			"reports": func(id string) (int, error) {
				rows, err := w.store.AccountReportsAfter(w.ctx, id, 10, at)
				return len(rows), err
			},
			"deliveries": func(id string) (int, error) {
				rows, err := w.store.DeliveriesAfter(w.ctx, id, models.DeliveryFilter{Limit: 10}, at)
				return len(rows), err
			},
			"reports of a domain": func(id string) (int, error) {
				rows, err := w.store.ReportsAfter(w.ctx, models.Domain{AccountID: id, ID: w.domain.ID}, models.ReportFilter{Limit: 10}, at)
				return len(rows), err
			},
			"domains": func(id string) (int, error) {
				rows, err := w.store.DomainsAfter(w.ctx, id, models.DomainFilter{Limit: 10}, at.ID)
				return len(rows), err
			},
			"reporters": func(id string) (int, error) {
				rows, err := w.store.ReportersAfter(w.ctx, id, models.Span{}, at.ID+"\x00", 10)
				return len(rows), err
			},
		} {
			if n, err := list(other.ID); err != nil || n != 0 {
				t.Errorf("%s after %+v, of another account: %d, %v", what, at, n, err)
			}
			if n, err := list(w.account.ID); err != nil || n > 3 {
				t.Errorf("%s after %+v: %d, %v", what, at, n, err)
			}
		}
	}
	if events, err := w.store.AuditAfter(w.ctx, other.ID, models.AuditFilter{Limit: 10}, 1<<62); err != nil || len(events) != 1 || strings.Contains(events[0].Object, "example.com") {
		t.Errorf("the audit log of another account: %v, %v", events, err)
	}
}
