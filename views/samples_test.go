package views_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/sealpost/sealpost/views"
	"github.com/sealpost/sealpost/views/chart"
)

// sample is a page with canned content.
type sample struct {
	name string
	page templ.Component
}

var sampleNow = time.Date(2026, 11, 21, 9, 4, 30, 0, time.UTC)

func daysAgo(n int) time.Time { return sampleNow.Truncate(24*time.Hour).AddDate(0, 0, -n) }

func frame(title, path string) views.Frame {
	return views.Frame{
		Title: title, Path: path, User: "ada@acme.example", Account: "Acme GmbH",
		QuarantineCount: 2, Now: sampleNow,
	}
}

func visitor(title, path string) views.Frame {
	return views.Frame{Title: title, Path: path, Now: sampleNow}
}

// wave makes n days with a weekly rhythm, a bad week near the end, and a day
// without reports.
func wave(n int) []chart.Day {
	days := make([]chart.Day, n)
	for i := range days {
		date := daysAgo(n - 1 - i)
		week := 0.55 + 0.45*math.Sin(float64(int(date.Weekday())+1)/7*math.Pi)
		ok := int64(15000*week) + int64(i%5)*311
		day := chart.Day{Date: date, Known: i%23 != 9, Successful: ok, Filling: i == n-1}
		if n-i > 3 && n-i < 11 {
			day.Failed = int64(14 * (n - i) * (1 + i%3))
			day.ByType = []int64{day.Failed * 2 / 3, day.Failed / 4}
		}
		if !day.Known {
			day = chart.Day{Date: date}
		}
		days[i] = day
	}
	return days
}

func trend(n int, title string) *chart.Trend {
	return &chart.Trend{
		Title: title, Days: wave(n), Types: []string{"certificate-expired", "starttls-not-supported"},
		Events: []chart.Event{{Day: daysAgo(12), Label: "MX changed to mx3.example.com"}},
	}
}

func sparkline(label string) *chart.Spark { return &chart.Spark{Days: wave(14), Label: label} }

func head(state views.DomainState, verdict views.Verdict) views.DomainHead {
	return views.DomainHead{Name: "example.com", State: state, Verdict: verdict, Since: time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC)}
}

const sampleTarget = "example.com._smtp._tls.k7w2m9x4c1pd.tls.sealpost.test."

const sampleTXT = "v=TLSRPTv1; rua=mailto:k7w2m9x4c1pd@rpt.tls.sealpost.test"

func sampleRange(days int) views.Range {
	return views.Range{Days: days, From: daysAgo(days - 1), To: daysAgo(0)}
}

func domainRows() []views.DomainRow {
	return []views.DomainRow{
		{Name: "example.org", State: views.StatePending, Verdict: views.Fail, Finding: "Delete the TXT record at _smtp._tls.example.org: a CNAME must stand alone."},
		{Name: "example.com", State: views.StateActive, Verdict: views.Pass, Sessions: views.Sessions{Successful: 119950, Failed: 481}, Spark: sparkline("119 950 successful, 481 failed"), LastReport: sampleNow.Add(-3 * time.Hour), LastReporter: "Google"},
		{Name: "xn--mnchen-3ya.example", Unicode: "münchen.example", State: views.StateActive, Verdict: views.Warn, Finding: "Repair or remove the name server ns3.example: it does not answer.", Sessions: views.Sessions{Successful: 42211}, Spark: sparkline("42 211 successful"), LastReport: sampleNow.Add(-28 * time.Hour), LastReporter: "Microsoft"},
		{Name: "shop.example.net", State: views.StateLapsed, Verdict: views.Fail, Finding: "Create a CNAME record with host _smtp._tls.", Sessions: views.Sessions{Successful: 980, Failed: 3}, Spark: sparkline("980 successful, 3 failed"), LastReport: daysAgo(9), LastReporter: "Mail.ru"},
		{Name: "new.example", State: views.StatePending, Verdict: views.Pending},
		{Name: "nomail.example", State: views.StatePending, Verdict: views.NotApplicable},
		{Name: "fresh.example", State: views.StatePending},
	}
}

func overview() views.OverviewPage {
	change := -0.3
	return views.OverviewPage{
		Frame: frame("Overview", "/overview"), Range: sampleRange(7),
		Sessions: views.Sessions{Successful: 183466, Failed: 737}, Change: &change,
		Trend: &chart.Spark{Days: wave(7), Label: "183 466 successful, 737 failed sessions in 7 days"},
		Needs: []views.Need{
			{Verdict: views.Fail, Title: "mx2.example.com presents an expired certificate", Detail: "since 12 Nov · 412 sessions · Google, Microsoft", URL: "/domains/example.com/failures"},
			{Verdict: views.Warn, Title: "example.org: record no longer delegated", Detail: "since 09:12 today", URL: "/domains/example.org/setup"},
		},
		Changes: []views.Change{
			{At: daysAgo(0), Domain: "example.net", Text: "new reporter comcast.net", URL: "/domains/example.net"},
			{At: daysAgo(1), Domain: "example.com", Text: "MX changed to mx3.example.com"},
			{At: daysAgo(2), Domain: "example.de", Text: "active"},
		},
		Domains: domainRows(), DomainTotal: 212,
	}
}

