package models_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
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

func TestDomainsInOrder(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	a, b := testkit.Account(t, store, "a@example.test"), testkit.Account(t, store, "b@example.test")
	quiet, busy, failing := testkit.Domain(t, store, a, "a-quiet.example"), testkit.Domain(t, store, a, "b-busy.example"), testkit.Domain(t, store, a, "c-failing.example")
	testkit.Domain(t, store, b, "other.example")
	pageReport(t, store, quiet, "google.com", 19000, 5000, 0) // before the span
	clock.Advance(time.Hour)
	pageReport(t, store, busy, "google.com", 20000, 1000, 1)
	clock.Advance(time.Hour)
	pageReport(t, store, failing, "google.com", 20001, 1, 9)
	span := models.Span{From: 19990, To: 20010}
	for _, c := range []struct {
		order models.DomainOrder
		f     models.DomainFilter
		want  string
		total int64
	}{
		{models.ByNeed, models.DomainFilter{Limit: 9}, "[a-quiet.example b-busy.example c-failing.example]", 3},
		{models.ByName, models.DomainFilter{Limit: 9}, "[a-quiet.example b-busy.example c-failing.example]", 3},
		{models.BySessions, models.DomainFilter{Limit: 9}, "[b-busy.example c-failing.example a-quiet.example]", 3},
		{models.ByFailureShare, models.DomainFilter{Limit: 9}, "[c-failing.example b-busy.example a-quiet.example]", 3},
		{models.ByLastReport, models.DomainFilter{Limit: 9}, "[c-failing.example b-busy.example a-quiet.example]", 3},
		{models.BySessions, models.DomainFilter{Limit: 1, Offset: 1}, "[c-failing.example]", 3},
		{models.BySessions, models.DomainFilter{Limit: 9, Search: "Ing"}, "[c-failing.example]", 1},
		{models.BySessions, models.DomainFilter{Limit: 9, Search: "%"}, "[]", 0},
		{models.ByNeed, models.DomainFilter{Limit: 9, State: models.Active}, "[]", 0},
	} {
		domains, total, err := store.DomainsInOrder(ctx, a.ID, c.f, c.order, span)
		names := []string{}
		for _, d := range domains {
			names = append(names, d.Name)
		}
		if err != nil || fmt.Sprint(names) != c.want || total != c.total {
			t.Errorf("%s %+v: %v of %d, %v", c.order, c.f, names, total, err)
		}
	}
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
	span := models.Span{From: 20000, To: 20001}

	if rows, n, err := store.AccountReports(ctx, a.ID, 1, 1); err != nil || n != 2 || len(rows) != 1 || rows[0].Name != "example.com" {
		t.Errorf("reports: %v of %d, %v", rows, n, err)
	}
	if rows, n, err := store.AccountReports(ctx, b.ID, 9, 0); err != nil || n != 0 || len(rows) != 0 {
		t.Errorf("reports of the other account: %v of %d, %v", rows, n, err)
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
	if days, err := store.ReporterDays(ctx, d, span); err != nil || fmt.Sprint(days) != "[{google.com 2024-10-05 10} {microsoft.com 2024-10-04 5}]" {
		t.Errorf("reporter days: %v, %v", days, err)
	}
	if names, err := store.DomainNames(ctx, b.ID, []string{d.ID, empty.ID}); err != nil || len(names) != 1 || names[empty.ID] != "example.com" {
		t.Errorf("names: %v, %v", names, err)
	}
	if parts, err := store.ProblemReports(ctx, d, span); err != nil || len(parts) != 2 || parts[0].Sessions != 10 || parts[0].Reporter != "google.com" {
		t.Errorf("problem by reporter: %v, %v", parts, err)
	}
	if parts, err := store.ProblemReasons(ctx, d, span); err != nil || len(parts) != 2 || parts[0].Reason != "expired by google.com" {
		t.Errorf("problem by reason: %v, %v", parts, err)
	}
	if parts, err := store.ProblemReasons(ctx, empty, span); err != nil || len(parts) != 0 {
		t.Errorf("reasons of the other account: %v, %v", parts, err)
	}
	ids := []string{late.DeliveryID, early.DeliveryID}
	if kept, err := store.KeptOf(ctx, a.ID, ids); err != nil || kept[late.DeliveryID] != (models.Kept{Body: true, ReportID: late.ID, Trust: late.Trust}) || len(kept) != 2 {
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
