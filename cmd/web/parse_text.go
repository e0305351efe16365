package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// reportText prints one report for a person. Everything in it comes from
// outside and passes printable.
type reportText struct{ out io.Writer }

func (t reportText) line(indent int, format string, values ...any) {
	for i, v := range values {
		if s, ok := v.(string); ok {
			values[i] = printable(s)
		}
	}
	line := strings.Repeat(" ", indent) + fmt.Sprintf(format, values...)
	fmt.Fprintln(t.out, strings.TrimRight(line, " "))
}

// labelled prints a line unless there is nothing to say.
func (t reportText) labelled(indent int, label, value string) {
	if value != "" {
		t.line(indent, "%-9s %s", label, value)
	}
}

func (t reportText) report(r *tlsrpt.Report) {
	t.line(0, "%s  %s  %s", r.Day().Format("2006-01-02"), orElse(r.Organization, "(no organisation)"), r.ReportID)
	t.labelled(2, "contact", r.Contact)
	t.labelled(2, "range", r.Start.UTC().Format("2006-01-02 15:04:05")+" to "+r.End.UTC().Format("2006-01-02 15:04:05")+" UTC")
	for i := range r.Policies {
		t.policy(r, &r.Policies[i])
	}
	sum := tlsrpt.Tally(r.Policies)
	if sum.Stated {
		t.line(2, "counted: %d successful, %d failed", sum.Successful, sum.Failed)
	}
	for _, w := range r.Warnings {
		t.line(2, "note: %s (%s)", w.Text, w.Code)
	}
}

func (t reportText) policy(r *tlsrpt.Report, p *tlsrpt.PolicyResult) {
	t.line(2, "%s: %s successful, %s failed", joinWords(orElse(string(p.Type), "(no policy type)"), p.Domain), stated(p.Successful), stated(p.Failed))
	for _, s := range p.PolicyStrings {
		t.labelled(4, "policy", s)
	}
	t.labelled(4, "mx", strings.Join(p.MXHosts, " "))
	for i := range p.Failures {
		t.failure(r, p, &p.Failures[i])
	}
}

func (t reportText) failure(r *tlsrpt.Report, p *tlsrpt.PolicyResult, f *tlsrpt.FailureDetail) {
	t.line(4, "%d x %s", f.Sessions, orElse(f.ResultType, "(no result type)"))
	t.labelled(6, "to", joinWords(f.ReceivingMXHostname, f.ReceivingIP, prefixed("HELO ", f.ReceivingMXHELO)))
	t.labelled(6, "from", f.SendingMTAIP)
	t.labelled(6, "reason", f.ReasonCode)
	t.labelled(6, "see", f.AdditionalInformation)
	t.labelled(6, "fix", tlsrpt.DescribeResult(f.ResultType).FixFor(tlsrpt.ResultContext{
		MX: f.ReceivingMXHostname, Domain: p.Domain, Org: r.Organization, Code: f.ReasonCode,
	}))
}

// stated keeps "no number given" apart from zero.
func stated(c tlsrpt.Count) string {
	if !c.Stated {
		return "not stated"
	}
	return fmt.Sprint(c.N)
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func joinWords(words ...string) string {
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}