func setupPanel() views.SetupPanel {
	return views.SetupPanel{
		Domain: "example.com", State: views.StatePending, Verdict: views.Pending,
		Summary: "One of two name servers has it.",
		Servers: []views.ServerRow{
			{Server: "ns1.example.com", Address: "192.0.2.1", Kind: views.KindAuthoritative, Verdict: views.Pass, Answer: "CNAME right", TTL: time.Hour},
			{Server: "ns2.example.com", Address: "2001:db8::2", Kind: views.KindAuthoritative, Verdict: views.Pending, Answer: "old zone, serial 2026112017", TTL: -1},
			{Server: "1.1.1.1", Kind: views.KindResolver, Verdict: views.Pending, Answer: "no record yet", TTL: 5*time.Hour + 27*time.Minute, ForgetsAt: sampleNow.Add(5*time.Hour + 27*time.Minute)},
			{Server: "8.8.8.8", Kind: views.KindResolver, Verdict: views.Pass, Answer: "CNAME right", TTL: 58 * time.Minute},
			{Server: "9.9.9.9", Kind: views.KindResolver, Verdict: views.Fail, Answer: "SERVFAIL", TTL: -1},
		},
		Findings: []views.Finding{
			{ID: "D13", Verdict: views.Fail, Text: "Delete the TXT record at _smtp._tls.example.com: a CNAME must stand alone."},
			{ID: "N4", Verdict: views.Pending, Text: "ns2.example.com still serves the old zone: wait for the transfer or reload that server."},
		},
		Published: []string{"CNAME " + sampleTarget, `TXT "v=TLSRPTv1; rua=mailto:old@example.com"`},
		LastCheck: sampleNow.Add(-4 * time.Second), NextCheck: sampleNow.Add(5 * time.Second),
		Poll: 5 * time.Second, LiveSince: sampleNow.Add(-26 * time.Hour), Now: sampleNow,
	}
}

func setup() views.SetupPage {
	return views.SetupPage{
		Frame: frame("Set up example.com", "/domains/example.com/setup"), Domain: head(views.StatePending, views.Pending),
		Target: sampleTarget, HostedTXT: sampleTXT, TTL: time.Hour, Panel: setupPanel(),
	}
}

func breakdowns() []views.Breakdown {
	return []views.Breakdown{
		{ID: "result", Title: "By result type", Column: "Result type", FailuresOnly: true, Note: "Failure details may overlap and need not add up.", Rows: []views.BreakdownRow{
			{Label: "certificate-expired", Mono: true, ResultType: "certificate-expired", Sessions: views.Sessions{Failed: 412}},
			{Label: "starttls-not-supported", Mono: true, ResultType: "starttls-not-supported", Sessions: views.Sessions{Failed: 61}},
			{Label: "unexplained", Detail: "the summary counts more than the details", Sessions: views.Sessions{Failed: 8}},
		}},
		{ID: "reporter", Title: "By reporter", Column: "Reporter", Rows: []views.BreakdownRow{
			{Label: "Google", Detail: "google.com", Sessions: views.Sessions{Successful: 90211, Failed: 402}, URL: "/domains/example.com?reporter=google.com"},
			{Label: "Microsoft", Detail: "microsoft.com", Sessions: views.Sessions{Successful: 29004, Failed: 79}},
			{Label: "mail.ru", Sessions: views.Sessions{Successful: 735}},
		}},
		{ID: "mx", Title: "By receiving MX", Column: "MX", FailuresOnly: true, Rows: []views.BreakdownRow{
			{Label: "mx2.example.com", Mono: true, Sessions: views.Sessions{Failed: 473}},
		}},
		{ID: "network", Title: "By sending network", Column: "Network", FailuresOnly: true, More: 12, Rows: []views.BreakdownRow{
			{Label: "209.85.128.0/17", Mono: true, Sessions: views.Sessions{Failed: 300}},
			{Label: "2a00:1450:4000::/36", Mono: true, Sessions: views.Sessions{Failed: 102}},
		}},
		{ID: "policy", Title: "By policy", Column: "Policy", Note: "The same sessions can stand under MTA-STS and DANE: do not add them up.", Rows: []views.BreakdownRow{
			{Label: "sts", Detail: "enforce", Mono: true, Sessions: views.Sessions{Successful: 119950, Failed: 481}},
			{Label: "tlsa", Mono: true, Sessions: views.Sessions{Successful: 4021, Failed: 2}},
		}},
	}
}

func domain(days int) views.DomainPage {
	change := 0.2
	return views.DomainPage{
		Frame: frame("example.com", "/domains/example.com"), Domain: head(views.StateActive, views.Pass),
		Range: sampleRange(days), Nav: rangeNav(days), Sessions: views.Sessions{Successful: 119950, Failed: 481},
		Files: views.Files{Of: "The trend", CSV: "/domains/example.com/export/trend.csv", JSON: "/domains/example.com/export/trend.json"}, Shares: true,
		Reports: 61, Reporters: 3, Change: &change,
		Trend: trend(days, "481 of 120 431 sessions failed (0.4 %)"), Breakdowns: breakdowns(),
		Grid: &chart.Grid{From: daysAgo(29), Days: 30, Rows: []chart.GridRow{
			{Name: "Google", States: states("rrrrrrrrrrrrrrrrrrrrrfffffrrr.")},
			{Name: "Microsoft", States: states("rr..rrrlrr..rrrrr...rrrffrmm..")},
		}},
	}
}

