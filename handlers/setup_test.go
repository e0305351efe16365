package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// checked stores the outcome of a check as the job does.
func (w *world) checked(d models.Domain, c models.Checked) models.Domain {
	w.t.Helper()
	ctx := context.Background()
	w.clock.Advance(time.Second)
	due, err := w.store.ClaimDueDomains(ctx, "test", 10, time.Minute)
	if err != nil || len(due) != 1 {
		w.t.Fatalf("due: %v, %v", due, err)
	}
	c.At = w.clock.Now()
	if c.NextCheckAt.IsZero() {
		c.NextCheckAt = c.At.Add(time.Hour)
	}
	if c.NextIfWatched.IsZero() {
		c.NextIfWatched = c.NextCheckAt
	}
	if err := w.store.SaveCheck(ctx, "test", due[0].Domain, c); err != nil {
		w.t.Fatal(err)
	}
	d, err = w.store.Domain(ctx, d.AccountID, d.Name)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func TestSetupFollowsTheRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := w.domain(p, "example.com")
	target := zone.Target(d.Name, d.Token)

	fresh := w.get("/domains/example.com/setup", p)
	panel := fresh.doc(t).Find(`[data-testid="setup-panel"]`)
	if get, _ := panel.Attr("hx-get"); get != "/domains/example.com/setup/panel" || fresh.find(t, "verdict") != "pending" {
		t.Errorf("before the first check: polls %q, says %q", get, fresh.find(t, "verdict"))
	}

	w.checked(d, models.Checked{
		State: models.Pending, Verdict: "fail", CNAME: "", Record: "v=TLSRPTv1; rua=mailto:old@example.com",
		Findings: []models.Finding{{ID: "D13", Severity: "fail", Text: "Remove the TXT record."}, {ID: "N11", Severity: "info", Text: "One server was not asked."}},
		Servers: []models.Observation{
			{Server: "ns1.example.com", Addr: "192.0.2.53", Kind: "authoritative", TXT: []string{"v=TLSRPTv1; rua=mailto:old@example.com,https://Old.example.com/r"}, Rcode: "NOERROR", TTL: 3600, Verdict: "fail"},
			{Server: "1.1.1.1:53", Addr: "1.1.1.1", Kind: "resolver", Rcode: "NXDOMAIN", TTL: 900, Verdict: "pending"},
			{Server: "ns2.example.com", Addr: "192.0.2.54", Kind: "authoritative", Error: "timeout", Verdict: "warn"},
			{Server: "127.0.0.1:5354", Addr: "127.0.0.1", Kind: "own", CNAME: "", TXT: []string{"x"}, Rcode: "NOERROR", Verdict: "pass"},
		},
	})
	failing := w.get("/domains/example.com/setup", p)
	rows := failing.doc(t).Find(`[data-testid="servers"] tbody tr`)
	if rows.Length() != 3 || strings.Contains(failing.body, `data-kind="own"`) {
		t.Errorf("%d servers are shown", rows.Length())
	}
	for _, c := range []struct{ server, kind, verdict, text string }{
		{"ns1.example.com", "authoritative", "fail", "a TXT record, no CNAME"},
		{"ns2.example.com", "authoritative", "warn", "no answer in time"},
		{"1.1.1.1:53", "resolver", "pending", "forgets the old answer at 12:15"},
	} {
		row := rows.Filter(`[data-server="` + c.server + `"]`)
		kind, _ := row.Attr("data-kind")
		verdict, _ := row.Attr("data-verdict")
		if kind != c.kind || verdict != c.verdict || !strings.Contains(row.Text(), c.text) {
			t.Errorf("%s: %s, %s, %q", c.server, kind, verdict, row.Text())
		}
	}
	for _, text := range []string{"Remove the TXT record.", "One server was not asked.", "TXT &#34;v=TLSRPTv1; rua=mailto:old@example.com,https://Old.example.com/r&#34;"} {
		if !strings.Contains(failing.body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}

	if offer := failing.doc(t).Find(`[data-testid="keep-informed"]`); !strings.Contains(offer.Text(), "old@example.com") || !strings.Contains(offer.Text(), "https://old.example.com/r") || offer.Find(`a[href="/domains/example.com/forwards"]`).Length() != 1 {
		t.Errorf("the destinations of the old record are not offered as forwards: %q", offer.Text())
	}

	w.clock.Advance(time.Hour)
	w.checked(d, models.Checked{State: models.Active, Proven: true, Verdict: "pass", Effective: true, Delegated: true, CNAME: target,
		Servers: []models.Observation{{Server: "ns1.example.com", Addr: "192.0.2.53", Kind: "authoritative", CNAME: target, Rcode: "NOERROR", TTL: 3600, Verdict: "pass"}}})
	active := w.htmx("GET", "/domains/example.com/setup/panel", p)
	if active.StatusCode != 200 || strings.Contains(active.body, "<html") || active.find(t, "verdict") != "pass" {
		t.Errorf("the fragment: %d, %q", active.StatusCode, active.find(t, "verdict"))
	}
	if _, polls := active.doc(t).Find(`[data-testid="setup-panel"]`).Attr("hx-get"); polls {
		t.Error("a panel with nothing left to wait for goes on asking")
	}
	if state, _ := active.doc(t).Find(`[data-testid="domain-state"]`).Attr("data-state"); state != "active" {
		t.Errorf("the state is %q", state)
	}
	if !strings.Contains(active.body, "CNAME right") || active.find(t, "live-since") == "" {
		t.Error("the panel does not say that the CNAME is right and since when")
	}
	if vary := active.Header.Values("Vary"); !strings.Contains(strings.Join(vary, ","), "HX-Request") {
		t.Errorf("Vary is %q", vary)
	}
}

// What nobody has answered is not called empty, and each fault has its words.
func TestSetupOfAnUnansweredCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := w.domain(p, "example.com")
	checked := models.Checked{State: models.Pending, Verdict: "pending"}
	faults := map[string]string{
		"unreachable": "cannot be reached", "malformed": "sends no readable answer", "no tcp": "does not speak TCP",
		"no address": "its name has no address", "timeout": "no answer in time", "spared": "not asked yet",
	}
	for fault := range faults {
		checked.Servers = append(checked.Servers, models.Observation{Server: "ns-" + strings.ReplaceAll(fault, " ", "-") + ".example.com", Kind: "authoritative", Error: fault, Verdict: "warn"})
	}
	checked.Servers = append(checked.Servers, models.Observation{Server: "9.9.9.9:53", Addr: "9.9.9.9:53", Kind: "resolver", Rcode: "SERVFAIL", EDE: "DNSKEY Missing", Verdict: "warn"})
	w.checked(d, checked)
	page := w.get("/domains/example.com/setup", p)
	for _, text := range faults {
		if !strings.Contains(page.body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if !strings.Contains(page.body, "answers SERVFAIL: DNSKEY Missing") || !strings.Contains(page.body, "Not known: no server answered") {
		t.Error("the page does not say why, or calls the unknown empty")
	}
}

func TestWatchingWritesNowAndThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := w.domain(p, "example.com")
	w.checked(d, models.Checked{State: models.Pending, Verdict: "fail"})
	now := func() models.Domain {
		d, err := w.store.Domain(context.Background(), p.account.ID, "example.com")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	w.get("/domains/example.com/setup", p)
	first := now()
	if first.WatchedUntil == nil || !first.NextCheckAt.Equal(w.clock.Now()) {
		t.Fatalf("watched until %v, next check at %v", first.WatchedUntil, first.NextCheckAt)
	}
	w.clock.Advance(4 * time.Second)
	w.htmx("GET", "/domains/example.com/setup/panel", p)
	if !now().WatchedUntil.Equal(*first.WatchedUntil) {
		t.Error("the second poll was written down")
	}
	soon := w.clock.Now().Add(6 * time.Second)
	w.checked(d, models.Checked{State: models.Pending, Verdict: "fail", NextIfWatched: soon}) // began before anybody watched
	if next := now().NextCheckAt; !next.Equal(soon) {
		t.Errorf("the next check is at %v: a check in an hour must be brought back to %v", next, soon)
	}
	w.clock.Advance(50 * time.Second)
	w.htmx("GET", "/domains/example.com/setup/panel", p)
	second := now()
	if !second.WatchedUntil.After(*first.WatchedUntil) {
		t.Error("the watching is not written down again")
	}
	w.checked(d, models.Checked{State: models.Pending, Verdict: "fail", NextCheckAt: w.clock.Now().Add(55 * time.Second)})
	w.clock.Advance(50 * time.Second)
	w.htmx("GET", "/domains/example.com/setup/panel", p)
	third := now()
	if !third.WatchedUntil.After(*second.WatchedUntil) || third.NextCheckAt.Equal(w.clock.Now()) {
		t.Errorf("watched until %v, next check at %v: going on watching must not hurry the checks", third.WatchedUntil, third.NextCheckAt)
	}
}

func TestCheckNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := w.checked(w.domain(p, "example.com"), models.Checked{State: models.Active, Proven: true, Verdict: "pass"})
	next := func() time.Time {
		d, err := w.store.Domain(context.Background(), p.account.ID, "example.com")
		if err != nil {
			t.Fatal(err)
		}
		return d.NextCheckAt
	}
	w.clock.Advance(time.Second)
	w.post("/domains/example.com/check", p)
	if !next().Equal(d.NextCheckAt) {
		t.Error("a check was asked for a second after the last")
	}
	w.clock.Advance(5 * time.Second)
	if got := w.post("/domains/example.com/check", p); got.StatusCode != 303 || got.location() != "/domains/example.com/setup" {
		t.Errorf("got %d to %s", got.StatusCode, got.location())
	}
	if !next().Equal(w.clock.Now()) {
		t.Errorf("the next check is at %v", next())
	}
	if got := w.htmx("POST", "/domains/example.com/check", p); got.StatusCode != 200 || !strings.Contains(got.body, "checking now") {
		t.Errorf("for htmx: %d", got.StatusCode)
	}
}

// What a check finds changed is marked on the chart of the domain, on its day.
func TestTheChartMarksWhatChecksFindChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := w.domain(p, "example.com")
	w.upload("/domains/example.com/reports", p, file{"1.json", report("example.com", "2026-06-14", "one", "90", "10")})
	d = w.checked(d, models.Checked{State: models.Active, Proven: true, Verdict: "pass", MXHosts: []string{"old.example.com"}})
	w.clock.Advance(24 * time.Hour)
	w.checked(d, models.Checked{State: models.Active, Proven: true, Verdict: "pass", MXHosts: []string{"new.example.com"}})
	page := w.get("/domains/example.com?days=7", p)
	today := page.doc(t).Find(`[data-testid="trend-table"] [data-day="2026-06-16"]`)
	if n := page.doc(t).Find("svg.event").Length(); n != 2 || !strings.Contains(today.Text(), "MX changed to new.example.com") {
		t.Errorf("%d marks, and of today it says %q", n, today.Text())
	}
	if strings.Contains(page.body, "MX changed to old.example.com") {
		t.Error("the first mail server seen is no change")
	}
}
