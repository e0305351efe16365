package views

import "time"

// QuarantinePage is "/quarantine". "POST /deliveries/{id}/replay" reads a
// delivery again.
type QuarantinePage struct {
	Frame
	Rows  []QuarantineRow
	Files Files
	Pager Pager
	// CanReplay shows the replay buttons.
	CanReplay bool
}

// QuarantineRow is one delivery that could not be counted.
type QuarantineRow struct {
	// ID of the delivery.
	ID string
	// Domain it was sent for, "" when not known.
	Domain string
	// Reason is the code (not-a-report, malformed, ...) and stands in data-reason.
	Reason string
	// Detail is what the reader said: "line 3: unexpected end"; "" hides it.
	Detail   string
	Via      string
	From     string
	Received time.Time
	// Size in bytes.
	Size int64
}
