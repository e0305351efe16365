package views_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/sealpost/sealpost/views"
)

// text is what a person reads in the first element that matches.
func text(doc *goquery.Document, selector string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(doc.Find(selector).First().Text(), "\u202f", "_")), " ")
}

func testID(id string) string { return `[data-testid="` + id + `"]` }

func TestSetupShowsTheRecord(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Setup(setup()))
	for id, want := range map[string]string{
		"cname-host": "_smtp._tls", "cname-host-full": "_smtp._tls.example.com.", "cname-type": "CNAME",
		"cname-value": sampleTarget, "hosted-txt": sampleTXT,
		"zone-line": "_smtp._tls.example.com. 3600 IN CNAME " + sampleTarget,
	} {
		if got := doc.Find(testID(id)).Text(); got != want {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
	if got := doc.Find(testID("cname-value")+" + [data-copy]").AttrOr("data-copy", ""); got != sampleTarget {
		t.Errorf("copied value %q", got)
	}
}

func TestSetupHostIsRelativeToTheZone(t *testing.T) {
	t.Parallel()
	p := setup()
	p.Domain.Name, p.Zone = "mail.shop.example.com", "example.com"
	doc := render(t, views.Setup(p))
	if got := doc.Find(testID("cname-host")).Text(); got != "_smtp._tls.mail.shop" {
		t.Errorf("host %q", got)
	}
}

func TestSetupPanelStates(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Panel(setupPanel()))
	if s := doc.Find(testID("domain-state")); s.AttrOr("data-state", "") != "pending" || s.Text() != "pending" {
		t.Errorf("state %q %q", s.AttrOr("data-state", ""), s.Text())
	}
	if s := doc.Find(testID("verdict")); s.AttrOr("data-verdict", "") != "pending" || s.Text() != "pending" {
		t.Errorf("verdict %q", s.Text())
	}
	rows := doc.Find(testID("servers") + " tbody tr")
	if rows.Length() != 5 {
		t.Fatalf("%d servers", rows.Length())
	}
	third := rows.Eq(2)
	if third.AttrOr("data-server", "") != "1.1.1.1" || third.AttrOr("data-kind", "") != "resolver" || third.AttrOr("data-verdict", "") != "pending" {
		t.Error("the attributes of a server row are wrong")
	}
	if !strings.Contains(third.Text(), "forgets the old answer at 14:31") {
		t.Errorf("row %q", third.Text())
	}
	if got := text(doc, "[data-finding=D13]"); !strings.Contains(got, "a CNAME must stand alone") {
		t.Errorf("finding %q", got)
	}
	if got := doc.Find(testID("published")).Text(); got != "CNAME "+sampleTarget+"\n"+`TXT "v=TLSRPTv1; rua=mailto:old@example.com"` {
		t.Errorf("published %q", got)
	}
	if got := text(doc, testID("live-since")); !strings.Contains(got, "Record live for 26_h") || !strings.Contains(got, "24 to 48 hours") {
		t.Errorf("clock %q", got)
	}
	if got := text(doc, ".panel-foot"); !strings.Contains(got, "checked 4_s ago · next check in 5_s") {
		t.Errorf("foot %q", got)
	}
}

func TestSetupPanelPollsOnlyWhileItMust(t *testing.T) {
	t.Parallel()
	p := setupPanel()
	panel := render(t, views.Panel(p)).Find("#setup-panel")
	if panel.AttrOr("hx-get", "") != "/domains/example.com/setup/panel" || panel.AttrOr("hx-trigger", "") != "every 5000ms" {
		t.Errorf("polls %q %q", panel.AttrOr("hx-get", ""), panel.AttrOr("hx-trigger", ""))
	}
	p.Poll = 0
	if render(t, views.Panel(p)).Find("#setup-panel[hx-get], #setup-panel[hx-trigger]").Length() != 0 {
		t.Error("still polls")
	}
}

func TestSetupReloadsWithoutJavaScriptWhilePending(t *testing.T) {
	t.Parallel()
	p := setup()
	if html := source(t, views.Setup(p)); !strings.Contains(html, `http-equiv="refresh" content="5"`) {
		t.Error("does not reload")
	}
	p.Panel.Poll = 0
	if html := source(t, views.Setup(p)); strings.Contains(html, `http-equiv="refresh"`) {
		t.Error("reloads for nothing")
	}
}

func TestSetupWithNothingPublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		published []string
		unknown   bool
		want      string
	}{
		{nil, false, "No record is published yet."},
		{nil, true, "The record is on its way."},
		{[]string{"CNAME " + sampleTarget}, false, "The record is on its way."},
	} {
		p := setupPanel()
		p.Summary, p.Verdict, p.Published, p.Unknown = "", views.Pending, c.published, c.unknown
		if got := text(render(t, views.Panel(p)), ".outcome"); !strings.Contains(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestSetupBeforeTheFirstCheck(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Panel(views.SetupPanel{Domain: "example.com", State: views.StatePending, Now: sampleNow}))
	if got := doc.Find(testID("verdict")).Text(); got != "pending" {
		t.Errorf("verdict %q", got)
	}
	if doc.Find(testID("servers")).Length() != 1 || doc.Find(testID("live-since")).Length() != 0 {
		t.Error("the empty panel is not empty in the right way")
	}
}

func TestOverviewSaysHowMuchWasEncrypted(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Overview(overview()))
	want := "Mail to you was encrypted for 99.6_% of 184_203 sessions in the last 7 days."
	if got := text(doc, testID("headline")); got != want {
		t.Errorf("headline %q, want %q", got, want)
	}
	if n := doc.Find(testID("need")).Length(); n != 2 {
		t.Errorf("%d needs", n)
	}
	if got := text(doc, testID("figures")); got != "183_466successful737failed−0.3 points since the period before" {
		t.Errorf("figures %q", got)
	}
}

func TestOverviewWithoutReportsClaimsNothing(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Overview(views.OverviewPage{Frame: frame("", ""), Range: sampleRange(7), DomainTotal: 1}))
	if got := text(doc, testID("headline")); got != "No report covers mail to you in the last 7 days." || strings.Contains(got, "%") {
		t.Errorf("headline %q", got)
	}
}

func TestDomainRows(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Domains(views.DomainsPage{Frame: frame("", "/domains"), Rows: domainRows(), Sort: views.SortName, Query: "ex", Pager: views.Pager{Page: 2, PerPage: 7, Total: 30}}))
	rows := doc.Find(testID("domain-row"))
	if rows.Length() != len(domainRows()) {
		t.Fatalf("%d rows", rows.Length())
	}
	if got := rows.Eq(0).Find("a").AttrOr("href", ""); got != "/domains/example.org/setup" {
		t.Errorf("a pending domain leads to %q", got)
	}
	if got := rows.Eq(1).Find("a").AttrOr("href", ""); got != "/domains/example.com" {
		t.Errorf("an active domain leads to %q", got)
	}
	known := strings.ReplaceAll(rows.Eq(1).Text(), "\u202f", "_")
	if !strings.Contains(known, "120_431") || !strings.Contains(known, "0.4_%") || !strings.Contains(known, "today 06:04") {
		t.Errorf("row %q", known)
	}
	if unknown := rows.Eq(4).Text(); strings.Contains(unknown, "0") || rows.Eq(4).Find(".none[title]").Length() != 4 {
		t.Errorf("nothing known is shown as %q", unknown)
	}
	if got := doc.Find("th[aria-sort=ascending]").Text(); got != "Name" {
		t.Errorf("sorted by %q", got)
	}
	if got := doc.Find("a[rel=next]").AttrOr("href", ""); got != "/domains?q=ex&sort=name&page=3" {
		t.Errorf("next page %q", got)
	}
	if got := doc.Find("a[rel=prev]").AttrOr("href", ""); got != "/domains?q=ex&sort=name" {
		t.Errorf("previous page %q", got)
	}
}

func TestEmptyListsSayWhatToDo(t *testing.T) {
	t.Parallel()
	if doc := render(t, views.Domains(views.DomainsPage{AccountEmpty: true})); doc.Find(testID("empty")+` a[href="/domains/new"]`).Length() != 1 {
		t.Error("no way to add the first domain")
	}
	if doc := render(t, views.Domains(views.DomainsPage{Query: "zz"})); doc.Find(`#domain-list a[href="/domains"]`).Length() != 1 {
		t.Error("no way out of an empty search")
	}
	if doc := render(t, views.Failures(views.FailuresPage{Range: sampleRange(7)})); strings.Contains(doc.Find("main").Text(), "encrypted") {
		t.Error("no reports are taken for good news")
	}
}

func TestDomainPageHasChartAndTable(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Domain(domain(30)))
	if doc.Find("svg"+testID("trend")).Length() != 1 {
		t.Error("no chart")
	}
	rows := doc.Find(testID("trend-table") + " tr[data-day]")
	if rows.Length() != 30 || rows.Last().AttrOr("data-day", "") != "2026-11-21" {
		t.Errorf("%d days to %q", rows.Length(), rows.Last().AttrOr("data-day", ""))
	}
	if doc.Find(testID("trend-table")+" tr[data-day]:not([data-successful])").Length() != 1 {
		t.Error("the day without a report is not open")
	}
	if got := doc.Find(`.seg a[aria-current]`).AttrOr("href", ""); got != "/domains/example.com?days=30" {
		t.Errorf("current range %q", got)
	}
	if doc.Find("input[type=date][name=from]").AttrOr("value", "") != "2026-10-23" || doc.Find("input[name=to]").AttrOr("value", "") != "2026-11-21" {
		t.Error("the form does not hold the range")
	}
	for _, id := range []string{"by-result", "by-reporter", "by-mx", "by-network", "by-policy", "how-we-count", "grid"} {
		if doc.Find(testID(id)).Length() != 1 {
			t.Errorf("no %s", id)
		}
	}
	for _, page := range []string{"failures", "reports", "setup", "settings"} {
		if doc.Find(`.tabs a[href="/domains/example.com/`+page+`"]`).Length() != 1 {
			t.Errorf("no link to %s", page)
		}
	}
}

