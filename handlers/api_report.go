package handlers

import (
	"context"
	"fmt"
	"net/http"

	"github.com/sealpost/sealpost/models"
)

// apiReport is a report as lists have it.
type apiReport struct {
	ID           string  `json:"id" format:"uuid"`
	ReportID     string  `json:"report_id" doc:"Its own, as its reporter has named it."`
	Domain       string  `json:"domain"`
	Reporter     string  `json:"reporter" doc:"The identity: the domain of the DKIM signature, or what is claimed when it was uploaded or posted."`
	Organization string  `json:"organization" doc:"As claimed."`
	Day          apiDay  `json:"day" doc:"The UTC day that it counts on."`
	Start        apiTime `json:"start"`
	End          apiTime `json:"end" doc:"Exclusive."`
	ReceivedAt   apiTime `json:"received_at"`
	Successful   int64   `json:"successful_sessions"`
	Failed       int64   `json:"failed_sessions"`
	Trust        string  `json:"trust" enum:"verified posted uploaded accepted unverified"`
	Counted      bool    `json:"counted"`
	Why          string  `json:"why_not_counted" doc:"A sentence; empty when it is counted."`
	DeliveryID   string  `json:"delivery_id" format:"uuid"`
}

func apiReportOf(r models.Report, domain string) apiReport {
	return apiReport{
		ID: r.ID, ReportID: r.ReportID, Domain: domain, Reporter: r.Reporter, Organization: r.Organization, Day: dayOf(r.Day),
		Start: timeOf(r.StartAt), End: timeOf(r.EndAt), ReceivedAt: timeOf(r.ReceivedAt), Successful: r.Successful, Failed: r.Failed,
		Trust: string(r.Trust), Counted: r.Standing == models.Counted, Why: whyNotCounted(r), DeliveryID: r.DeliveryID,
	}
}

type apiReports struct {
	Reports []apiReport `json:"reports"`
	Next    *string     `json:"next_cursor" doc:"null on the last page."`
}

func apiListReports(s *site, c *apiCall) (reply, error) {
	after, limit, err := pageOf(c)
	if err != nil {
		return reply{}, err
	}
	rows, err := s.Store.AccountReportsAfter(c.Request().Context(), c.visitor().AccountID, limit+1, after.place())
	if err != nil {
		return reply{}, err
	}
	rows, next := cut(c, rows, limit, func(r models.NamedReport) cursor { return cursor{At: r.ReceivedAt, ID: r.ID} })
	page := apiReports{Reports: []apiReport{}, Next: orNull(next)}
	for _, r := range rows {
		page.Reports = append(page.Reports, apiReportOf(r.Report, r.Name))
	}
	return reply{body: page, next: next}, nil
}

var reportParams = append([]apiParam{
	{name: "from", kind: "day", text: "Only reports about this UTC day and later ones."},
	{name: "to", kind: "day", text: "Only reports about this UTC day and earlier ones."},
	{name: "reporter", kind: "string", text: "Only this reporter."},
}, pageParams...)

func apiListDomainReports(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	after, f, err := reportFilter(c)
	if err != nil {
		return reply{}, err
	}
	limit := f.Limit
	f.Limit++
	rows, err := s.Store.ReportsAfter(c.Request().Context(), d, f, after.place())
	if err != nil {
		return reply{}, err
	}
	rows, next := cut(c, rows, limit, func(r models.Report) cursor { return cursor{Day: int32(r.Day), ID: r.ID} })
	page := apiReports{Reports: []apiReport{}, Next: orNull(next)}
	for _, r := range rows {
		page.Reports = append(page.Reports, apiReportOf(r, d.Name))
	}
	return reply{body: page, next: next}, nil
}

func reportFilter(c *apiCall) (cursor, models.ReportFilter, error) {
	after, limit, err := pageOf(c)
	f := models.ReportFilter{Reporter: searchText(c.QueryParam("reporter")), Limit: limit}
	for name, day := range map[string]*models.Day{"from": &f.From, "to": &f.To} {
		text := c.QueryParam(name)
		if text == "" || err != nil {
			continue
		}
		var ok bool
		if *day, ok = parseDay(text); !ok || *day == 0 {
			err = refuseCall(http.StatusBadRequest, problemParameter, "Days are written as 2026-01-31.")
		}
	}
	return after, f, err
}

