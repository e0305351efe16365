package models_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
)

// sums is what the ledger of the world's domain says of some days.
func (w *world) sums(from, to models.Day) ledger.Sum {
	w.t.Helper()
	l, err := w.store.Ledger(w.ctx, w.domain, models.Span{From: from, To: to})
	w.must(err)
	return l.Sum(int32(from), int32(to), nil)
}

// sameAsDaily holds the ledger to the daily tables.
func (w *world) sameAsDaily(from, to models.Day) {
	w.t.Helper()
	sum, span := w.sums(from, to), models.Span{From: from, To: to}
	days, err := w.store.Trend(w.ctx, w.domain, span)
	w.must(err)
	daily := make([]ledger.DaySum, to-from+1)
	for _, d := range days {
		daily[d.Day-from] = ledger.DaySum{Known: true, Successful: d.Successful, Failed: d.Failed}
	}
	for i := range sum.Days {
		sum.Days[i].ByType = nil
	}
	if diff := cmp.Diff(daily, sum.Days); diff != "" {
		w.t.Errorf("days: %s", diff)
	}
	for name, c := range map[string]struct {
		query string
		got   []ledger.Share
	}{
		"reporters": {"SELECT reporter AS name, '' AS mode, SUM(successful) AS successful, SUM(failed) AS failed FROM daily_totals %s GROUP BY reporter", sum.Reporters},
		"policies":  {"SELECT policy_type AS name, mode, SUM(successful) AS successful, SUM(failed) AS failed FROM daily_policies %s GROUP BY policy_type, mode", sum.Policies},
		"results":   {"SELECT result_type AS name, '' AS mode, 0 AS successful, SUM(sessions) AS failed FROM daily_failures %s GROUP BY result_type", sum.Results},
		"MXs":       {"SELECT receiving_mx AS name, '' AS mode, 0 AS successful, SUM(sessions) AS failed FROM daily_failures %s GROUP BY receiving_mx", sum.MXs},
		"networks":  {"SELECT sending_network AS name, '' AS mode, 0 AS successful, SUM(sessions) AS failed FROM daily_failures %s GROUP BY sending_network", sum.Networks},
	} {
		var want []ledger.Share
		w.must(w.store.WriteDB().Raw(fmt.Sprintf(c.query, "WHERE domain_id = ? AND day BETWEEN ? AND ?"), w.domain.ID, from, to).Scan(&want).Error)
		byName := func(list []ledger.Share) map[string]ledger.Share {
			m := map[string]ledger.Share{}
			for _, s := range list {
				m[s.Name+" "+s.Mode] = s
			}
			return m
		}
		if diff := cmp.Diff(byName(want), byName(c.got)); diff != "" {
			w.t.Errorf("%s: %s", name, diff)
		}
	}
}

// revised is a story with late reports, a revision and three months.
func (w *world) revised() (from, to models.Day) {
	w.judge(failing(w.report("google.com", "1", day, 90, 10), "certificate-expired", "mx1.example.com", "192.0.2.0/24", 9))
	w.judge(w.report("google.com", "2", day-40, 5, 0), w.report("mail.ru", "3", day-80, 7, 1))
	w.clock.Advance(50 * time.Hour)
	w.judge(failing(w.report("google.com", "1", day, 95, 10), "starttls-not-supported", "", "", 4)) // more sessions: it wins
	w.judge(w.report("mail.ru", "4", day, 1, 0))
	return day - 81, day + 1
}

func TestLedgerSaysWhatTheDailyTablesSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, to := w.revised()
	w.sameAsDaily(from, to)
	if s := w.sums(day, day); s.Successful != 96 || s.Failed != 10 || len(s.Results) != 1 || s.Results[0].Name != "starttls-not-supported" {
		t.Errorf("%+v", s)
	}
}

func TestLedgersAreRebuilt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, to := w.revised()
	before := w.sums(from, to)
	db := w.store.WriteDB()
	w.must(db.Exec("DELETE FROM ledger_pages").Error)
	w.must(db.Exec("DELETE FROM domain_recents").Error)
	w.must(db.Exec("INSERT INTO ledger_rebuilds (domain_id) VALUES (?)", w.domain.ID).Error)
	w.must(w.store.RebuildLedgers(w.ctx))
	w.sameAsDaily(from, to)
	if diff := cmp.Diff(before, w.sums(from, to)); diff != "" {
		t.Error(diff)
	}
	if n := w.count("ledger_rebuilds", "1 = 1") + 1 - w.count("domain_recents", "1 = 1"); n != 0 {
		t.Error("the note stays, or the newest days are missing")
	}
}

func TestLedgerGoesWithItsDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.revised()
	w.must(w.store.RemoveDomain(w.ctx, w.account.ID, w.domain.Name))
	for _, table := range []string{"ledger_pages", "domain_recents", "domain_problems"} {
		if n := w.count(table, "1 = 1"); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
}

func TestLedgerKnowsWhenReportsCame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early := w.report("google.com", "1", day, 1, 0)
	w.judge(early)
	uploaded := w.report("mail.ru", "2", day, 1, 0)
	uploaded.Trust, uploaded.ReceivedAt = models.Uploaded, w.clock.Now().Add(1000*time.Hour)
	w.judge(uploaded)
	l, err := w.store.Ledger(w.ctx, w.domain, models.Span{From: day, To: day})
	w.must(err)
	for _, a := range l.Attendance(int32(day), int32(day), int64(day+3)*24) {
		if len(a.States) != 1 || a.States[0] != ledger.Received {
			t.Errorf("%s: %v", a.Reporter, a.States)
		}
	}
}

func TestExportsHandOverRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, to := w.revised()
	var details, reports int
	w.must(w.store.EachDetail(w.ctx, w.domain, models.Span{From: from, To: to}, func(models.DetailRow) error { details++; return nil }))
	w.must(w.store.EachReport(w.ctx, w.domain, models.Span{From: from, To: to}, func(models.ReportLine) error { reports++; return nil }))
	if details != 1 || reports != 5 { // the superseded revision is listed, its details are not
		t.Errorf("%d details, %d reports", details, reports)
	}
	stop := errors.New("stop")
	if err := w.store.EachReport(w.ctx, w.domain, models.Span{From: from, To: to}, func(models.ReportLine) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	rows, err := w.store.SendingAddresses(w.ctx, w.domain, models.Span{From: from, To: to}, "")
	if err != nil || len(rows) != 1 || rows[0].Failed != 4 {
		t.Errorf("addresses: %v, %v", rows, err)
	}
}
