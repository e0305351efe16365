package handlers

import (
	"strings"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/views"
)

// How much of a file the analyzer shows. A page is no place for more.
const (
	maxAnalyzed = 20  // reports of a file
	maxPolicies = 50  // policies of a report
	maxFailures = 200 // failure details of a policy
	maxLines    = 100 // lines, hosts or notes of anything
	maxProblems = 5
	maxShown    = 2000 // bytes of one text
)

// shown makes a text of a report fit for a page: short, and valid UTF-8.
func shown(s string) string {
	if len(s) <= maxShown {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}

func shownAll(list []string) []string {
	var out []string
	for _, s := range list[:min(len(list), maxLines)] {
		out = append(out, shown(s))
	}
	return out
}

func analyzedReport(r *tlsrpt.Report) views.AnalyzedReport {
	sum := sessionsOf(r.Policies)
	out := views.AnalyzedReport{
		Organization: shown(r.Organization), Contact: shown(r.Contact), ReportID: shown(r.ReportID), Start: r.Start, End: r.End,
		Sessions: sum, MorePolicies: max(len(r.Policies)-maxPolicies, 0),
	}
	for _, p := range r.Policies[:len(r.Policies)-out.MorePolicies] {
		out.MoreFailures += max(len(p.Failures)-maxFailures, 0)
		out.Policies = append(out.Policies, analyzedPolicy(p))
	}
	for _, w := range r.Warnings[:min(len(r.Warnings), maxLines)] {
		out.Warnings = append(out.Warnings, shown(w.Text))
	}
	return out
}

// sessionsOf counts each domain by itself, as the trend would (rulings.md 4).
func sessionsOf(policies []tlsrpt.PolicyResult) views.Sessions {
	byDomain := map[string][]tlsrpt.PolicyResult{}
	for _, p := range policies {
		byDomain[p.Domain] = append(byDomain[p.Domain], p)
	}
	var sum views.Sessions
	for _, list := range byDomain {
		t := tlsrpt.Tally(list)
		sum.Successful += t.Successful
		sum.Failed += t.Failed
	}
	return sum
}

func analyzedPolicy(p tlsrpt.PolicyResult) views.PolicyResult {
	out := views.PolicyResult{
		Type: shown(string(p.Type)), Domain: shown(p.Domain), Mode: shown(p.Mode), Strings: shownAll(p.PolicyStrings), MXHosts: shownAll(p.MXHosts),
		Sessions: views.Sessions{Successful: p.Successful.N, Failed: p.Failed.N}, Stated: p.Successful.Stated || p.Failed.Stated, Counted: true,
	}
	for _, f := range p.Failures[:min(len(p.Failures), maxFailures)] {
		out.Failures = append(out.Failures, views.FailureDetail{
			ResultType: shown(f.ResultType), SendingMTAIP: shown(f.SendingMTAIP), ReceivingMXHostname: shown(f.ReceivingMXHostname),
			ReceivingMXHelo: shown(f.ReceivingMXHELO), ReceivingIP: shown(f.ReceivingIP), Sessions: f.Sessions,
			ReasonCode: shown(f.ReasonCode), AdditionalInformation: shown(f.AdditionalInformation),
		})
	}
	return out
}
