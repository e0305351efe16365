package views

import (
	"slices"
	"strconv"
	"time"

	"github.com/sealpost/sealpost/views/chart"
)

// OverviewPage is "/overview" (?days=7|30|90|365&tag=).
type OverviewPage struct {
	Frame
	TagFilter
	Range Range
	// Sessions of all domains in the range.
	Sessions Sessions
	// Change is the share of encrypted sessions minus that of the period
	// before, in percentage points; nil when one of the two is not known.
	Change *float64
	// Trend is the small chart by day of the range; nil leaves it out.
	Trend *chart.Spark
	// TrendFiles are the days of the chart, DomainFiles the list and DayFiles
	// the days of its small charts.
	TrendFiles, DomainFiles, DayFiles Files
	// Needs are the things that need a hand, worst first.
	Needs []Need
	// MoreNeeds says that there are more than are shown.
	MoreNeeds bool
	// Changes are the latest events, newest first.
	Changes []Change
	// Domains are the first rows of the list, DomainTotal the number of all.
	Domains     []DomainRow
	DomainTotal int
	// Query, State and Sort fill the list's form as on DomainsPage.
	Query, State, Sort string
}

func (p OverviewPage) list() domainList {
	return domainList{query: p.Query, state: p.State, tag: p.Tag, sort: p.Sort}
}

// path is the overview of another tag, with the same range.
func (p OverviewPage) path(tag string) string {
	days := ""
	if p.Range.Days > 0 {
		days = strconv.Itoa(p.Range.Days)
	}
	return withQuery("/overview", "days", days, "tag", tag)
}

// Need is one thing that needs a hand.
type Need struct {
	Verdict Verdict
	// Title names the thing: "mx2.example.com presents an expired certificate".
	Title string
	// Detail is the quiet second line: "since 12 Nov · 412 sessions · Google".
	Detail string
	URL    string
}

// waits tells whether a domain that is shown has not been delegated yet: with
// such a one it would be wrong to say that nothing needs a hand.
func (p OverviewPage) waits() bool {
	return slices.ContainsFunc(p.Domains, func(d DomainRow) bool { return d.State == StatePending })
}

// Change is one event of a domain.
type Change struct {
	At     time.Time
	Domain string
	// Text says what happened: "new reporter comcast.net".
	Text string
	URL  string
}

// DomainRow is one domain in a list.
type DomainRow struct {
	// Name is the A-label form, Unicode the form for people when it differs.
	Name, Unicode string
	Tags          []string
	State         DomainState
	Verdict       Verdict
	// Finding is the sentence of the worst finding, "" when there is none.
	Finding string
	// Sessions of the list's range (7 days, or the page's range on the overview).
	Sessions Sessions
	// Spark is the 14-day sparkline; nil shows an en dash.
	Spark *chart.Spark
	// LastReport is when the last report came (zero: never), LastReporter who sent it.
	LastReport   time.Time
	LastReporter string
}
