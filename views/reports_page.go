package views

import "time"

// ReportsPage is "/domains/{name}/reports", and "/reports" for all domains of
// the account when Domain.Name is empty. POST to the same URL uploads (field
// "files", multipart); what is uploaded goes to the domains that it names.
type ReportsPage struct {
	Frame
	Domain DomainHead
	Rows   []ReportRow
	Pager  Pager
	// Filter is what the list is narrowed to, Totals sums it up.
	Filter ReportFilter
	Totals ReportTotals
	Files  Files
	// CanUpload is false for members who may only look; it hides the form.
	CanUpload bool
	// Uploads has a row for each file or message just sent.
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
	// New says that the account has not known the reporter for long.
	New bool
	// Start is the first instant of the range, End the first after it.
	Start, End time.Time
	Received   time.Time
	Sessions   Sessions
	Trust      Trust
	// Counted is false for a report that moves no chart; Why says why.
	Counted bool
	Why     string
}
