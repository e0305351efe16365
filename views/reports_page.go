package views

import "time"

// ReportsPage is "/domains/{name}/reports" (POST to the same URL uploads,
// field "files", multipart), and "/reports" for all domains of the account
// when Domain.Name is empty (then without upload).
type ReportsPage struct {
	Frame
	Domain DomainHead
	Rows   []ReportRow
	Pager  Pager
	// Uploads has a row for each file just sent.
	Uploads []UploadResult
	// UploadError is the sentence when nothing could be read from the form.
	UploadError string
	// UploadLimit is said beside the field: "25 MiB"; "" hides it.
	UploadLimit string
}

// ReportRow is one report in a list.
type ReportRow struct {
	// ID is ours and stands in /reports/{id}.
	ID string
	// ReportID is the report's own.
	ReportID string
	// Domain is shown on the account-wide list only.
	Domain string
	// Reporter is the friendly name or the identity.
	Reporter string
	// Start is the first instant of the range, End the first after it.
	Start, End time.Time
	Received   time.Time
	Sessions   Sessions
	Trust      Trust
	// Counted is false for a report that moves no chart; Why says why.
	Counted bool
	Why     string
}

// UploadResult is the outcome of one uploaded file.
type UploadResult struct {
	// File is the name as the browser sent it.
	File string
	// Verdict: Pass stored, Warn duplicate or partly, Fail refused.
	Verdict Verdict
	// Text is one sentence: "1 report from Google for 2026-11-21."
	Text string
	// URL of the report or the delivery; "" when there is none.
	URL string
}