// rangeNav is the navigation of a page of so many days, free ones for 0.
func rangeNav(days int) views.RangeNav {
	n := views.RangeNav{
		Range: sampleRange(max(days, 1)), Action: "/domains/example.com", By: "day", Before: true, BeforeURL: "/domains/example.com?before=off",
		Previous: "/domains/example.com?from=2026-09-23&to=2026-10-22",
	}
	for i, fixed := range []int{1, 7, 30, 90, 365} {
		n.Fixed = append(n.Fixed, views.RangeLink{
			Word: []string{"1d", "7d", "30d", "90d", "1y"}[i], Title: "days", Key: string("dwmqy"[i]),
			URL: fmt.Sprintf("/domains/example.com?days=%d", fixed), Current: fixed == days,
		})
	}
	for _, by := range []string{"day", "week", "month"} {
		n.Periods = append(n.Periods, views.RangeLink{Word: by, URL: "/domains/example.com?by=" + by, Current: by == "day"})
	}
	return n
}

// filtered is a page that only knows failures.
func filtered() views.DomainPage {
	p := domain(30)
	p.FailuresOnly, p.Trend.FailuresOnly = true, true
	p.Chips = []views.Chip{
		{Field: "mx", Word: "MX", Value: "mx2.example.com", Remove: "/domains/example.com?days=30"},
		{Field: "network", Word: "sending network", Value: "192.0.2.0/24", Remove: "/domains/example.com?days=30&mx=mx2.example.com"},
	}
	p.Addresses = &views.Addresses{Network: "192.0.2.0/24", From: daysAgo(29), To: daysAgo(0), Rows: []views.AddressRow{{Address: "192.0.2.7", Failed: 40}, {Failed: 2}}}
	return p
}

func shared() views.DomainPage {
	p := domain(30)
	p.Frame, p.Shared, p.SharedUntil, p.Shares = visitor("example.com", "/share/x"), "Mail team", sampleNow.AddDate(0, 0, 30), false
	return p
}

func dayPage() views.DayPage {
	return views.DayPage{
		Frame: frame("example.com 2026-11-20", "/domains/example.com/days/2026-11-20"), Domain: head(views.StateActive, views.Pass), Day: daysAgo(1),
		Previous: "/domains/example.com/days/2026-11-19", Next: "/domains/example.com/days/2026-11-21",
		Known: true, Sessions: views.Sessions{Successful: 4100, Failed: 12}, Breakdowns: breakdowns(), Reports: reportRows(), ReportTotal: 4,
		Attendance: []views.AttendanceRow{{Reporter: "Google", State: "failing", Sessions: views.Sessions{Successful: 4000, Failed: 12}}, {Reporter: "Mail.ru", State: "missing"}},
		Events:     []views.Change{{At: daysAgo(1).Add(9 * time.Hour), Text: "MX changed to mx3.example.com"}},
	}
}

func states(s string) []chart.State {
	out := make([]chart.State, len(s))
	for i := range len(s) {
		out[i] = chart.State(s[i])
	}
	return out
}

func reportRows() []views.ReportRow {
	day := daysAgo(1)
	return []views.ReportRow{
		{ID: "0192", ReportID: "2026-11-20T00:00:00Z_example.com", Domain: "example.com", Reporter: "Google", Start: day, End: day.AddDate(0, 0, 1), Received: sampleNow.Add(-3 * time.Hour), Sessions: views.Sessions{Successful: 12902, Failed: 64}, Trust: views.Verified, Counted: true},
		{ID: "0193", ReportID: "133764210912345678+example.com", Domain: "example.com", Reporter: "Microsoft", Start: day, End: day.AddDate(0, 0, 1), Received: sampleNow.Add(-26 * time.Hour), Sessions: views.Sessions{Successful: 4021}, Trust: views.Posted, Counted: true},
		{ID: "0194", ReportID: "0bb1", Domain: "example.com", Reporter: "mail.example.net", New: true, Start: daysAgo(8), End: daysAgo(1), Received: daysAgo(1), Sessions: views.Sessions{Successful: 9}, Trust: views.Uploaded, Counted: true},
		{ID: "0195", ReportID: "x", Domain: "example.com", Reporter: "mx.unsigned.example", Start: daysAgo(3), End: daysAgo(2), Received: daysAgo(2), Sessions: views.Sessions{Successful: 1, Failed: 1}, Trust: views.Unverified, Why: "no valid DKIM signature"},
	}
}

func reports() views.ReportsPage {
	return views.ReportsPage{
		Frame: frame("Reports", "/domains/example.com/reports"), Domain: head(views.StateActive, views.Pass),
		Rows: reportRows(), Pager: views.Pager{Page: 2, PerPage: 50, Total: 212}, UploadLimit: "25 MiB",
		CanUpload: true, Uploads: []views.UploadResult{
			{File: "google.com!example.com!1700000000!1700086399.json.gz", State: "counted", Found: "Google, 2026-11-20, example.com", URL: "/reports/0192"},
			{File: "old.mbox, message 1", State: "duplicate", Found: "Google"},
			{File: "old.mbox, message 2", State: "pending"},
			{File: "holiday.png", State: "quarantined", Reason: "not-a-report", Detail: "neither mail, JSON, gzip nor zip"},
			{File: "disk.iso", State: "refused", Detail: "It is larger than 25 MiB, so it was not stored."},
		},
	}
}

