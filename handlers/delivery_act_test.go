package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/ingest"

	"github.com/sealpost/sealpost/models"
)

// loose brings in a mail that nobody has signed and gives its delivery.
func (w *world) loose(p *person, intake *ingest.Ingest) models.Delivery {
	w.t.Helper()
	d := w.domain(p, "example.com")
	mail := "From: a@sender.example\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + string(report("example.com", "2026-06-14", "one", "90", "10"))
	receipt, err := intake.Accept(w.t.Context(), ingest.Delivery{Via: models.ViaMail, AccountID: p.account.ID, DomainID: d.ID, Raw: []byte(mail)})
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := intake.Outcome(w.t.Context(), p.account.ID, receipt.ID, 10*time.Second)
	if err != nil || got.State != models.DeliveryUnverified {
		w.t.Fatalf("it is %s, %v", got.State, err)
	}
	return got
}

func TestMemberVouchesForADelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	intake := w.realIntake()
	p := w.person("a@example.test")
	d := w.loose(p, intake)
	path := "/deliveries/" + d.ID
	for _, c := range []struct{ act, state string }{
		{"accept", "counted"}, {"withdraw", "unverified"}, {"replay", "unverified"},
	} {
		if got := w.post(path+"/"+c.act, p); got.StatusCode != 303 || got.location() != path {
			t.Fatalf("%s: %d to %s", c.act, got.StatusCode, got.location())
		}
		page := w.get(path, p)
		if got := page.find(t, "delivery-state"); got != c.state {
			t.Errorf("after %s it is %s: %s", c.act, got, page.find(t, "timeline"))
		}
		if !strings.Contains(page.find(t, "timeline"), "a@example.test") {
			t.Errorf("after %s the timeline does not say who did it", c.act)
		}
		days, err := w.store.AccountTrend(t.Context(), p.account.ID, models.Span{From: 0, To: models.DayOf(w.clock.Now())})
		if counted := len(days) == 1 && days[0].Successful == 90; err != nil || counted != (c.state == "counted") {
			t.Errorf("after %s the days are %+v, %v", c.act, days, err)
		}
	}
	w.setRole(p, models.ReadOnly)
	for _, page := range []string{path, "/deliveries", "/quarantine", "/reporters", "/reports", "/domains/example.com/reports"} {
		doc := w.get(page, p).doc(t)
		if n := doc.Find(`main form[method="post"]`).Length(); n != 0 {
			t.Errorf("%s shows a read-only member %d forms", page, n)
		}
	}
	w.setRole(p, models.Member)
	if got := w.post(path+"/delete", p); got.StatusCode != 303 {
		t.Errorf("delete: %d", got.StatusCode)
	}
	if got := w.get(path, p); got.StatusCode != 404 {
		t.Errorf("deleted it is %d", got.StatusCode)
	}
}

func TestBlockingAReporterOnItsPage(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, c := range []struct{ act, trust string }{{"block", "not counted"}, {"unblock", ""}} {
		if got := f.post("/reporters/"+c.act, f.owner, "identity", "sender.example"); got.StatusCode != 303 {
			t.Fatalf("%s: %d", c.act, got.StatusCode)
		}
		row := f.get("/reports", f.owner).doc(t).Find(`[data-testid="report-row"]`).Text()
		if strings.Contains(row, "not counted") != (c.trust != "") {
			t.Errorf("after %s: %s", c.act, row)
		}
		pill := f.get("/reporters", f.owner).find(t, "reporter-row")
		if strings.Contains(pill, "blocked") != (c.act == "block") || !strings.Contains(pill, "new") {
			t.Errorf("after %s the reporter is %q", c.act, pill)
		}
	}
	if got := f.post("/reporters/block", f.other, "identity", "sender.example"); got.StatusCode != 404 {
		t.Errorf("another account blocks it: %d", got.StatusCode)
	}
}

// Ruling 14: over quota a sender comes back, and a person is told.
func TestOverQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Intake = &fakeIntake{err: ingest.ErrOverQuota} })
	p := w.person("a@example.test")
	d := w.domain(p, "example.com")
	posted := w.do(request("POST", "/v1/tlsrpt/"+w.store.ReportSecret(d), nil, strings.NewReader("{}")))
	if posted.StatusCode != 429 || posted.Header.Get("Retry-After") == "" {
		t.Errorf("a POST gets %d, Retry-After %q", posted.StatusCode, posted.Header.Get("Retry-After"))
	}
	uploaded := w.upload("/domains/example.com/reports", p, file{"r.json", []byte("{}")})
	if uploaded.StatusCode != 429 || !strings.Contains(uploaded.body, "limit") {
		t.Errorf("an upload gets %d", uploaded.StatusCode)
	}
}
