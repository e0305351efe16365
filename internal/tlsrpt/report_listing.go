package tlsrpt

import "time"

// ReportListing is a report as `web parse --json` prints it and the API shows
// it. Absent texts are "", absent counts 0, absent lists [].
type ReportListing struct {
	Organization string          `json:"organization"`
	ReportID     string          `json:"report_id"`
	Contact      string          `json:"contact"`
	Start        string          `json:"start"` // RFC 3339 in UTC
	End          string          `json:"end"`   // exclusive
	Policies     []PolicyListing `json:"policies"`
	Warnings     []string        `json:"warnings"` // "code: text"
}

// PolicyListing is a policy result in a ReportListing.
type PolicyListing struct {
	Type               string           `json:"type"`
	Domain             string           `json:"domain"`
	Mode               string           `json:"mode"`
	PolicyStrings      []string         `json:"policy_strings"`
	MXHosts            []string         `json:"mx_hosts"`
	SuccessfulSessions int64            `json:"successful_sessions"`
	FailedSessions     int64            `json:"failed_sessions"`
	Failures           []FailureListing `json:"failures"`
}

// FailureListing is a failure detail in a ReportListing.
type FailureListing struct {
	ResultType            string `json:"result_type"`
	SendingMTAIP          string `json:"sending_mta_ip"`
	ReceivingMXHostname   string `json:"receiving_mx_hostname"`
	ReceivingMXHELO       string `json:"receiving_mx_helo"`
	ReceivingIP           string `json:"receiving_ip"`
	Sessions              int64  `json:"sessions"`
	ReasonCode            string `json:"reason_code"`
	AdditionalInformation string `json:"additional_information"`
}

// Listing is r in the form that is printed.
func Listing(r *Report) ReportListing {
	l := ReportListing{
		Organization: r.Organization,
		ReportID:     r.ReportID,
		Contact:      r.Contact,
		Start:        r.Start.UTC().Format(time.RFC3339),
		End:          r.End.UTC().Format(time.RFC3339),
		Policies:     make([]PolicyListing, 0, len(r.Policies)),
		Warnings:     make([]string, 0, len(r.Warnings)),
	}
	for i := range r.Policies {
		l.Policies = append(l.Policies, r.Policies[i].listing())
	}
	for _, w := range r.Warnings {
		l.Warnings = append(l.Warnings, w.String())
	}
	return l
}

func (p *PolicyResult) listing() PolicyListing {
	l := PolicyListing{
		Type:               string(p.Type),
		Domain:             p.Domain,
		Mode:               p.Mode,
		PolicyStrings:      append([]string{}, p.PolicyStrings...),
		MXHosts:            append([]string{}, p.MXHosts...),
		SuccessfulSessions: p.Successful.N,
		FailedSessions:     p.Failed.N,
		Failures:           make([]FailureListing, 0, len(p.Failures)),
	}
	for _, f := range p.Failures {
		l.Failures = append(l.Failures, FailureListing(f))
	}
	return l
}