func report() views.ReportPage {
	day := daysAgo(1)
	return views.ReportPage{
		Frame: frame("Report", "/reports/0192"), Domain: "example.com", Reporter: "google.com", Friendly: "Google", NewSince: daysAgo(1), Claimed: "Google Inc.",
		Contact: "smtp-tls-reporting@google.com", ReportID: "2026-11-20T00:00:00Z_example.com", Start: day, End: day.AddDate(0, 0, 1),
		Received: sampleNow.Add(-3 * time.Hour), Via: "mail", Trust: views.Verified, Proof: "DKIM signature of google.com, aligned with From.",
		Counted: true, Sessions: views.Sessions{Successful: 12902, Failed: 64}, Foreign: 2, Revisions: 1,
		Warnings: []string{"The sum of the failure details (66) differs from the summary (64)."},
		Policies: []views.PolicyResult{
			{Type: "sts", Domain: "example.com", Mode: "enforce", Strings: []string{"version: STSv1", "mode: enforce", "mx: *.example.com", "max_age: 604800"}, MXHosts: []string{"*.example.com"},
				Sessions: views.Sessions{Successful: 12902, Failed: 64}, Stated: true, Counted: true, Failures: []views.FailureDetail{
					{ResultType: "certificate-expired", SendingMTAIP: "209.85.222.201", ReceivingMXHostname: "mx2.example.com", ReceivingIP: "192.0.2.25", Sessions: 60, ReasonCode: "x509: certificate has expired"},
					{ResultType: "starttls-not-supported", SendingMTAIP: "2a00:1450:4864:20::12", ReceivingMXHostname: "mx1.example.com", ReceivingMXHelo: "mx1.example.com", Sessions: 6, AdditionalInformation: "https://support.example.net/tls?id=4"},
				}},
			{Type: "no-policy-found", Domain: "example.net", Stated: false, Why: "Shown, not counted: example.net gets a report of its own."},
		},
		Raw: "{\n  \"organization-name\": \"Google Inc.\"\n}", RawURL: "/reports/0192/raw", OriginalURL: "/reports/0192/original",
	}
}

func failures() views.FailuresPage {
	return views.FailuresPage{
		Frame: frame("Failures", "/domains/example.com/failures"), Domain: head(views.StateActive, views.Pass), Range: sampleRange(30),
		Sessions: views.Sessions{Successful: 119950, Failed: 481}, HasReports: true,
		Groups: []views.FailureGroup{
			{Domain: "example.com", ResultType: "certificate-expired", MX: "mx2.example.com", Failed: 412, OfTotal: 18220, First: daysAgo(9), Last: daysAgo(1), Reporters: []string{"Google", "Microsoft"}, Reason: "x509: certificate has expired or is not yet valid", Cause: "The certificate of the MX host has expired.", Fix: "Renew the certificate on mx2.example.com and reload the mail server.", Whose: "It looks like your side: one MX.", Evidence: []string{"2 of 3 reporters see it.", "No such failure at mx1.example.com."}, URL: "/domains/example.com?days=30&result=certificate-expired&mx=mx2.example.com", Spark: &chart.Spark{Days: wave(30), FailuresOnly: true, Label: "412 failed sessions"}},
			{Domain: "example.com", ResultType: "sts-policy-fetch-error", Failed: 3, OfTotal: 18220, First: daysAgo(2), Last: daysAgo(2), Reporters: []string{"mail.ru"}},
		},
	}
}

func settings() views.DomainSettingsPage {
	return views.DomainSettingsPage{
		Frame: frame("Settings of example.com", "/domains/example.com/settings"), Domain: head(views.StateActive, views.Pass),
		PostURL: "https://sealpost.test/v1/tlsrpt/9f2c7a1be05d4c3f8a6b1e2d3c4b5a69", RUA: "k7w2m9x4c1pd@rpt.tls.sealpost.test",
		Target: sampleTarget, HostedTXT: sampleTXT, CanManage: true,
	}
}

func quarantine() views.QuarantinePage {
	return views.QuarantinePage{
		Frame: frame("Quarantine", "/quarantine"), Pager: views.Pager{Page: 1, PerPage: 50, Total: 2}, CanReplay: true,
		Rows: []views.QuarantineRow{
			{ID: "d1", Domain: "example.com", Reason: "malformed", Detail: "line 3: unexpected end of input", Via: "mail", From: "tls@sender.example", Received: sampleNow.Add(-40 * time.Minute), Size: 3481},
			{ID: "d2", Reason: "not-a-report", Via: "POST", Received: daysAgo(3), Size: 812},
		},
	}
}

func deliveries() views.DeliveriesPage {
	return views.DeliveriesPage{
		Frame: frame("Deliveries", "/deliveries"), Pager: views.Pager{Page: 1, PerPage: 50, Total: 3},
		Rows: []views.DeliveryRow{
			{ID: "d3", State: "counted", Domain: "example.com", Via: "mail", From: "noreply-smtp-tls-reporting@google.com", Received: sampleNow.Add(-3 * time.Hour), Size: 6120, ReportURL: "/reports/0192", OriginalURL: "/deliveries/d3/original"},
			{ID: "d4", State: "unverified", Domain: "example.com", Via: "mail", From: "tls@unsigned.example", Received: daysAgo(2), Size: 4120, CanAccept: true, OriginalURL: "/deliveries/d4/original"},
			{ID: "d5", State: "quarantined", Reason: "malformed", Via: "upload", Received: daysAgo(2), Size: 12},
			{ID: "d6", State: "duplicate", Domain: "example.com", Via: "mail", Received: daysAgo(2), Size: 6120},
			{ID: "d7", State: "pending", Domain: "example.com", Via: "mailbox", Received: sampleNow.Add(-20 * time.Second), Size: 2048576},
		},
	}
}

