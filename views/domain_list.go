package views

import (
	"fmt"
	"slices"

	"github.com/a-h/templ"
)

// domainList is the state of a domain list, carried on by its links.
type domainList struct {
	query, state, tag, sort string
	choose                  bool // rows can be ticked, for the form with the id tag-form
	live                    bool // its own links replace it, on the page of the list alone
}

// swaps makes the links of the list replace it, and its form beside it, which
// says how the list is sorted and narrowed.
func (l domainList) swaps() templ.Attributes {
	if !l.live {
		return nil
	}
	attributes := live("domain-list", anew)
	attributes["hx-select-oob:inherited"] = "#domain-filters"
	return attributes
}

// turns is swaps for another page of the list, which is read from its top.
func (l domainList) turns() templ.Attributes {
	attributes := l.swaps()
	if attributes != nil {
		attributes["hx-swap:inherited"] = turned
	}
	return attributes
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
	return withQuery("/domains", "q", l.query, "state", l.state, "tag", l.tag, "sort", sort, "page", pageNumber(page))
}

// TagFilter is the tag that a page is narrowed to, and those to choose from.
type TagFilter struct {
	Tag  string
	Tags []TagChoice
}

// TagChoice is a tag of the account, with how many domains carry it.
type TagChoice struct {
	Tag     string
	Domains int64
}

// tagLinks is how many tags the overview offers; the list offers all.
const tagLinks = 12

func (f TagFilter) links() []TagChoice { return f.Tags[:min(len(f.Tags), tagLinks)] }

// known says that the tag in force is among those to choose from.
func (f TagFilter) known() bool {
	return slices.ContainsFunc(f.Tags, func(t TagChoice) bool { return t.Tag == f.Tag })
}

func tagURL(tag string) string { return withQuery("/domains", "tag", tag) }

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
