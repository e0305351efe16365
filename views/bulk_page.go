package views

import "time"

// BulkPage is "/domains/bulk": many domains at once (POST to the same URL with
// the fields "names" and "file").
type BulkPage struct {
	Frame
	// Most is how many names are taken at once.
	Most int
	// Names are kept as typed when the form comes back with an Error.
	Names, Error string
	// Rows are the outcome, one for each name.
	Rows []BulkRow
}

// BulkRow is what became of one name.
type BulkRow struct {
	Typed string
	// Name is the spelling that is registered, "" when the name was refused.
	Name    string
	Verdict Verdict
	Text    string
}

// sum says how many were added, were there already, or were refused.
func (p BulkPage) sum() string {
	var added, there, refused int64
	for _, r := range p.Rows {
		switch r.Verdict {
		case Pass:
			added++
		case Warn:
			there++
		default:
			refused++
		}
	}
	return count(added) + " added, " + count(there) + " already there, " + count(refused) + " refused."
}

// PendingPage is "/domains/pending": every domain whose CNAME is missing.
type PendingPage struct {
	Frame
	Total int
	Rows  []PendingRow
}

// PendingRow is one domain with the record to publish.
type PendingRow struct {
	Name, Unicode string
	// Host and Value end with a dot.
	Host, Value string
	Verdict     Verdict
	Finding     string
	Since       time.Time
}
