package tlsrpt

import "time"

// Report is one TLS report (RFC 8460 §4.4) as it was understood: names are
// normalised, what the reporter left out is empty, and every departure from
// the RFC that was tolerated is listed in Warnings. The strings of a parsed
// report share memory with JSON.
type Report struct {
	Organization string
	// ReportID is unique for one reporter only. It may be empty, and may be as
	// long as Limits.ReportID: hash it before using it as a key.
	ReportID string
	// Contact is contact-info as stated, which is not always an address.
	Contact string
	// Start and End are in UTC. End is exclusive: a range stated to end at
	// 23:59:59 ends at the midnight after it. End may be before Start; Day
	// says which day counts.
	Start, End time.Time
	Policies   []PolicyResult
	Warnings   []Warning
	// JSON is the report as it was read, without compression. Read only.
	JSON []byte
}

// PolicyType is the kind of policy that a sender applied, in lower case when
// it is one of RFC 8460's three, otherwise the reporter's own word.
type PolicyType string

// The policy types of RFC 8460 §4.4.
const (
	PolicySTS     PolicyType = "sts"
	PolicyTLSA    PolicyType = "tlsa"
	NoPolicyFound PolicyType = "no-policy-found"
)

// Known tells whether the type is one that RFC 8460 defines.
func (t PolicyType) Known() bool {
	return t == PolicySTS || t == PolicyTLSA || t == NoPolicyFound
}

// PolicyResult is one element of a report's policies.
type PolicyResult struct {
	Type PolicyType
	// Domain is an A-label name in lower case without a final dot; empty when
	// the reporter does not say.
	Domain string
	// Mode is the mode line of an MTA-STS policy in lower case, or empty.
	Mode string
	// PolicyStrings holds the lines of the MTA-STS policy or the TLSA records.
	PolicyStrings []string
	// MXHosts are the mx patterns, in lower case.
	MXHosts []string
	// Successful and Failed are the reporter's summary. The failure details
	// overlap (RFC 8460 §4): they are never summed up in its place.
	Successful, Failed Count
	Failures           []FailureDetail
}

// Count is a number of sessions. Stated is false when the reporter gave none,
// which is not the same as a stated 0.
type Count struct {
	N      int64
	Stated bool
}

// FailureDetail is one element of failure-details. Everything but Sessions is
// text from outside: it is neither looked up nor linked without a check.
type FailureDetail struct {
	ResultType          string
	SendingMTAIP        string
	ReceivingMXHostname string
	ReceivingMXHELO     string
	ReceivingIP         string
	// Sessions is 1 when the reporter does not say.
	Sessions              int64
	ReasonCode            string
	AdditionalInformation string
}

// Day is midnight UTC of the day on which the report counts: the day of its
// start, however long its range.
func (r *Report) Day() time.Time {
	y, m, d := r.Start.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
