package models_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// pageReport stores a counted report about a domain and gives its id.
func pageReport(t *testing.T, store *models.Store, d models.Domain, reporter string, day models.Day, successful, failed int64) models.Report {
	t.Helper()
	ctx := context.Background()
	delivery := models.Delivery{ID: models.NewDeliveryID(), AccountID: d.AccountID, DomainID: &d.ID, Via: models.ViaUpload, ReceivedAt: store.Now(), BodyHash: []byte{1}}
	if err := store.SaveDeliveries(ctx, []models.NewDelivery{{Delivery: delivery, Body: []byte("body")}}); err != nil {
		t.Fatal(err)
	}
	claimed, err := store.ClaimPendingDeliveries(ctx, "test", 1, time.Minute)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claimed %v, %v", claimed, err)
	}
	hash := sha256.Sum256(fmt.Append(nil, d.ID, reporter, day, successful, failed))
	r := models.FullReport{Report: models.Report{
		DomainID: d.ID, AccountID: d.AccountID, DeliveryID: delivery.ID, Reporter: reporter, ReportID: day.String(),
		StartAt: day.Time(), EndAt: (day + 1).Time(), Day: day, ContentHash: hash[:], Trust: models.Uploaded, Stated: true,
		Successful: successful, Failed: failed, ReceivedAt: store.Now(),
	}, Policies: []models.PolicyResult{{PolicyType: "sts", Successful: successful, Failed: failed, Counted: true}}}
	if failed > 0 {
		r.Failures = []models.FailureDetail{{ResultType: "certificate-expired", ReceivingMXHostname: "mx.example.com", Sessions: failed, ReasonCode: "expired by " + reporter}}
	}
	claimed[0].State = models.DeliveryCounted
	if err := store.SaveJudged(ctx, "test", []models.Judged{{Delivery: claimed[0], Reports: []models.FullReport{r}}}); err != nil {
		t.Fatal(err)
	}
	reports, err := store.ReportsOfDelivery(ctx, d.AccountID, delivery.ID)
	if err != nil || len(reports) != 1 {
		t.Fatalf("stored %v, %v", reports, err)
	}
	return reports[0]
}

func TestListDomains(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	a, b := testkit.Account(t, store, "a@example.test"), testkit.Account(t, store, "b@example.test")
	quiet, busy, failing := testkit.Domain(t, store, a, "a-quiet.example"), testkit.Domain(t, store, a, "b-busy.example"), testkit.Domain(t, store, a, "c-failing.example")
	testkit.Domain(t, store, b, "other.example")
	today := models.DayOf(clock.Now())
	pageReport(t, store, quiet, "google.com", today-models.WeekDays, 5000, 0) // a day too early to be of the week
	clock.Advance(time.Hour)
	pageReport(t, store, busy, "google.com", today-1, 1000, 1)
	clock.Advance(time.Hour)
	pageReport(t, store, failing, "google.com", today, 1, 9)
	for _, c := range []struct {
		order models.DomainOrder
		f     models.DomainFilter
		want  string
		total int64
	}{
		{models.ByNeed, models.DomainFilter{Limit: 9}, "[c-failing.example a-quiet.example b-busy.example]", 3},
		{models.ByName, models.DomainFilter{Limit: 9}, "[a-quiet.example b-busy.example c-failing.example]", 3},
		{models.BySessions, models.DomainFilter{Limit: 9}, "[b-busy.example c-failing.example a-quiet.example]", 3},
		{models.ByFailureShare, models.DomainFilter{Limit: 9}, "[c-failing.example b-busy.example a-quiet.example]", 3},
		{models.ByLastReport, models.DomainFilter{Limit: 9}, "[c-failing.example b-busy.example a-quiet.example]", 3},
		{models.BySessions, models.DomainFilter{Limit: 1, Offset: 1}, "[c-failing.example]", 3},
		{models.BySessions, models.DomainFilter{Limit: 9, Search: "Ing"}, "[c-failing.example]", 1},
		{models.BySessions, models.DomainFilter{Limit: 9, Search: "%"}, "[]", 0},
		{models.ByNeed, models.DomainFilter{Limit: 9, State: models.Active}, "[]", 0},
	} {
		domains, total, err := store.ListDomains(ctx, a.ID, c.f, c.order)
		names := []string{}
		for _, d := range domains {
			names = append(names, d.Name)
		}
		if err != nil || fmt.Sprint(names) != c.want || total != c.total {
			t.Errorf("%s %+v: %v of %d, %v", c.order, c.f, names, total, err)
		}
	}
}

