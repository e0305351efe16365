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
	// Waiting is set until the first report ever, instead of a chart.
	Waiting *Waiting
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
	// More is the number of rows left out.
	More int
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
