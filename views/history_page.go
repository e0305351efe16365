package views

import "time"

// HistoryPage is "/domains/{name}/setup/history": every change of what the
// servers of a domain said, newest first.
type HistoryPage struct {
	Frame
	Domain DomainHead
	Rows   []HistoryRow
	// Older is true for a page that is not the newest; Next is the value of
	// "before" for the page after this, "" when there is none.
	Older bool
	Next  string
}

// HistoryRow is one change. Before is nil for a first answer, After for a
// server that is no longer asked.
type HistoryRow struct {
	At                    time.Time
	Server, Address, Kind string
	Before, After         *Said
}

// Said is one answer of a server.
type Said struct {
	Verdict Verdict
	Answer  string
	// Records are those answered, one a line; "" for none.
	Records string
}

func (r HistoryRow) server() ServerRow {
	return ServerRow{Server: r.Server, Address: r.Address, Kind: r.Kind}
}