// mailbox is the page of a mailbox in a state, with what went wrong.
func mailbox(state, wrong string) views.MailboxPage {
	return views.MailboxPage{
		Frame: frame("Mailbox", "/settings/mailbox"), State: state, Error: wrong, Tried: sampleNow.Add(-20 * time.Second), Polled: daysAgo(1),
		Messages: 12, Taken: 4021, PutAside: 3, CanManage: true,
		Form: views.MailboxForm{Host: "imap.example.com", Port: "993", Security: "tls", Username: "tls-reports@example.com", Folder: "INBOX", DoneFolder: "Sealpost done", FailedFolder: "Sealpost failed"},
	}
}

// fullSamples has every page with much to show.
func fullSamples() []sample {
	return []sample{
		{"landing", views.Landing(views.LandingPage{Frame: visitor("", "/"), SignupOpen: true, Chart: trend(60, "737 of 801 203 sessions failed (< 0.1 %)")})},
		{"signup", views.Signup(views.SignupPage{Frame: visitor("Sign up", "/signup"), Email: "ada@acme.example", EmailError: "This address has an account already.", PasswordError: "Use at least 10 characters.", MinPassword: 10})},
		{"login", views.Login(views.LoginPage{Frame: visitor("Log in", "/login"), Email: "ada@acme.example", Error: "E-mail address or password is wrong.", Next: "/overview", SignupOpen: true})},
		{"machine", views.Machine(views.MachinePage{Frame: visitor("401", "/api/v1/domains"), Code: 401, Headline: "This address is for programs that use the API.", Sentence: "Send a token of the account.", API: true, RequestID: "01J9ZQ"})},
		{"error", views.Error(views.ErrorPage{Frame: frame("Not found", "/nope"), Code: 404, RequestID: "01J9ZQ"})},
		{"mailbox", views.Mailbox(mailbox("running", ""))},
		{"mailbox-testing", views.Mailbox(mailbox("testing", ""))},
		{"mailbox-fails", views.Mailbox(mailbox("paused", "imap.example.com refuses this user name and password."))},
		{"tokens", views.APITokens(sampleTokens())},
		{"tokens-none", views.APITokens(views.APITokensPage{Frame: frame("API tokens", "/settings/tokens"), Address: "https://sealpost.test/api/v1"})},
		{"mailbox-none", views.Mailbox(views.MailboxPage{Frame: frame("Mailbox", "/settings/mailbox"), CanManage: true, FormError: "Enter a port: 993 for TLS, 143 for STARTTLS."})},
		{"overview", views.Overview(overview())},
		{"domains", views.Domains(views.DomainsPage{Frame: frame("Domains", "/domains"), Rows: domainRows(), Query: "example", State: "active", Sort: views.SortName, Pager: views.Pager{Page: 2, PerPage: 50, Total: 212}})},
		{"new-domain", views.NewDomain(views.NewDomainPage{Frame: frame("Add a domain", "/domains/new"), Name: "co.uk", NameError: "co.uk is a public suffix: add the name below it that takes your mail."})},
		{"setup", views.Setup(setup())},
		{"domain", views.Domain(domain(30))},
		{"domain-365", views.Domain(domain(365))},
		{"domain-filtered", views.Domain(filtered())},
		{"domain-shared", views.Domain(shared())},
		{"day", views.DomainDay(dayPage())},
		{"shares", views.Shares(views.SharesPage{Frame: frame("example.com links", "/domains/example.com/shares"), Domain: head(views.StateActive, views.Pass), Lives: []int{7, 30}, MaxName: 80, Made: "https://sealpost.test/share/" + strings.Repeat("A", 43), Links: []views.ShareRow{{ID: "1", Name: "Mail team", Created: sampleNow, Expires: sampleNow.AddDate(0, 0, 30)}}})},
		{"reports", views.Reports(reports())},
		{"report", views.Report(report())},
		{"failures", views.Failures(failures())},
		{"settings", views.DomainSettings(settings())},
		{"reset", views.Reset(views.ResetPage{Frame: visitor("Forgotten password", "/reset"), SendsMail: true, Email: "ada", EmailError: "Enter an e-mail address such as you@example.com."})},
		{"reset-sent", views.Reset(views.ResetPage{Frame: visitor("Forgotten password", "/reset"), SendsMail: true, Sent: true, Email: "ada@acme.example"})},
		{"reset-no-mail", views.Reset(views.ResetPage{Frame: visitor("Forgotten password", "/reset")})},
		{"signup-sent", views.Signup(views.SignupPage{Frame: visitor("Sign up", "/signup"), ProvesEmail: true, Sent: true, Email: "ada@acme.example"})},
		{"choose-password", views.ChoosePassword(views.ChoosePasswordPage{Frame: visitor("Choose a password", "/signup/x"), Email: "ada@acme.example", Action: "/signup/x", Button: "Make the account", MinPassword: 8})},
		{"confirm-email", views.ConfirmEmail(views.ConfirmEmailPage{Frame: visitor("Confirm", "/email/x"), Email: "ada@acme.example", Action: "/email/x"})},
		{"members", views.Members(membersPage())},
		{"members-reader", views.Members(views.MembersPage{Frame: frame("Members", "/settings/members"), Rows: membersPage().Rows[:1]})},
		{"closing", views.Closing(closingPage(time.Time{}))}, {"closing-begun", views.Closing(closingPage(sampleNow.AddDate(0, 0, 5)))},
		{"audit", views.Audit(auditPage())},
		{"audit-empty", views.Audit(views.AuditPage{Frame: frame("Audit log", "/settings/audit")})},
		{"accounts", views.Accounts(accountsPage())},
		{"signing-in-app", views.SigningIn(signingInPage())}, {"app-setup", views.AppSetup(appSetupPage())}, {"recovery-codes", views.RecoveryCodes(recoveryPage())},
		{"second-step", views.SecondStep(views.SecondStepPage{Frame: frame("Log in", "/login/code"), Error: "This code is wrong."})},
		{"signing-in", views.SigningIn(views.SigningInPage{Frame: frame("Signing in", "/settings/signing-in"), Demanded: true, Form: views.FormAppAdd, Error: "This is not your current password."})},
		{"invitation", views.Invitation(views.InvitationPage{Frame: visitor("Invitation", "/invitations/x"), Account: "Acme GmbH", Email: "grace@acme.example", Role: "manager", By: "ada@acme.example", Action: "/invitations/x", NewPerson: true, MinPassword: 8})},
		{"invitation-known", views.Invitation(views.InvitationPage{Frame: visitor("Invitation", "/invitations/x"), Account: "Acme GmbH", Email: "grace@acme.example", Role: "manager", By: "ada@acme.example", Action: "/invitations/x", LogIn: true})},
		{"account", views.AccountSettings(views.AccountSettingsPage{Frame: frame("Account settings", "/settings/account"), MinPassword: 10, Role: "owner", ProvesEmail: true, Sessions: sessionRows()})},
		{"quarantine", views.Quarantine(quarantine())},
		{"deliveries", views.Deliveries(deliveries())},
		{"gallery", views.Gallery(views.GalleryPage{Frame: frame("Gallery", "/dev/gallery")})},
	}
}