// apiFullReport is a report with everything in it.
type apiFullReport struct {
	Report   apiReport   `json:"report"`
	Contact  string      `json:"contact"`
	Policies []apiPolicy `json:"policies"`
	Foreign  int64       `json:"foreign_policies" doc:"How many policies were left out because they name domains of others."`
	Warnings []string    `json:"warnings" doc:"What was odd about it, in sentences."`
	Raw      bool        `json:"has_original" doc:"Its bytes are still kept."`
}

// apiPolicy is a policy result (RFC 8460 section 4.2).
type apiPolicy struct {
	Type       string       `json:"type" doc:"sts, tlsa, no-policy-found, or the reporter's own word."`
	Domain     string       `json:"domain"`
	Mode       string       `json:"mode"`
	Strings    []string     `json:"policy_strings"`
	MXHosts    []string     `json:"mx_hosts"`
	Successful *int64       `json:"successful_sessions" doc:"null when it is not stated."`
	Failed     *int64       `json:"failed_sessions" doc:"null when it is not stated."`
	Counted    bool         `json:"counted" doc:"false when it is about another domain of the account."`
	Failures   []apiFailure `json:"failures"`
}

// apiFailure is a failure detail (RFC 8460 section 4.4).
type apiFailure struct {
	ResultType            string `json:"result_type"`
	SendingMTAIP          string `json:"sending_mta_ip"`
	ReceivingMXHostname   string `json:"receiving_mx_hostname"`
	ReceivingMXHELO       string `json:"receiving_mx_helo"`
	ReceivingIP           string `json:"receiving_ip"`
	Sessions              int64  `json:"sessions"`
	ReasonCode            string `json:"reason_code"`
	AdditionalInformation string `json:"additional_information"`
}

func apiShowReport(s *site, c *apiCall) (reply, error) {
	id, err := idInPath(c)
	if err != nil {
		return reply{}, err
	}
	ctx := c.Request().Context()
	full, err := s.Store.Report(ctx, c.visitor().AccountID, id)
	if err != nil {
		return reply{}, err
	}
	body, err := s.apiFullReport(ctx, full)
	return reply{body: body}, err
}

func (s *site) apiFullReport(ctx context.Context, full models.FullReport) (apiFullReport, error) {
	names, err := s.Store.DomainNames(ctx, full.AccountID, []string{full.DomainID})
	if err != nil {
		return apiFullReport{}, err
	}
	kept, err := s.Store.KeptOf(ctx, full.AccountID, []string{full.DeliveryID})
	return apiFullReport{
		Report: apiReportOf(full.Report, names[full.DomainID]), Contact: full.Contact, Policies: apiPolicies(full),
		Foreign: int64(full.ForeignPolicies), Warnings: list(warningSentences(full.Warnings)), Raw: kept[full.DeliveryID].Body,
	}, err
}

func apiPolicies(full models.FullReport) []apiPolicy {
	policies := []apiPolicy{}
	for _, p := range full.Policies {
		policy := apiPolicy{
			Type: p.PolicyType, Domain: p.PolicyDomain, Mode: p.Mode, Strings: list(p.PolicyStrings), MXHosts: list(p.MXHosts),
			Counted: p.Counted, Failures: []apiFailure{},
		}
		if p.SuccessfulStated {
			policy.Successful = &p.Successful
		}
		if p.FailedStated {
			policy.Failed = &p.Failed
		}
		for _, f := range full.Failures {
			if f.PolicySeq == p.Seq {
				policy.Failures = append(policy.Failures, apiFailureOf(f))
			}
		}
		policies = append(policies, policy)
	}
	return policies
}

func apiFailureOf(f models.FailureDetail) apiFailure {
	return apiFailure{
		ResultType: f.ResultType, SendingMTAIP: f.SendingMTAIP, ReceivingMXHostname: f.ReceivingMXHostname, ReceivingMXHELO: f.ReceivingMXHELO,
		ReceivingIP: f.ReceivingIP, Sessions: f.Sessions, ReasonCode: f.ReasonCode, AdditionalInformation: f.AdditionalInformation,
	}
}

func apiReportOriginal(s *site, c *apiCall) (reply, error) {
	id, err := idInPath(c)
	if err != nil {
		return reply{}, err
	}
	ctx := c.Request().Context()
	full, err := s.Store.Report(ctx, c.visitor().AccountID, id)
	if err != nil {
		return reply{}, err
	}
	raw, err := s.reportJSON(ctx, full.Report)
	return reply{file: raw, fileName: fmt.Sprintf("tls-report-%s-%s.json", full.Day, id)}, err
}