// A day whose reports were all taken out of the counts is one without reports.
func TestAccountTrendLeavesOutEmptyDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for d := range models.Day(2) {
		pageReport(t, w.store, w.domain, "google.com", day-d, 3, 1)
	}
	w.must(w.store.WriteDB().Exec("UPDATE account_days SET successful = 0, failed = 0, reports = 0 WHERE account_id = ? AND day = ?", w.account.ID, day).Error)
	days, err := w.store.AccountTrend(w.ctx, w.account.ID, models.Span{From: day - 7, To: day})
	if err != nil || len(days) != 1 || days[0].Day != day-1 || days[0].Reports != 1 {
		t.Errorf("%+v, %v, want the one day that has a report", days, err)
	}
}

// The week that lists are sorted by ends today, whether reports come or not.
func TestWeeksRollOn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	a := testkit.Account(t, store, "a@example.test")
	soon, late := testkit.Domain(t, store, a, "a.example"), testkit.Domain(t, store, a, "b.example")
	today := models.DayOf(clock.Now())
	pageReport(t, store, soon, "google.com", today-4, 75, 25)
	pageReport(t, store, late, "google.com", today-3, 10, 0)
	for _, c := range []struct {
		days int // later
		want string
	}{
		{0, "[a.example 100 250000000 b.example 10 0]"},
		{2, "[a.example 100 250000000 b.example 10 0]"},
		{1, "[b.example 10 0 a.example 0 -1]"},
		{1, "[a.example 0 -1 b.example 0 -1]"},
	} {
		clock.Advance(time.Duration(c.days) * 24 * time.Hour)
		if err := store.RollWeeks(ctx); err != nil {
			t.Fatal(err)
		}
		domains, _, err := store.ListDomains(ctx, a.ID, models.DomainFilter{}, models.BySessions)
		got := []any{}
		for _, d := range domains {
			whole, err := store.Domain(ctx, a.ID, d.Name)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, d.Name, whole.WeekSessions, whole.WeekFailing)
		}
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%d days later: %v, %v, want %s", c.days, got, err, c.want)
		}
	}
}

// One outage at an MX that domains share is one problem; what is said about no
// MX is a problem of each domain.
func TestAccountProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.domain, testkit.Domain(t, w.store, w.account, "b.example")
	for _, d := range []models.Domain{first, second} {
		w.domain = d
		w.judge(
			because(failing(failing(w.report("r.example", "1"+d.Name, day-1, 9, 9), "certificate-expired", "mx.shared.example", "", 3), "starttls-not-supported", "", "", 2), "notAfter"),
			failing(failing(w.report("s.example", "2"+d.Name, day, 9, 9), "certificate-expired", "mx.shared.example", "", 1), "starttls-not-supported", "", "", 1),
		)
	}
	w.domain = testkit.Domain(t, w.store, w.account, "d.example") // it had the problem before
	w.judge(failing(w.report("r.example", "4", day-5, 9, 9), "certificate-expired", "mx.shared.example", "", 5))
	mine := w.account
	w.account = testkit.Account(t, w.store, "b@example.test")
	w.domain = testkit.Domain(t, w.store, w.account, "c.example")
	w.judge(failing(w.report("r.example", "3", day, 9, 9), "certificate-expired", "mx.shared.example", "", 7))
	span := models.Span{From: day - 1, To: day}
	problems, err := w.store.AccountProblems(w.ctx, mine.ID, span, 10)
	w.must(err)
	want := `certificate-expired@mx.shared.example(notAfter) 6 in 2 from -1 to -1: example.com [r.example] b.example [r.example]
certificate-expired@mx.shared.example() 2 in 2 from 0 to 0: example.com [s.example] b.example [s.example]
starttls-not-supported@(notAfter) 2 in 1 from -1 to -1: example.com [r.example]
starttls-not-supported@(notAfter) 2 in 1 from -1 to -1: b.example [r.example]
starttls-not-supported@() 1 in 1 from 0 to 0: example.com [s.example]
starttls-not-supported@() 1 in 1 from 0 to 0: b.example [s.example]
`
	if got := problemLines(problems); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	failures, err := w.store.AccountFailures(w.ctx, mine.ID, span, 10)
	w.must(err)
	want = `certificate-expired@mx.shared.example() 8 in 2 from -1 to 0: example.com [r.example s.example] b.example [r.example s.example]
starttls-not-supported@() 3 in 1 from -1 to 0: example.com [r.example s.example]
starttls-not-supported@() 3 in 1 from -1 to 0: b.example [r.example s.example]
`
	if got := problemLines(failures); got != want {
		t.Errorf("whatever the reason, got\n%swant\n%s", got, want)
	}
	if later, err := w.store.AccountProblems(w.ctx, mine.ID, models.Span{From: day + 1, To: day + 2}, 10); err != nil || len(later) != 0 {
		t.Errorf("later: %v, %v", later, err)
	}
}

