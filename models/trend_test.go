package models_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// withReports is a world with failures of several kinds over three days.
func withReports(t *testing.T) *world {
	w := newWorld(t)
	w.judge(
		failing(failing(w.report("r.example", "1", day, 90, 10), "certificate-expired", "mx1", "192.0.2.0/24", 7), "starttls-not-supported", "mx2", "192.0.2.0/24", 3),
		failing(w.report("s.example", "2", day, 5, 5), "certificate-expired", "mx1", "2001:db8::/48", 5),
		failing(w.report("r.example", "3", day-1, 100, 1), "certificate-expired", "mx2", "", 1),
		w.report("r.example", "4", day-5, 1, 0),
	)
	other := testkit.Domain(t, w.store, w.account, "other.example")
	mine := w.domain
	w.domain = other
	w.judge(failing(w.report("r.example", "5", day, 1000, 20), "x", "mx", "", 20))
	w.domain = mine
	return w
}

func TestQueriesOfRollups(t *testing.T) {
	t.Parallel()
	w := withReports(t)
	span := models.Span{From: day - 2, To: day}
	stranger := w.domain
	stranger.AccountID = "another account"
	for what, c := range map[string]struct {
		got  func() (any, error)
		want any
	}{
		"trend": {func() (any, error) { return w.store.Trend(w.ctx, w.domain, span) },
			[]models.DaySum{{Day: day - 1, Successful: 100, Failed: 1, Reports: 1}, {Day: day, Successful: 95, Failed: 15, Reports: 2}}},
		"trend of a stranger": {func() (any, error) { return w.store.Trend(w.ctx, stranger, span) }, nil},
		"trend of one day": {func() (any, error) { return w.store.Trend(w.ctx, w.domain, models.Span{From: day - 5, To: day - 5}) },
			[]models.DaySum{{Day: day - 5, Successful: 1, Reports: 1}}},
		"account": {func() (any, error) { return w.store.AccountTrend(w.ctx, w.account.ID, span) },
			[]models.DaySum{{Day: day - 1, Successful: 100, Failed: 1, Reports: 1}, {Day: day, Successful: 1095, Failed: 35, Reports: 3}}},
		"problems": {func() (any, error) { return w.store.Problems(w.ctx, w.domain, span) },
			[]models.Problem{{"certificate-expired", "mx1", 12, day, day, 2}, {"starttls-not-supported", "mx2", 3, day, day, 1}, {"certificate-expired", "mx2", 1, day - 1, day - 1, 1}}},
		"of the account": {func() (any, error) { return w.store.AccountProblems(w.ctx, w.account.ID, span, 2) },
			[]models.AccountProblem{
				{ProblemKey: models.ProblemKey{ResultType: "x", ReceivingMX: "mx"}, Domains: 1, Sessions: 20, FirstDay: day, LastDay: day, Examples: []models.ProblemExample{{"other.example", 20, 1, []string{"r.example"}}}},
				{ProblemKey: models.ProblemKey{ResultType: "certificate-expired", ReceivingMX: "mx1"}, Domains: 1, Sessions: 12, FirstDay: day, LastDay: day, Examples: []models.ProblemExample{{"example.com", 12, 2, []string{"r.example", "s.example"}}}},
			}},
	} {
		got, err := c.got()
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if c.want == nil {
			if n := reflect.ValueOf(got).Len(); n != 0 {
				t.Errorf("%s: %d rows, want none", what, n)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

func TestRecents(t *testing.T) {
	t.Parallel()
	w := withReports(t)
	w.judge(by(models.Unverified, w.report("u.example", "9", day+1, 1, 0)))
	got, err := w.store.Recents(w.ctx, w.account.ID, []string{w.domain.ID, "unknown"})
	r := got[w.domain.ID]
	if err != nil || len(got) != 1 || r.Reporter == "u.example" || !r.ReceivedAt.Equal(w.clock.Now()) {
		t.Errorf("%+v, %v", got, err)
	}
	if s, f := r.Sum(int32(day-1), int32(day)); s != 195 || f != 16 || r.Day(int32(day-2)).Known {
		t.Errorf("%d successful, %d failed", s, f)
	}
	if got, err := w.store.Recents(w.ctx, "another account", []string{w.domain.ID}); err != nil || len(got) != 0 {
		t.Errorf("another account sees %v, %v", got, err)
	}
	if got, err := w.store.Recents(w.ctx, w.account.ID, nil); err != nil || len(got) != 0 {
		t.Errorf("of none: %v, %v", got, err)
	}
}

func TestReportsListing(t *testing.T) {
	t.Parallel()
	w := withReports(t)
	for _, c := range []struct {
		filter models.ReportFilter
		total  int64
		rows   int
	}{
		{models.ReportFilter{Limit: 10}, 4, 4},
		{models.ReportFilter{Limit: 1, Offset: 3}, 4, 1},
		{models.ReportFilter{From: day - 1, To: day - 1, Limit: 10}, 1, 1},
		{models.ReportFilter{Reporter: "s.example", Limit: 10}, 1, 1},
		{models.ReportFilter{Reporter: "s\x00\xff", Limit: 10}, 0, 0},
	} {
		reports, total, err := w.store.Reports(w.ctx, w.domain, c.filter)
		if err != nil || total != c.total || len(reports) != c.rows {
			t.Errorf("%+v: %d of %d, %v", c.filter, len(reports), total, err)
		}
	}
}

// A count may be as large as 1e12 (protocol.md §4). Sums over many do not wrap
// and come back exactly on every engine.
func TestHugeCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const huge, n = 1_000_000_000_000 - 1, 30
	var reports []models.FullReport
	for i := range n {
		reports = append(reports, failing(w.report("r.example", fmt.Sprint(i), day, huge, huge), "x", "mx", "", huge))
	}
	w.judge(reports...)
	span := models.Span{From: day, To: day}
	want := models.DaySum{Day: day, Successful: n * huge, Failed: n * huge, Reports: n}
	if days, err := w.store.Trend(w.ctx, w.domain, span); err != nil || len(days) != 1 || days[0] != want {
		t.Errorf("trend %+v, %v", days, err)
	}
	if days, err := w.store.AccountTrend(w.ctx, w.account.ID, span); err != nil || len(days) != 1 || days[0] != want {
		t.Errorf("account %+v, %v", days, err)
	}
	if rows, err := w.store.Problems(w.ctx, w.domain, span); err != nil || len(rows) != 1 || rows[0].Sessions != n*huge || rows[0].Reporters != 1 {
		t.Errorf("problems %+v, %v", rows, err)
	}
}

// What no int64 can hold is an error that stores nothing, never a wrong number.
func TestSumsDoNotWrap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const most = int64(9e18)
	w.judge(w.report("r.example", "1", day, most, 0))
	before := w.rollups(w.domain)
	for _, reporter := range []string{"r.example", "s.example"} { // within the cell, and within the account's day
		w.deliver(1)
		for _, d := range w.claim("node") {
			d.State = models.DeliveryCounted
			r := w.report(reporter, "2", day, most, 0)
			if err := w.store.SaveJudged(w.ctx, "node", []models.Judged{{Delivery: d, Reports: []models.FullReport{r}}}); err == nil {
				t.Errorf("%s: stored what is too large", reporter)
			}
		}
		if after := w.rollups(w.domain); !cmp.Equal(before, after) {
			t.Errorf("%s: counts %q", reporter, after)
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]models.Day{"1969-12-31": -1, "1970-01-01": 0, "2024-02-29": 19782, "2026-06-14": day, "2038-01-20": 24856} {
		if want.String() != text || models.DayOf(want.Time()) != want || models.DayOf((want+1).Time().Add(-1)) != want {
			t.Errorf("%s: day %d is %s from %v", text, want, want, want.Time())
		}
	}
}
