package views

import (
	"time"

	"github.com/sealpost/sealpost/views/chart"
)

// DomainPage is "/domains/{name}" (?days=30 or ?from=2026-01-01&to=2026-01-31).
type DomainPage struct {
	Frame
	Domain DomainHead
	Range  Range
	// RangeError is the sentence about a from or to that cannot be used.
	RangeError string
	// Nav leads to other ranges and periods, Chips are the filters in force.
	Nav   RangeNav
	Chips []Chip
	// FailuresOnly is set when a filter lets only failures be told.
	FailuresOnly bool
	// Sessions in the range.
	Sessions Sessions
	// Reports and Reporters count what the range is made of.
	Reports, Reporters int
	// Change as on OverviewPage.
	Change *float64
	// Trend is the chart with its table, a chart.Day for each UTC day of the
	// range. Nil when no report covers the range: the page then says so.
	Trend *chart.Trend
	// Grid is reporters by days; nil leaves it out.
	Grid *chart.Grid
	// Breakdowns in the order they are shown.
	Breakdowns []Breakdown
	// Addresses of the sending network that is filtered by; nil without.
	Addresses *Addresses
	// Files are the trend, GridFiles reporters by days.
	Files, GridFiles Files
	// Shares lets the person make read-only links; Shared is the name of the
	// link that the page is seen through, "" for a member.
	Shares      bool
	Shared      string
	SharedUntil time.Time
	// SelfTest is nil for who sees the page through a link.
	SelfTest *SelfTestPanel
	// Waiting is set until the first report ever, instead of a chart.
	Waiting *Waiting
}

// frame reloads the page where there is no JavaScript to poll the self-test.
func (p DomainPage) frame() Frame {
	f := p.Frame
	if p.SelfTest != nil && p.SelfTest.Running {
		f.Refresh = selfTestRefresh
	}
	return f
}

// Waiting describes the days before the first report.
type Waiting struct {
	// LiveSince is when the record was first seen to be right; zero before.
	LiveSince time.Time
}

// Breakdown is one table that splits the range's sessions.
type Breakdown struct {
	// ID is a short word for anchors: "result", "reporter", "mx", "network", "policy".
	ID string
	// Title is the caption: "By result type".
	Title string
	// Column is the head of the first column: "Result type".
	Column string
	// FailuresOnly hides the column of successful sessions: reporters state
	// them only per policy.
	FailuresOnly bool
	// Note is one quiet sentence under the caption, such as "Types overlap and do not add up".
	Note string
	Rows []BreakdownRow
	// More is the number of rows left out, MoreURL the page with them.
	More    int
	MoreURL string
	// Nothing is said when there are no rows; "" says the usual.
	Nothing string
	// Failed and Total are the sums of all rows, for shares.
	Failed, Total int64
	// Sorted is the column that was sorted by: "name", "sessions", "failed",
	// "share" or "" for the usual order. SortURL sorts by one; nil leaves the
	// heads plain.
	Sorted  string
	SortURL func(column string) string
	Files   Files
}

// Chip is a filter in force.
type Chip struct {
	// Field is the parameter of the URL: "mx".
	Field string
	// Word names it for people: "MX".
	Word, Value string
	// Remove is the page without this filter.
	Remove string
}

// RangeLink leads to the same page with another range or period.
type RangeLink struct {
	Word, Title, Key, URL string
	Current               bool
}

// HiddenField carries a value through a form.
type HiddenField struct{ Name, Value string }

// RangeNav is everything that moves a trend in time.
type RangeNav struct {
	Range Range
	// Fixed are the usual ranges, Periods what a bar covers.
	Fixed, Periods []RangeLink
	// Previous and Next are the neighbouring ranges; "" when there is none.
	Previous, Next string
	// Action is the path that the form asks, Hidden what it carries on.
	Action string
	Hidden []HiddenField
	// By is the period in force; Before tells that the period before is drawn,
	// BeforeURL the page with the other choice.
	By        string
	Before    bool
	BeforeURL string
}

// Addresses are the senders of one network with failed sessions.
type Addresses struct {
	Network  string
	From, To time.Time
	Rows     []AddressRow
	Files    Files
}

// AddressRow is one sender.
type AddressRow struct {
	Address string
	// Name is what DNS calls it, "" when that is not known.
	Name   string
	Failed int64
}

// BreakdownRow is one row of a breakdown.
type BreakdownRow struct {
	Label string
	// Mono sets Label in the monospace face (DNS names, addresses).
	Mono bool
	// ResultType gives the row its colour mark; "" gives none.
	ResultType string
	// Detail is a quiet addition to Label.
	Detail   string
	Sessions Sessions
	// URL filters by this row; "" makes it plain text.
	URL string
}
