package views

// The orders of the domain list, as ?sort= says them.
const (
	SortNeeds    = "needs"
	SortName     = "name"
	SortSessions = "sessions"
	SortFailed   = "failed"
	SortLast     = "last"
)

// DomainsPage is "/domains" (?q=&state=&tag=&sort=&page=). "POST /domains/tags"
// adds the tags of the field "tags" to the domains of the fields "domain", or
// takes them away when "do" is remove.
type DomainsPage struct {
	Frame
	TagFilter
	Rows []DomainRow
	// Query is the search text, kept in the form.
	Query string
	// State is pending, active, lapsed, or "" for all.
	State string
	// Sort is one of the Sort constants; "" means SortNeeds.
	Sort  string
	Pager Pager
	// CanManage shows the form that tags what is ticked.
	CanManage bool
	// Files are the list, DayFiles the days of its small charts.
	Files, DayFiles Files
	// AccountEmpty is true when the account has no domain at all, which is
	// another sentence than a search without a result.
	AccountEmpty bool
}

func (p DomainsPage) list() domainList {
	return domainList{query: p.Query, state: p.State, tag: p.Tag, sort: p.Sort, choose: p.CanManage, live: true}
}
