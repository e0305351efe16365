package views

// The orders of the domain list, as ?sort= says them.
const (
	SortNeeds    = "needs"
	SortName     = "name"
	SortSessions = "sessions"
	SortFailed   = "failed"
	SortLast     = "last"
)

// DomainsPage is "/domains" (?q=&state=&sort=&page=).
type DomainsPage struct {
	Frame
	Rows []DomainRow
	// Query is the search text, kept in the form.
	Query string
	// State is pending, active, lapsed, or "" for all.
	State string
	// Sort is one of the Sort constants; "" means SortNeeds.
	Sort  string
	Pager Pager
	// AccountEmpty is true when the account has no domain at all, which is
	// another sentence than a search without a result.
	AccountEmpty bool
}
