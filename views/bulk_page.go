package views

import "time"

// BulkPage is "/domains/bulk": many domains at once (POST to the same URL with
// the fields "names" and "file").
type BulkPage struct {
	Frame
	// Most is how many names are taken at once.
	Most int
	Room BulkRoom
	// Names are kept as typed when the form comes back with an Error, and are
	// those that had no room when it comes back with Rows.
	Names, Error string
	// Rows are the outcome, one for each name.
	Rows []BulkRow
}

// BulkRow is what became of one name.
type BulkRow struct {
	Typed string
	// Name is the one spelling of the name, "" when it cannot be registered.
	Name    string
	Verdict Verdict
	// Waits says that there was no room for the name, and so it is not there.
	Waits bool
	Text  string
}

// sum says how many were added, were there already, had no room, or were refused.
func (p BulkPage) sum() string {
	var added, there, waiting, refused int64
	for _, r := range p.Rows {
		switch {
		case r.Verdict == Pass:
			added++
		case r.Verdict == Warn:
			there++
		case r.Waits:
			waiting++
		default:
			refused++
		}
	}
	text := count(added) + " added, " + count(there) + " already there, "
	if waiting > 0 {
		text += count(waiting) + " without room, "
	}
	return text + count(refused) + " refused."
}

// BulkRoom is how full the account is, and what it may hold.
type BulkRoom struct {
	// Left is how many names can be added now.
	Left                   int
	Pending, Total         int
	MostPending, MostTotal int
}

// sentence says how many names have room now, and when more will.
func (r BulkRoom) sentence() string {
	left := "no more"
	if r.Left > 0 {
		left = count(int64(r.Left)) + " more"
	}
	if r.MostTotal-r.Total <= r.MostPending-r.Pending {
		return "This account has room for " + left + " now: it can hold " + plural(int64(r.MostTotal), "domain", "domains") + ", and has " + count(int64(r.Total)) + ". Names beyond that are not lost: they come back in this form."
	}
	return "This account has room for " + left + " now: " + count(int64(r.MostPending)) + " can be pending at a time, and " + count(int64(r.Pending)) +
		" are. A domain makes room as soon as its CNAME is seen. Names beyond that are not lost: they come back in this form."
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
