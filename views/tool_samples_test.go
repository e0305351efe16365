package views_test

import (
	"strings"

	"github.com/sealpost/sealpost/views"
)

// toolSamples are the public tools: empty, at work, and fed with hostile text.
func toolSamples() []sample {
	long := strings.Repeat("wwwwwwwwwwwwwwwwwwwwwwwww", 40)
	v := toolFrame()
	hostile := visitor(evil, evil)
	hostile.Description, hostile.Canonical = evil, v.Canonical
	waiting := checkResult()
	waiting.Waiting, waiting.Slow = true, true
	bad := views.CheckResult{
		Domain: evil, Unicode: evil, Link: evil, Limited: evil, CheckedAt: sampleNow, Verdict: views.Verdict(evil), CNAME: evil, Record: evil + long, Now: sampleNow,
		Parts:    []views.RecordPart{{Text: evil, Meaning: evil, Verdict: views.Verdict(evil)}},
		Findings: []views.Finding{{ID: evil, Verdict: views.Verdict(evil), Text: evil, Drops: []string{evil}, Cuts: []string{evil}}},
		Senders:  []views.SenderRow{{Family: evil, Verdict: views.Verdict(evil), Text: evil}},
		Servers:  []views.ServerRow{{Server: evil, Kind: evil, Answer: evil, Verdict: views.Verdict(evil)}},
		Mail:     views.MailServers{Known: true, MX: []views.MXRow{{Preference: -1, Host: evil}}},
	}
	return []sample{
		{"check", views.Check(views.CheckPage{Frame: v})},
		{"check-refused", views.Check(views.CheckPage{Frame: v, Typed: "user@example.com", Error: "Only the domain.", Suggestion: "example.com"})},
		{"check-first", views.Check(views.CheckPage{Frame: v, Typed: "example.com", Result: &views.CheckResult{Domain: "example.com", Waiting: true, Now: sampleNow}})},
		{"check-result", views.Check(views.CheckPage{Frame: v, Typed: "example.com", Result: checkResult()})},
		{"check-again", views.Check(views.CheckPage{Frame: v, Typed: "example.com", Result: waiting})},
		{"check-hostile", views.Check(views.CheckPage{Frame: hostile, Typed: evil, Error: evil, Suggestion: evil, Result: &bad})},
		{"generate", views.Generate(views.GeneratePage{Frame: v, Name: "example.com"})},
		{"generate-record", views.Generate(generated())},
		{"generate-hostile", views.Generate(views.GeneratePage{Frame: hostile, Typed: evil, Domain: evil, DomainError: evil, TooMany: evil, Name: evil, Record: evil, Strings: []string{evil, long},
			Destinations: []views.DestinationRow{{Typed: evil + long, URI: evil, Verdict: views.Verdict(evil), Text: evil}},
			Senders:      []views.SenderRow{{Family: evil, Verdict: views.Verdict(evil), Text: evil}}})},
		{"analyze", views.Analyze(views.AnalyzePage{Frame: v})},
		{"analyze-report", views.Analyze(analyzed())},
		{"analyze-hostile", views.Analyze(views.AnalyzePage{Frame: hostile, Error: evil, Files: []views.AnalyzedFile{{Name: evil + long, Error: evil, Problems: []string{evil}}, {Name: evil,
			Reports: []views.AnalyzedReport{{Organization: evil, Contact: evil, ReportID: evil + long, Warnings: []string{evil}}}}}})},
	}
}

func toolFrame() views.Frame {
	f := visitor("Tool", "/tools/check?domain=example.com")
	f.Description, f.Canonical = "What it is.", "https://sealpost.test/tools/check"
	return f
}

func checkResult() *views.CheckResult {
	return &views.CheckResult{
		Domain: "xn--bcher-kva.example", Unicode: "bücher.example", Link: "https://sealpost.test/tools/check?domain=xn--bcher-kva.example",
		CheckedAt: sampleNow, Verdict: views.Warn, Effective: true, Record: "v=TLSRPTv1; rua=mailto:a@x.example, mailto:b@x.example", Now: sampleNow,
		Parts: []views.RecordPart{{Text: "v=TLSRPTv1", Meaning: "The version."}, {Text: "mailto:a@x.example", Meaning: "Reports go there."}, {Text: "nonsense", Meaning: "Broken.", Verdict: views.Fail}},
		Findings: []views.Finding{
			{ID: "R13", Verdict: views.Warn, Text: "Write one list without blanks.", Cuts: []string{"Postfix"}},
			{ID: "D21", Verdict: views.Warn, Text: "Reports go to a@x.example."},
		},
		Senders: []views.SenderRow{{Family: "Strict, by RFC 8460", Verdict: views.Pass, Text: "Uses every destination."}, {Family: "mox", Verdict: views.Fail, Text: "Sends nothing."}},
		Servers: []views.ServerRow{
			{Server: "ns1.example.com", Kind: views.KindAuthoritative, Verdict: views.Pass, Answer: "a TXT record, no CNAME", TTL: 3600e9},
			{Server: "1.1.1.1:53", Kind: views.KindResolver, Verdict: views.Pending, Answer: "no record", TTL: 900e9, ForgetsAt: sampleNow.Add(900e9)},
		},
		Mail: views.MailServers{Known: true, MX: []views.MXRow{{Preference: 10, Host: "mx1.example.com"}, {Preference: 0, Host: "."}}},
	}
}

func generated() views.GeneratePage {
	record := "v=TLSRPTv1; rua=mailto:tls@example.com,https://reports.example.com/tls"
	return views.GeneratePage{
		Frame: toolFrame(), Typed: "tls@example.com\nhttps://reports.example.com/tls\nnonsense", Domain: "example.com", Name: "example.com",
		Destinations: []views.DestinationRow{
			{Typed: "tls@example.com", URI: "mailto:tls@example.com", Verdict: views.Pass, Text: "Reports go by mail to tls@example.com."},
			{Typed: "nonsense", Verdict: views.Fail, Text: "Write a mail address."},
		},
		Record: record, Strings: []string{record[:20], record[20:]},
		Senders: []views.SenderRow{{Family: "mox", Verdict: views.Warn, Text: "Uses only mailto:tls@example.com."}},
	}
}

func analyzed() views.AnalyzePage {
	report := views.AnalyzedReport{
		Organization: "Google Inc.", Contact: "smtp-tls-reporting@google.com", ReportID: "2026-11-20T00:00:00Z_example.com", Start: daysAgo(1), End: daysAgo(0),
		Sessions: views.Sessions{Successful: 120, Failed: 3}, Warnings: []string{"The range ends a second early."}, MoreFailures: 2,
		Policies: []views.PolicyResult{{Type: "sts", Domain: "example.com", Mode: "enforce", Strings: []string{"version: STSv1"}, MXHosts: []string{"mx.example.com"},
			Sessions: views.Sessions{Successful: 120, Failed: 3}, Stated: true, Counted: true,
			Failures: []views.FailureDetail{{ResultType: "certificate-expired", SendingMTAIP: "192.0.2.1", ReceivingMXHostname: "mx.example.com", Sessions: 3}}}},
	}
	return views.AnalyzePage{Frame: toolFrame(), Files: []views.AnalyzedFile{
		{Name: "report.json.gz", Reports: []views.AnalyzedReport{report, report}, More: 3, Problems: []string{"One part is left out."}},
		{Name: "photo.jpg", Error: "There is no TLS report in it."},
	}}
}