// emptySamples has every page before anything has happened.
func emptySamples() []sample {
	f := frame("", "/overview")
	f.QuarantineCount = 0
	return []sample{
		{"landing-empty", views.Landing(views.LandingPage{Frame: visitor("", "/")})},
		{"signup-empty", views.Signup(views.SignupPage{Frame: visitor("Sign up", "/signup")})},
		{"signup-closed", views.Signup(views.SignupPage{Frame: visitor("Sign up", "/signup"), Closed: true})},
		{"login-empty", views.Login(views.LoginPage{Frame: visitor("Log in", "/login"), Reason: "Log in to go on."})},
		{"machine-empty", views.Machine(views.MachinePage{Frame: visitor("Alive", "/healthz"), Code: 200, Headline: "This server is alive."})},
		{"error-empty", views.Error(views.ErrorPage{Frame: visitor("Error", "/x"), Code: 500})},
		{"overview-empty", views.Overview(views.OverviewPage{Frame: f, Range: sampleRange(7)})},
		{"overview-silent", views.Overview(views.OverviewPage{Frame: f, Range: sampleRange(7), Domains: domainRows()[4:5], DomainTotal: 1})},
		{"domains-empty", views.Domains(views.DomainsPage{Frame: f, AccountEmpty: true})},
		{"domains-none", views.Domains(views.DomainsPage{Frame: f, Query: "zz"})},
		{"new-domain-empty", views.NewDomain(views.NewDomainPage{Frame: f})},
		{"setup-empty", views.Setup(views.SetupPage{Frame: f, Domain: head(views.StatePending, ""), Target: sampleTarget, Panel: views.SetupPanel{Domain: "example.com", State: views.StatePending, Now: sampleNow, Checking: true, Poll: 2 * time.Second}})},
		{"domain-first-days", views.Domain(views.DomainPage{Frame: f, Domain: head(views.StateActive, views.Pass), Range: sampleRange(30), Waiting: &views.Waiting{LiveSince: sampleNow.Add(-5 * time.Hour)}})},
		{"domain-unpublished", views.Domain(views.DomainPage{Frame: f, Domain: head(views.StatePending, ""), Range: sampleRange(30), Waiting: &views.Waiting{}})},
		{"domain-empty-range", views.Domain(views.DomainPage{Frame: f, Domain: head(views.StateActive, views.Pass), Range: views.Range{From: daysAgo(900), To: daysAgo(890)}, Nav: rangeNav(0), RangeError: "From must not be later than to."})},
		{"reports-empty", views.Reports(views.ReportsPage{Frame: f, Domain: head(views.StateActive, views.Pass)})},
		{"reports-account", views.Reports(views.ReportsPage{Frame: frame("Reports", "/reports"), Rows: reportRows(), Pager: views.Pager{Page: 1, PerPage: 50, Total: 4}})},
		{"report-empty", views.Report(views.ReportPage{Frame: f})},
		{"failures-empty", views.Failures(views.FailuresPage{Frame: f, Domain: head(views.StateActive, views.Pass), Range: sampleRange(7), HasReports: true})},
		{"failures-unknown", views.Failures(views.FailuresPage{Frame: frame("Failures", "/failures"), Range: sampleRange(7)})},
		{"settings-empty", views.DomainSettings(views.DomainSettingsPage{Frame: f, Domain: head(views.StatePending, "")})},
		{"account-empty", views.AccountSettings(views.AccountSettingsPage{Frame: f})},
		{"quarantine-empty", views.Quarantine(views.QuarantinePage{Frame: f})},
		{"deliveries-empty", views.Deliveries(views.DeliveriesPage{Frame: f})},
		{"deliveries-none", views.Deliveries(views.DeliveriesPage{Frame: f, State: "pending"})},
	}
}

