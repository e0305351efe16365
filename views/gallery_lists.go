package views

// rangeNav moves a trend in time, with a range of its own and neighbours.
func (p GalleryPage) rangeNav() RangeNav {
	n := RangeNav{Range: Range{From: p.Now.AddDate(0, 0, -40), To: p.Now}, Previous: "/dev/gallery", Action: "/dev/gallery", BeforeURL: "/dev/gallery", Before: true}
	for _, x := range Periods() {
		n.Fixed = append(n.Fixed, RangeLink{Word: x.Word, Title: x.Title, Key: "g" + x.Key, URL: "/dev/gallery"})
	}
	n.Periods = []RangeLink{{Word: "day", URL: "/dev/gallery", Current: true}, {Word: "week", URL: "/dev/gallery"}, {Word: "month", URL: "/dev/gallery"}}
	return n
}

// leads are the first line of a domain's page.
func (p GalleryPage) leads() []DomainPage {
	points := -0.3
	usual := DomainPage{Range: Range{Days: 30}, Sessions: Sessions{Successful: 119950, Failed: 481}, Reports: 206, Reporters: 8, Change: &points}
	filtered, none := usual, DomainPage{Range: Range{Days: 7}}
	filtered.FailuresOnly = true
	return []DomainPage{usual, filtered, none}
}

// headlines are the answers of the overview.
func (p GalleryPage) headlines() []OverviewPage {
	points := 0.0
	return []OverviewPage{
		{Range: Range{Days: 7}, Sessions: Sessions{Successful: 106_400_000, Failed: 107_000}, Change: &points},
		{Range: Range{Days: 1}, Sessions: Sessions{Successful: 1}}, {Range: Range{Days: 365}},
	}
}

func (p GalleryPage) addresses() Addresses {
	return Addresses{Network: "2001:db8:4860::/48", From: p.Now.AddDate(0, 0, -6), To: p.Now, Rows: []AddressRow{
		{Address: "2001:db8:4860:4864:20::2a", Name: "mail-sor-f41.google.example", Failed: 112}, {Address: "", Failed: 3},
	}}
}

// deliveries are one of each state.
func (p GalleryPage) deliveries() DeliveriesPage {
	list := DeliveriesPage{Frame: p.Frame}
	for i, s := range deliveryStates[1:] {
		row := DeliveryRow{ID: s.state, State: s.state, Domain: "example.com", Via: "mail", From: "noreply@reporter.example", Received: p.Now, Size: int64(310 << (i * 3)), CanAccept: s.state == "unverified"}
		if s.state == "counted" {
			row.Reporter, row.ReportURL, row.Trust = "Google", "/dev/gallery", Verified
		}
		if s.state == "quarantined" {
			row.Reason, row.Domain, row.From = "malformed", "", ""
		}
		list.Rows = append(list.Rows, row)
	}
	return list
}

// quarantine has a row for each reason.
func (p GalleryPage) quarantine() QuarantinePage {
	list := QuarantinePage{Frame: p.Frame, CanReplay: true}
	for _, reason := range []string{"not-a-report", "malformed", "duplicate-key", "out-of-range", "bad-dates", "too-large", "too-deep", "too-many", "trailing-data", "encoding", "foreign-domain"} {
		list.Rows = append(list.Rows, QuarantineRow{ID: reason, Reason: reason, Domain: "example.com", From: "noreply@reporter.example", Via: "mail", Received: p.Now, Size: 2048})
	}
	return list
}

// reports are one of each trust; the last does not count.
func (p GalleryPage) reports() ReportsPage {
	list := ReportsPage{Frame: p.Frame, Pager: Pager{Page: 1, PerPage: 50, Total: 10_000, More: true}, Totals: ReportTotals{Reports: 10_000, Counted: 9_970, Sessions: Sessions{Successful: 5_351_956, Failed: 12_964}, More: true}}
	for i, t := range galleryTrusts[:len(galleryTrusts)-1] {
		row := ReportRow{
			ID: string(t), ReportID: "2026-11-20T00:00:00Z_example.com", Domain: "example.com", Reporter: "Google", New: i == 1, Start: p.Now.AddDate(0, 0, -1), End: p.Now,
			Received: p.Now, Sessions: Sessions{Successful: 1130, Failed: int64(i * 23)}, Trust: t, Counted: t != Unverified,
		}
		if !row.Counted {
			row.Why = "not signed"
		}
		list.Rows = append(list.Rows, row)
	}
	return list
}

// reporters are known, new, blocked and being unblocked.
func (p GalleryPage) reporters() ReportersPage {
	sessions := Sessions{Successful: 327_000, Failed: 643}
	return ReportersPage{Frame: p.Frame, Days: 30, CanBlock: true, Rows: []ReporterRow{
		{Identity: "google.com", Friendly: "Google", First: p.Now.AddDate(-1, 0, 0), Sessions: sessions}, {Identity: "cooperative.example", First: p.Now, New: true, Sessions: sessions},
		{Identity: "forger.example", First: p.Now, Blocked: true, BlockedBy: "ada@example.com"}, {Identity: "again.example", First: p.Now, Settling: true},
	}}
}

// policies are one with details, one whose counts are not stated, and one of
// another domain.
func (p GalleryPage) policies() []PolicyResult {
	return []PolicyResult{
		{
			Type: "sts", Domain: "example.com", Mode: "enforce", Strings: []string{"version: STSv1", "mode: enforce", "mx: mx1.example.com", "max_age: 86400"}, MXHosts: []string{"mx1.example.com", "mx2.example.com"},
			Sessions: Sessions{Successful: 1130, Failed: 464}, Stated: true, Counted: true, Failures: []FailureDetail{
				{ResultType: "certificate-expired", SendingMTAIP: "2001:db8::25", ReceivingMXHostname: "mx2.example.com", ReceivingMXHelo: "mx2.example.com", ReceivingIP: "192.0.2.25", Sessions: 460, ReasonCode: "X509_V_ERR_CERT_HAS_EXPIRED", AdditionalInformation: "https://reporter.example/why"},
				{ResultType: "validation-failure", Sessions: 9, AdditionalInformation: "no address, but words"},
			},
		},
		{Type: "tlsa", Domain: "mx1.example.com", Counted: true}, {Type: "no-policy-found", Domain: "example.net", Sessions: Sessions{Failed: 2}, Stated: true, Why: "Counted for example.net."},
	}
}

// senders and record are of the public checker.
func (p GalleryPage) senders() []SenderRow {
	return []SenderRow{
		{Family: "RFC 8460", Verdict: Pass, Text: "Sends to every destination."}, {Family: "Google", Verdict: Warn, Text: "Sends to the first destination alone."},
		{Family: "Others", Verdict: Fail, Text: "Send nothing: the version does not come first."},
	}
}

func (p GalleryPage) record() []RecordPart {
	return []RecordPart{{Text: "v=TLSRPTv1", Meaning: "The version."}, {Text: "rua=mailto:tls@example.com", Meaning: "Reports go there by mail."}, {Text: "ruf=x", Meaning: "No sender knows this.", Verdict: Fail}}
}