func problemLines(problems []models.AccountProblem) string {
	lines := ""
	for _, p := range problems {
		lines += fmt.Sprintf("%s@%s(%s) %d in %d from %d to %d:", p.ResultType, p.ReceivingMX, p.Reason, p.Sessions, p.Domains, p.FirstDay-day, p.LastDay-day)
		for _, e := range p.Examples {
			lines += fmt.Sprintf(" %s %v", e.Name, e.ReporterList)
		}
		lines += "\n"
	}
	return lines
}

// because gives all failures of a report the same reason code.
func because(r models.FullReport, reason string) models.FullReport {
	for i := range r.Failures {
		r.Failures[i].ReasonCode = reason
	}
	return r
}

func TestPageQueriesStayInTheAccount(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := testkit.Store(t, testkit.NewClock())
	a, b := testkit.Account(t, store, "a@example.test"), testkit.Account(t, store, "b@example.test")
	d := testkit.Domain(t, store, a, "example.com")
	empty := testkit.Domain(t, store, b, "example.com")
	late := pageReport(t, store, d, "google.com", 20001, 90, 10)
	early := pageReport(t, store, d, "microsoft.com", 20000, 5, 5)
	if rows, n, err := store.ListReports(ctx, a.ID, models.ReportQuery{ReportFilter: models.ReportFilter{Limit: 1, Offset: 1}}); err != nil || n != (models.ReportTotals{Reports: 2, Counted: 2, Successful: 95, Failed: 15}) || len(rows) != 1 || rows[0].Name != "example.com" {
		t.Errorf("reports: %v of %+v, %v", rows, n, err)
	}
	if rows, n, err := store.ListReports(ctx, b.ID, models.ReportQuery{ReportFilter: models.ReportFilter{Limit: 9}}); err != nil || n.Reports != 0 || len(rows) != 0 {
		t.Errorf("reports of the other account: %v of %+v, %v", rows, n, err)
	}
	for want, q := range map[string]models.ReportQuery{
		"google.com microsoft.com": {DomainID: d.ID}, "": {DomainID: empty.ID}, "google.com": {ReportFilter: models.ReportFilter{From: 20001}},
		"microsoft.com": {ReportFilter: models.ReportFilter{To: 20000}, Trust: models.Uploaded, Via: models.ViaUpload, PolicyType: "sts"},
	} {
		q.Limit = 9
		rows, _, err := store.ListReports(ctx, a.ID, q)
		got := []string{}
		for _, r := range rows {
			got = append(got, r.Reporter)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%+v: %v, %v", q, got, err)
		}
	}
	for _, q := range []models.ReportQuery{{Trust: models.Verified}, {Via: models.ViaMail}, {PolicyType: "tlsa"}, {Warned: true}, {ReportFilter: models.ReportFilter{Reporter: "mail.ru"}}} {
		q.Limit = 9
		if rows, totals, err := store.ListReports(ctx, a.ID, q); err != nil || len(rows) != 0 || totals != (models.ReportTotals{}) {
			t.Errorf("%+v: %v, %+v, %v", q, rows, totals, err)
		}
	}
	if r, err := store.FirstReport(ctx, d); err != nil || r.ID != early.ID {
		t.Errorf("first report: %v, %v", r.ID, err)
	}
	if _, err := store.FirstReport(ctx, empty); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("first report of none: %v", err)
	}
	for domain, want := range map[*models.Domain]bool{&d: true, &empty: false} {
		if got, err := store.HasCounts(ctx, *domain); err != nil || got != want {
			t.Errorf("has counts: %v, %v, want %v", got, err, want)
		}
	}
	if names, err := store.DomainNames(ctx, b.ID, []string{d.ID, empty.ID}); err != nil || len(names) != 1 || names[empty.ID] != "example.com" {
		t.Errorf("names: %v, %v", names, err)
	}
	ids := []string{late.DeliveryID, early.DeliveryID}
	if kept, err := store.KeptOf(ctx, a.ID, ids); err != nil || kept[late.DeliveryID] != (models.Kept{Body: true, ReportID: late.ID, Trust: late.Trust, DomainID: d.ID}) || len(kept) != 2 {
		t.Errorf("kept: %v, %v", kept, err)
	}
	if kept, err := store.KeptOf(ctx, b.ID, ids); err != nil || len(kept) != 0 {
		t.Errorf("kept of the other account: %v, %v", kept, err)
	}
}

func TestOtherVersions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := testkit.Store(t, testkit.NewClock())
	a := testkit.Account(t, store, "a@example.test")
	d := testkit.Domain(t, store, a, "example.com")
	first := pageReport(t, store, d, "google.com", 20000, 90, 10)
	pageReport(t, store, d, "google.com", 20000, 95, 10)
	pageReport(t, store, d, "google.com", 20001, 95, 10)
	if n, err := store.OtherVersions(ctx, first); err != nil || n != 1 {
		t.Errorf("got %d, %v", n, err)
	}
}