// evil is what a stranger may write into any field of a report or a form.
const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>' javascript:alert(1) style="x"`

// hostileSamples has strings from strangers everywhere they can stand.
func hostileSamples() []sample {
	long := strings.Repeat("wwwwwwwwwwwwwwwwwwwwwwwww", 40)
	f := frame(evil, "/domains/"+evil)
	f.Account, f.User = evil, long
	f.Flash = views.Flash{Verdict: views.Warn, Text: evil}
	row := views.ReportRow{ID: evil, ReportID: evil, Domain: evil, Reporter: evil + long, Trust: views.Trust(evil), Why: evil}
	detail := views.FailureDetail{ResultType: evil, SendingMTAIP: evil, ReceivingMXHostname: long, ReceivingMXHelo: evil, ReceivingIP: evil, ReasonCode: evil + long, AdditionalInformation: "javascript:alert(1)", Sessions: -1}
	web := detail
	web.AdditionalInformation = `https://x.example/"><script>alert(1)</script>`
	h := views.DomainHead{Name: evil, Unicode: evil, State: views.DomainState(evil), Verdict: views.Verdict(evil)}
	panel := setupPanel()
	panel.Domain, panel.Summary, panel.Published = evil, evil, []string{evil, long}
	panel.Servers = []views.ServerRow{{Server: evil, Address: evil, Kind: evil, Verdict: views.Verdict(evil), Answer: evil}}
	panel.Findings = []views.Finding{{ID: evil, Verdict: views.Verdict(evil), Text: evil}}
	return []sample{
		{"signup-hostile", views.Signup(views.SignupPage{Frame: visitor(evil, evil), Email: evil, EmailError: evil, PasswordError: evil, Error: evil})},
		{"login-hostile", views.Login(views.LoginPage{Frame: visitor(evil, evil), Email: evil, Error: evil, Reason: evil, Next: evil})},
		{"machine-hostile", views.Machine(views.MachinePage{Frame: visitor(evil, evil), Code: 599, Headline: evil, Sentence: evil, API: true, RequestID: evil})},
		{"error-hostile", views.Error(views.ErrorPage{Frame: f, Code: 599, Sentence: evil, RequestID: evil})},
		{"overview-hostile", views.Overview(views.OverviewPage{Frame: f, DomainTotal: 1, Query: evil, State: evil, Sort: evil,
			Needs:   []views.Need{{Verdict: views.Verdict(evil), Title: evil, Detail: long, URL: "javascript:alert(1)"}},
			Changes: []views.Change{{Domain: evil, Text: evil, URL: "javascript:alert(1)"}},
			Domains: []views.DomainRow{{Name: evil, Unicode: evil, Finding: evil, Verdict: views.Fail, LastReporter: evil, LastReport: sampleNow}}})},
		{"domains-hostile", views.Domains(views.DomainsPage{Frame: f, Query: evil, State: evil, Sort: evil, Rows: []views.DomainRow{{Name: evil}}, Pager: views.Pager{Page: -3, PerPage: 1, Total: 9}})},
		{"new-domain-hostile", views.NewDomain(views.NewDomainPage{Frame: f, Name: evil, NameError: evil})},
		{"setup-hostile", views.Setup(views.SetupPage{Frame: f, Domain: h, Zone: evil, Target: evil, HostedTXT: evil, Panel: panel})},
		{"domain-hostile", views.Domain(views.DomainPage{Frame: f, Domain: h, Range: sampleRange(7), RangeError: evil,
			Nav:   views.RangeNav{Action: "/domains/example.com", Hidden: []views.HiddenField{{Name: evil, Value: evil}}, Fixed: []views.RangeLink{{Word: evil, Title: evil, Key: evil, URL: "javascript:alert(1)"}}, Previous: "javascript:alert(1)"},
			Chips: []views.Chip{{Field: evil, Word: evil, Value: evil, Remove: "javascript:alert(1)"}}, Addresses: &views.Addresses{Network: evil, Rows: []views.AddressRow{{Address: evil, Name: evil}}},
			Breakdowns: []views.Breakdown{{ID: evil, Title: evil, Column: evil, Note: evil, Rows: []views.BreakdownRow{{Label: evil, Detail: evil, ResultType: evil, URL: "javascript:alert(1)"}}}}})},
		{"mailbox-hostile", views.Mailbox(views.MailboxPage{Frame: f, State: evil, Error: evil, CanManage: true, FormError: evil,
			Form: views.MailboxForm{Host: evil + long, Port: evil, Security: evil, Username: evil + long, Folder: evil, DoneFolder: evil, FailedFolder: long}})},
		{"reports-hostile", views.Reports(views.ReportsPage{Frame: f, Domain: h, Rows: []views.ReportRow{row}, CanUpload: true, UploadError: evil, UploadLimit: evil,
			Uploads: []views.UploadResult{{File: evil + long, State: evil, Found: evil, Reason: evil, Detail: evil, URL: "javascript:alert(1)"}}})},
		{"report-hostile", views.Report(views.ReportPage{Frame: f, Domain: evil, Reporter: evil, Claimed: long, Contact: evil, ReportID: long, Via: evil, Proof: evil, Why: evil, Warnings: []string{evil}, Raw: evil, RawURL: "javascript:alert(1)", OriginalURL: "javascript:alert(1)",
			Policies: []views.PolicyResult{{Type: evil, Domain: evil, Mode: evil, Strings: []string{evil, long}, MXHosts: []string{evil}, Why: evil, Failures: []views.FailureDetail{detail, web}}}})},
		{"failures-hostile", views.Failures(views.FailuresPage{Frame: f, Domain: h, Range: sampleRange(7), Groups: []views.FailureGroup{{Domain: evil, ResultType: evil, MX: evil, Reporters: []string{evil}, Reason: evil, Domains: []views.FailureDomain{{Name: evil, Failed: 1}}, DomainCount: 9, Whose: evil, Fix: evil, Cause: evil, Evidence: []string{evil}, URL: "javascript:alert(1)"}}})},
		{"day-hostile", views.DomainDay(views.DayPage{Frame: f, Domain: h, Day: daysAgo(1), Known: true, Events: []views.Change{{At: sampleNow, Text: evil}}, Attendance: []views.AttendanceRow{{Reporter: evil, State: evil}}})},
		{"tokens-hostile", views.APITokens(views.APITokensPage{Frame: f, CanManage: true, Made: evil, Address: evil, Form: views.APITokenForm{Name: evil}, NameError: evil, ScopeError: evil, DaysError: evil, Tokens: []views.APITokenRow{{ID: "x", Name: evil, Start: evil, Scopes: []string{evil}, Created: sampleNow}}})},
		{"shares-hostile", views.Shares(views.SharesPage{Frame: f, Domain: h, Made: evil, Name: evil, NameError: evil, Links: []views.ShareRow{{ID: "x", Name: evil, Created: sampleNow, Expires: sampleNow}}})},
		{"shared-hostile", views.Domain(views.DomainPage{Frame: f, Domain: h, Shared: evil, SharedUntil: sampleNow, Waiting: &views.Waiting{}})},
		{"settings-hostile", views.DomainSettings(views.DomainSettingsPage{Frame: f, Domain: h, PostURL: evil, RUA: evil, Target: evil, HostedTXT: evil, Confirm: evil, ConfirmError: evil, CanManage: true})},
		{"quarantine-hostile", views.Quarantine(views.QuarantinePage{Frame: f, CanReplay: true, Rows: []views.QuarantineRow{{ID: evil, Domain: evil, Reason: evil, Detail: evil, Via: evil, From: evil}}})},
		{"delivery-hostile", views.Delivery(views.DeliveryPage{Frame: f, Row: views.DeliveryRow{ID: evil, State: evil, Reason: evil, Domain: evil, Via: evil, From: evil, ReportURL: "javascript:alert(1)", OriginalURL: "javascript:alert(1)", CanAccept: true, CanWithdraw: true, CanReplay: true, CanDelete: true}, Reporter: evil, RemoteAddr: evil, EnvelopeFrom: long, FileName: evil, DKIM: evil, DKIMDomain: evil, DKIMSelector: long, Proof: evil, Steps: []views.DeliveryStep{{Verdict: views.Verdict(evil), Word: evil, Text: evil + long}}})},
		{"deliveries-hostile", views.Deliveries(views.DeliveriesPage{Frame: f, State: evil, Rows: []views.DeliveryRow{{ID: evil, State: evil, Reason: evil, Domain: evil, Via: evil, From: evil, ReportURL: "javascript:alert(1)", OriginalURL: "javascript:alert(1)", CanAccept: true}}})},
	}
}

