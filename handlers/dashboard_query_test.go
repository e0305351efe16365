package handlers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/collector"
	"github.com/sealpost/sealpost/models"
)

// TestMeasureQueries is what bench/dashboard says of the queries by themselves:
// each is asked for 300 random domains, the databases in turn. It asserts nothing.
func TestMeasureQueries(t *testing.T) {
	t.Parallel()
	urls, domains := dashboards(t)
	defer collector.Spare()()
	for i, url := range urls {
		w := newWorldAt(t, url)
		p := w.firstPerson()
		for _, q := range w.dashboardQueries(p.account.ID) {
			took := make([]time.Duration, 0, 300)
			for range cap(took) {
				d, err := w.store.Domain(t.Context(), p.account.ID, fmt.Sprintf("d%d.example", rand.IntN(domains[i])))
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				if err := q.ask(t.Context(), d); err != nil {
					t.Fatal(q.name, err)
				}
				took = append(took, time.Since(start))
			}
			fmt.Printf("%5d domains  query %-34s p50 %8s p99 %8s\n", domains[i], q.name, fine(took, 50), fine(took, 99))
		}
		w.tellYear(p.account.ID, domains[i])
	}
}

type dashboardQuery struct {
	name string
	ask  func(context.Context, models.Domain) error
}

func (w *world) dashboardQueries(account string) []dashboardQuery {
	today := models.DayOf(w.clock.Now())
	month, year, week := models.Span{From: today - 29, To: today}, models.Span{From: today - 364, To: today}, models.Span{From: today - 6, To: today}
	since := year.From.Time()
	list := func(o models.DomainOrder, offset int) func(context.Context, models.Domain) error {
		return func(ctx context.Context, _ models.Domain) error {
			_, _, err := w.store.ListDomains(ctx, account, models.DomainFilter{Limit: 50, Offset: offset}, o)
			return err
		}
	}
	return []dashboardQuery{
		{"domain by name", func(ctx context.Context, d models.Domain) error {
			_, err := w.store.Domain(ctx, account, d.Name)
			return err
		}},
		{"30 days of one, read and summed", func(ctx context.Context, d models.Domain) error {
			l, err := w.store.Ledger(ctx, d, month)
			if err == nil {
				l.Sum(int32(month.From), int32(month.To), nil)
				w.store.ReleaseLedger(l) // as the page does
			}
			return err
		}},
		{"365 days of one, read and summed", func(ctx context.Context, d models.Domain) error {
			l, err := w.store.Ledger(ctx, d, year)
			if err == nil {
				l.Sum(int32(year.From), int32(year.To), nil)
				w.store.ReleaseLedger(l)
			}
			return err
		}},
		{"events of one", func(ctx context.Context, d models.Domain) error {
			_, err := w.store.DomainEvents(ctx, d, since, w.clock.Now())
			return err
		}},
		{"365 days of the account", func(ctx context.Context, _ models.Domain) error {
			_, err := w.store.AccountTrend(ctx, account, year)
			return err
		}},
		{"problems of the account", func(ctx context.Context, _ models.Domain) error {
			_, err := w.store.AccountProblems(ctx, account, week, 6)
			return err
		}},
		{"domains that need a hand", func(ctx context.Context, _ models.Domain) error {
			_, err := w.store.DomainsNeedingAHand(ctx, account, 6)
			return err
		}},
		{"list by need, 50", list(models.ByNeed, 0)}, {"list by sessions, second 50", list(models.BySessions, 50)}, {"list by failure share, 50", list(models.ByFailureShare, 0)},
		{"quarantine count", func(ctx context.Context, _ models.Domain) error {
			_, err := w.store.CountDeliveries(ctx, account, models.DeliveryQuarantined)
			return err
		}},
	}
}

// tellYear sets the year of an account beside the sum of the rows that it is
// kept from: a row for each domain, day and reporter.
func (w *world) tellYear(account string, domains int) {
	w.t.Helper()
	db := w.db()
	defer db.Close()
	today := models.DayOf(w.clock.Now())
	var kept, summed []time.Duration
	for range 3 {
		start := time.Now()
		rows, err := db.Query("SELECT day, SUM(successful), SUM(failed), SUM(reports) FROM daily_totals WHERE account_id = ? AND day BETWEEN ? AND ? GROUP BY day", account, today-364, today)
		if err != nil {
			w.t.Fatal(err)
		}
		for rows.Next() { // all are read
		}
		rows.Close()
		summed = append(summed, time.Since(start))
		for range 20 {
			start = time.Now()
			if _, err := w.store.AccountTrend(w.t.Context(), account, models.Span{From: today - 364, To: today}); err != nil {
				w.t.Fatal(err)
			}
			kept = append(kept, time.Since(start))
		}
	}
	fmt.Printf("%5d domains  year of the account: kept %s, summed from its rows %s: %.0f times\n", domains, fine(kept, 50), fine(summed, 50), float64(fine(summed, 50))/float64(fine(kept, 50)))
}

// fine is quantile to the microsecond.
func fine(d []time.Duration, percent int) time.Duration {
	return exactQuantile(d, percent).Round(time.Microsecond)
}