func TestDomainPageIsNeverAnEmptyChart(t *testing.T) {
	t.Parallel()
	p := domain(30)
	p.Waiting = &views.Waiting{LiveSince: sampleNow.Add(-3 * time.Hour)}
	doc := render(t, views.Domain(p))
	if doc.Find(testID("trend")).Length() != 0 || !strings.Contains(text(doc, testID("first-days")), "24 to 48 hours") {
		t.Error("the first days show a chart")
	}
	p.Waiting, p.Trend = nil, nil
	if doc := render(t, views.Domain(p)); doc.Find(testID("empty-range")).Length() != 1 {
		t.Error("an empty range says nothing")
	}
}

func TestReportRows(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Reports(reports()))
	rows := doc.Find(testID("report-row"))
	if rows.Length() != 4 || rows.First().AttrOr("data-report-id", "") != "2026-11-20T00:00:00Z_example.com" {
		t.Errorf("%d rows, first %q", rows.Length(), rows.First().AttrOr("data-report-id", ""))
	}
	form := doc.Find(`form[action="/domains/example.com/reports"][method=post][enctype="multipart/form-data"]`)
	if form.Find(`input[type=file][name=files][multiple]`).Length() != 1 {
		t.Error("no upload form")
	}
	if n := doc.Find(testID("upload-result")).Length(); n != 5 {
		t.Errorf("%d upload results", n)
	}
	if got := text(doc, testID("report-row")+":nth-child(3)"); !strings.Contains(got, "13 Nov to 19 Nov 2026") {
		t.Errorf("range of many days: %q", got)
	}
	all := render(t, views.Reports(views.ReportsPage{Rows: reportRows()}))
	if all.Find("form[enctype]").Length() != 0 || !strings.Contains(all.Find(testID("report-row")).First().Text(), "example.com") {
		t.Error("the list of the account has no domains, or an upload form")
	}
}

func TestReportInFull(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Report(report()))
	body := strings.ReplaceAll(doc.Find("main").Text(), "\u202f", "_")
	for _, want := range []string{
		"Google, 20 Nov 2026", "google.com", "DKIM signature of google.com, aligned with From.", "Google Inc.", "smtp-tls-reporting@google.com",
		"20 Nov 2026 00:00 UTC to 21 Nov 2026 00:00 UTC", "21 Nov 2026 06:04 UTC", "12_902", "mode: enforce", "*.example.com",
		"certificate-expired", "209.85.222.201", "mx2.example.com", "192.0.2.25", "x509: certificate has expired", "mx1.example.com",
		"2 policies left out here", "1 other version", "differs from the summary", "counts not stated",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	if got := doc.Find(`a[rel~=noopener][rel~=noreferrer]`).AttrOr("href", ""); got != "https://support.example.net/tls?id=4" {
		t.Errorf("additional information links to %q", got)
	}
	if got := doc.Find(testID("raw")).Text(); got != "{\n  \"organization-name\": \"Google Inc.\"\n}" {
		t.Errorf("raw %q", got)
	}
}

func TestFailuresNameTheFix(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Failures(failures()))
	groups := doc.Find(testID("failure-group"))
	first := strings.ReplaceAll(groups.First().Text(), "\u202f", "_")
	for _, want := range []string{"certificate-expired at mx2.example.com", "Renew the certificate on mx2.example.com", "412 of 18_220 (2.3_%)", "12 Nov 2026 to 20 Nov 2026", "Google, Microsoft"} {
		if !strings.Contains(first, want) {
			t.Errorf("%q is not in %q", want, first)
		}
	}
	if whose := groups.First().Find(testID("whose")).Text(); !strings.Contains(whose, "your side") || !strings.Contains(whose, "2 of 3 reporters") {
		t.Errorf("whose fault: %q", whose)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	p := settings()
	doc := render(t, views.DomainSettings(p))
	if got := doc.Find(testID("post-url")).Text(); got != p.PostURL {
		t.Errorf("post-url %q", got)
	}
	if got := doc.Find(testID("rua")).Text(); got != p.RUA {
		t.Errorf("rua %q", got)
	}
	if doc.Find(`form[action="/domains/example.com/delete"][method=post] input[name=confirm]`).Length() != 1 ||
		doc.Find(`form[action="/domains/example.com/settings/secret"][method=post]`).Length() != 1 {
		t.Error("a form is missing")
	}
	p.CanManage = false
	if render(t, views.DomainSettings(p)).Find("main form").Length() != 0 {
		t.Error("who may only look sees forms")
	}
}

