package views

import "time"

// DayPage is "/domains/{name}/days/{day}": one UTC day.
type DayPage struct {
	Frame
	Domain DomainHead
	Day    time.Time
	// Previous and Next are the pages of the days beside it; Next is "" today.
	Previous, Next string
	// Known is false for a day without any counted report.
	Known    bool
	Sessions Sessions
	// Attendance has every reporter that reported or should have.
	Attendance []AttendanceRow
	Breakdowns []Breakdown
	Events     []Change
	// Reports are the first of ReportTotal.
	Reports     []ReportRow
	ReportTotal int
	// Files are the attendance, ReportFiles all reports of the day.
	Files, ReportFiles Files
}

// AttendanceRow is what one reporter did for a day.
type AttendanceRow struct {
	Reporter string
	// State is received, late, missing, failing or "may still come".
	State    string
	Sessions Sessions
}
