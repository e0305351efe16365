package views

import "fmt"

// domainList is the state of a domain list, carried on by its links.
type domainList struct {
	query, state, sort string
}

var domainColumns = []struct{ sort, word, class, order string }{
	{SortName, "Name", "", "ascending"},
	{"", "DNS", "", ""},
	{SortSessions, "Sessions", "num", "descending"},
	{SortFailed, "Failed", "num", "descending"},
	{"", "14 days", "", ""},
	{SortLast, "Last report", "", "descending"},
}

var domainStates = []struct {
	state DomainState
	word  string
}{{"", "All states"}, {StateActive, "Active"}, {StatePending, "Pending"}, {StateLapsed, "Lapsed"}}

var domainSorts = []struct{ sort, word string }{
	{SortNeeds, "Needs a hand"},
	{SortName, "Name"},
	{SortSessions, "Sessions"},
	{SortFailed, "Failure share"},
	{SortLast, "Last report"},
}

// url is the list with another order and page.
func (l domainList) url(sort string, page int) string {
	return withQuery("/domains", "q", l.query, "state", l.state, "sort", sort, "page", pageNumber(page))
}

// sessionsColumn says which days the numbers cover.
func sessionsColumn(word string, r Range) string {
	if word != "Sessions" || r.Days == 0 {
		return word
	}
	return fmt.Sprintf("Sessions %dd", r.Days)
}

// url is the page a row leads to: the setup until the record is right.
func (d DomainRow) url() string {
	if d.State == StatePending {
		return domainURL(d.Name, "setup")
	}
	return domainURL(d.Name)
}
