package views

import "time"

// ReportPage is "/reports/{id}": one report in full.
type ReportPage struct {
	Frame
	// Domain is the name the report counts for, "" when it is not known.
	Domain string
	// Reporter is the identity: the signing domain or the submitter; Friendly its known name.
	Reporter, Friendly string
	// NewSince is when the account first heard from a reporter that is new to
	// it; zero for one that is not.
	NewSince time.Time
	// Claimed is the organization-name as written.
	Claimed  string
	Contact  string
	ReportID string
	// Start is the first instant of the range, End the first after it.
	Start, End time.Time
	Received   time.Time
	// Via says how it came: "mail", "POST", "upload", "mailbox".
	Via   string
	Trust Trust
	// Proof is one sentence: "DKIM signature of google.com, aligned with From."
	Proof string
	// Counted is false for a report that moves no chart; Why says why.
	Counted  bool
	Why      string
	Sessions Sessions
	// Revisions is the number of other versions of this report.
	Revisions int
	Policies  []PolicyResult
	// Files are the failure details of all policies.
	Files Files
	// Foreign is the number of policies left out because they name domains
	// that are not of this account.
	Foreign int
	// Warnings of the parser, one sentence each.
	Warnings []string
	// Raw is the JSON, indented; RawCut is true when it was too long to show whole.
	Raw    string
	RawCut bool
	// RawURL downloads the JSON, OriginalURL the message as it arrived; "" when
	// the bytes are no longer kept.
	RawURL, OriginalURL string
}

// PolicyResult is one element of a report's policies.
type PolicyResult struct {
	// Type is sts, tlsa, no-policy-found or the raw word.
	Type   string
	Domain string
	// Mode is the mode of an sts policy, "" when there is none.
	Mode     string
	Strings  []string
	MXHosts  []string
	Sessions Sessions
	// Stated is false when the report gave no summary counts.
	Stated bool
	// Counted is false for a policy of another domain of the account; Why says so.
	Counted  bool
	Why      string
	Failures []FailureDetail
}

// FailureDetail is one element of failure-details. Absent values are "".
type FailureDetail struct {
	ResultType          string
	SendingMTAIP        string
	ReceivingMXHostname string
	ReceivingMXHelo     string
	ReceivingIP         string
	Sessions            int64
	ReasonCode          string
	// AdditionalInformation is linked only when it is an http or https URL.
	AdditionalInformation string
}
