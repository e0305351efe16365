package views

import (
	"time"

	"github.com/sealpost/sealpost/views/chart"
)

// FailuresPage is "/domains/{name}/failures" (?days=), and "/failures" for all
// domains of the account when Domain.Name is empty.
type FailuresPage struct {
	Frame
	Domain DomainHead
	Range  Range
	// Sessions in the range, for "412 of 18 220".
	Sessions Sessions
	// Groups by result type, MX and reason, most sessions first.
	Groups []FailureGroup
	// HasReports is false when no report came in the range: then no failures
	// is not good news, and the page says so.
	HasReports bool
	// Files are all groups.
	Files Files
}

// FailureGroup is one failure: the same result type at the same MX, for the
// same reason.
type FailureGroup struct {
	// Domain is the one that has it, or of several the one with most sessions.
	Domain string
	// Domains are those with most sessions, DomainCount how many have it; both
	// are of the account-wide page.
	Domains     []FailureDomain
	DomainCount int
	ResultType  string
	// MX is the receiving MX, "" when no reporter named one.
	MX string
	// Failed sessions, and OfTotal all sessions of the domain in the range.
	Failed, OfTotal int64
	// First and Last are the UTC days of the first and the last report of it in the range.
	First, Last time.Time
	// Reporters that see it.
	Reporters []string
	// Reason is the reporters' own reason code, "" when they give none.
	Reason string
	// Cause is one sentence about what the sender met.
	Cause string
	// Whose is one sentence about whose fault it looks like; "" hides it.
	// Evidence is what it rests on.
	Whose    string
	Evidence []string
	// Fix is the sentence with the repair.
	Fix string
	// URL is the trend of this failure alone; "" leaves it out.
	URL string
	// Spark shows the sessions by day; nil leaves it out.
	Spark *chart.Spark
	// Files are its days.
	Files Files
}

// FailureDomain is a domain with its sessions of a failure.
type FailureDomain struct {
	Name   string
	Failed int64
}
