package views

import "time"

// AnalyzePage is "/tools/analyze": the report analyzer.
type AnalyzePage struct {
	Frame
	// Error says why nothing was read.
	Error string
	Files []AnalyzedFile
}

// AnalyzedFile is one file with the reports in it.
type AnalyzedFile struct {
	Name string
	// Error says why the file holds no report that can be read.
	Error string
	// Problems are parts of it that could not be read, one sentence each.
	Problems []string
	Reports  []AnalyzedReport
	// More is how many reports are not shown.
	More int
}

// AnalyzedReport is one report, read and not kept.
type AnalyzedReport struct {
	Organization, Contact, ReportID string
	// Start is the first instant of the range, End the first after it.
	Start, End time.Time
	Sessions   Sessions
	Policies   []PolicyResult
	// MorePolicies and MoreFailures are how many are not shown.
	MorePolicies, MoreFailures int
	Warnings                   []string
}
