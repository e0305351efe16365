package views

import "time"

// ReportersPage is "/reporters": who reports to the account. Members block and
// unblock by "POST /reporters/block" and "/reporters/unblock" (field
// "identity").
type ReportersPage struct {
	Frame
	Rows     []ReporterRow
	Files    Files
	Pager    Pager
	CanBlock bool
	Days     int // the sessions are of so many last days
}

// ReporterRow is one reporter as the account knows it.
type ReporterRow struct {
	Identity string
	Friendly string // "" when it has none
	First    time.Time
	New      bool
	Blocked  bool
	// BlockedBy says by whom, and Settling that the counts are still changing.
	BlockedBy string
	Settling  bool
	Sessions  Sessions
}
