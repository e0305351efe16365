package views

import "time"

// Verdict is the outcome of a check, in the words that pages and tests use.
type Verdict string

// The five verdicts. The empty verdict means: not known yet.
const (
	Pass          Verdict = "pass"
	Warn          Verdict = "warn"
	Fail          Verdict = "fail"
	NotApplicable Verdict = "not applicable"
	Pending       Verdict = "pending"
)

// DomainState is the state of a registered domain.
type DomainState string

// The states of a domain.
const (
	StatePending DomainState = "pending"
	StateActive  DomainState = "active"
	StateLapsed  DomainState = "lapsed"
)

// Trust says how much a report is believed.
type Trust string

// The levels of trust (a delivery by mail, POST or a member's hand).
const (
	Verified   Trust = "verified"
	Posted     Trust = "posted"
	Uploaded   Trust = "uploaded"
	Accepted   Trust = "accepted"
	Unverified Trust = "unverified"
	SelfTest   Trust = "self-test"
)

// Sessions is a pair of session counts as reporters stated them. Both zero
// means that nothing is known, and is shown as an en dash.
type Sessions struct {
	Successful, Failed int64
}

// Total is the number of sessions reported.
func (s Sessions) Total() int64 { return s.Successful + s.Failed }

// FailedShare is the failed part of all sessions, 0 to 1; ok is false when
// there were none.
func (s Sessions) FailedShare() (share float64, ok bool) {
	if s.Total() <= 0 {
		return 0, false
	}
	return float64(s.Failed) / float64(s.Total()), true
}

// DomainHead is what every page of one domain says about it at the top.
type DomainHead struct {
	// Name is the A-label form, as it stands in URLs and DNS.
	Name string
	// Unicode is the form for people when it differs from Name, else "".
	Unicode string
	State   DomainState
	// Verdict of the last finished DNS check, "" before the first.
	Verdict Verdict
	// Since is when the domain came into its state; zero hides it.
	Since time.Time
}

// Range is the days a page covers: the N UTC days that end today, or From to To.
type Range struct {
	// Days is 7, 30, 90 or 365 for the fixed ranges and 0 for a free one.
	Days int
	// From and To are UTC days, both included, and always set.
	From, To time.Time
}

// Pager is where a list stands.
type Pager struct {
	// Page counts from 1.
	Page int
	// PerPage is the greatest number of rows on one page.
	PerPage int
	// Total is the number of rows on all pages.
	Total int
	// More tells that there are older rows, on no page.
	More bool
}

// pages is the number of pages, at least 1.
func (p Pager) pages() int {
	if p.PerPage <= 0 || p.Total <= p.PerPage {
		return 1
	}
	return (p.Total + p.PerPage - 1) / p.PerPage
}