func allSamples() []sample {
	return slices.Concat(fullSamples(), emptySamples(), hostileSamples(), toolSamples())
}

func sampleTokens() views.APITokensPage {
	return views.APITokensPage{
		Frame: frame("API tokens", "/settings/tokens"), CanManage: true, MaxName: 80, Lives: []int{30, 90, 365, 0}, Made: "sealpost_" + strings.Repeat("a", 47),
		Address: "https://sealpost.test/api/v1", Form: views.APITokenForm{Scopes: []string{"read"}, Days: 90},
		Scopes:     []views.ScopeChoice{{Word: "read", Text: "see everything that this account has"}, {Word: "write", Text: "change it"}},
		ScopeError: "Choose at least one.",
		Tokens: []views.APITokenRow{
			{ID: "1", Name: "Backup", Start: "sealpost_abcdef", Scopes: []string{"read"}, Created: daysAgo(3), Expires: sampleNow.AddDate(0, 0, 87), LastUsed: daysAgo(1)},
			{ID: "2", Name: "CI", Start: "sealpost_ghijkl", Scopes: []string{"read", "write"}, Created: daysAgo(4), LastUsed: daysAgo(2)},
			{ID: "3", Name: "Old", Start: "sealpost_mnopqr", Scopes: []string{"ingest"}, Created: daysAgo(40), Over: "revoked"},
		},
	}
}