func TestQuarantineSaysWhyInASentence(t *testing.T) {
	t.Parallel()
	reasons := []string{"not-a-report", "malformed", "duplicate-key", "out-of-range", "bad-dates", "too-large", "too-deep", "too-many", "trailing-data", "encoding", "foreign-domain"}
	page := views.QuarantinePage{CanReplay: true}
	for _, r := range reasons {
		page.Rows = append(page.Rows, views.QuarantineRow{ID: "d", Reason: r})
	}
	rows := render(t, views.Quarantine(page)).Find(testID("quarantine-row"))
	seen := map[string]bool{}
	rows.Each(func(i int, s *goquery.Selection) {
		sentence := s.Find("th").Contents().First().Text()
		if s.AttrOr("data-reason", "") != reasons[i] || len(sentence) < 20 || seen[sentence] || strings.Contains(sentence, "could not be counted") {
			t.Errorf("%s: %q", reasons[i], sentence)
		}
		seen[sentence] = true
	})
	if rows.Length() != len(reasons) || rows.Find(`form[action="/deliveries/d/replay"][method=post]`).Length() != len(reasons) {
		t.Error("a row or its button is missing")
	}
}

func TestDeliveryRows(t *testing.T) {
	t.Parallel()
	rows := render(t, views.Deliveries(deliveries())).Find(testID("delivery-row"))
	want := []string{"counted", "unverified", "quarantined", "duplicate", "pending"}
	rows.Each(func(i int, s *goquery.Selection) {
		if s.AttrOr("data-state", "") != want[i] || s.Find(".pill").Text() != want[i] {
			t.Errorf("row %d is %q", i, s.AttrOr("data-state", ""))
		}
	})
	if rows.Find(`form[action="/deliveries/d4/accept"][method=post]`).Length() != 1 || rows.Find("form").Length() != 1 {
		t.Error("only the unverified delivery can be accepted")
	}
}

func TestFormsKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	doc := render(t, views.Signup(views.SignupPage{Email: "a@b.example", EmailError: "Taken.", PasswordError: "Short."}))
	email := doc.Find("input[name=email][type=email]")
	if email.AttrOr("value", "") != "a@b.example" || email.AttrOr("aria-invalid", "") != "true" {
		t.Error("the address is lost or not marked")
	}
	if got := doc.Find("#" + email.AttrOr("aria-describedby", "")).Text(); got != "Taken." {
		t.Errorf("error of the address %q", got)
	}
	if _, kept := doc.Find("input[name=password]").Attr("value"); kept {
		t.Error("the password comes back")
	}
	login := render(t, views.Login(views.LoginPage{Email: "a@b.example", Error: "Wrong.", Next: "/domains"}))
	if login.Find("input[name=email]").AttrOr("value", "") != "a@b.example" || login.Find("main input[name=next]").AttrOr("value", "") != "/domains" || text(login, ".notice p") != "Wrong." {
		t.Error("the login form forgets")
	}
	name := render(t, views.NewDomain(views.NewDomainPage{Name: "co.uk", NameError: "A public suffix."}))
	if name.Find("input[name=name]").AttrOr("value", "") != "co.uk" || name.Find("#name-error").Text() != "A public suffix." {
		t.Error("the name is lost")
	}
}

func TestErrorPageHasASentenceForEveryCode(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 401, 403, 404, 405, 413, 418, 429, 500, 502, 503} {
		doc := render(t, views.Error(views.ErrorPage{Code: code, RequestID: "r1"}))
		if len(text(doc, "main h1")) < 15 || !strings.Contains(doc.Find("main").Text(), "r1") {
			t.Errorf("%d: %q", code, text(doc, "main"))
		}
	}
}

// TestNewDomainsNeedAHand: as long as a domain waits for its CNAME, the overview
// says so, and not that nothing needs a hand.
func TestNewDomainsNeedAHand(t *testing.T) {
	t.Parallel()
	for state, waits := range map[views.DomainState]bool{views.StatePending: true, views.StateActive: false} {
		doc := render(t, views.Overview(views.OverviewPage{DomainTotal: 1, Domains: []views.DomainRow{{Name: "example.com", State: state}}}))
		if got := doc.Find(`[data-testid=waiting] a[href="/domains/pending"]`).Length() == 1; got != waits {
			t.Errorf("%s: waits %v", state, got)
		}
		if got := strings.Contains(doc.Text(), "Nothing needs a hand"); got == waits {
			t.Errorf("%s: nothing needs a hand: %v", state, got)
		}
	}
}
