package ledger

import (
	"cmp"
	"slices"
)

// PageDays is how many days a page covers.
const PageDays = 32

// PageOf is the page that a day (UTC days since 1970) stands on.
func PageOf(day int32) int32 { return day >> 5 }

// Cell is what one reporter says of one UTC day, in sessions.
type Cell struct {
	Day        int32
	Reporter   string
	Successful int64
	Failed     int64
	Reports    int64
	// Arrived is how many hours after the day's first instant the first report
	// came by mail or POST; Unknown when none did or nobody wrote it down.
	Arrived  int32
	Policies []Policy
	Failures []Failure
}

// Unknown is the Arrived of a cell whose arrival is not known.
const Unknown = -1

// Policy is the part of a cell under one policy type and mode. Parts do not add
// up to the cell: tlsa repeats the sessions of sts.
type Policy struct {
	Type, Mode         string
	Successful, Failed int64
}

// Failure is the part of a cell's failure details of one kind. Details may
// overlap or fall short of the cell's failed sessions.
type Failure struct {
	ResultType string
	MX         string // "" is unnamed
	Network    string // "" is unnamed
	Sessions   int64
	// Reason is the reporter's reason code, "" when it gives none. It tells
	// problems apart, but sessions cannot be filtered by it.
	Reason string
}

// name stands for a text in the ledger's list of names.
type name uint32

type cell struct {
	day                         int32
	reporter                    name
	arrived                     int32
	successful, failed, reports int64
	policies, failures          part
}

// part is where in the ledger's lists a cell's policies or failures stand:
// numbers, since thousands of cells with pointers would cost more to collect
// than to sum.
type part struct{ at, n int32 }

type policy struct {
	kind, mode         name
	successful, failed int64
}

type failure struct {
	result, mx, network, reason name
	sessions                    int64
}

// Ledger is some days of a domain. The zero value is empty and ready.
type Ledger struct {
	names []string
	ids   map[string]name
	cells []cell // by day; cells of one day in no order

	policies []policy
	failures []failure

	expected int // pages that are still to be read

	// Memory for the page that is being read, and for what is being summed.
	scratch   []uint64
	pageNames []name
	perDay    []tally3
}

// Expect says how many pages are going to be read, so that room for all is made
// with the first. Pages of a domain are much alike.
func (l *Ledger) Expect(pages int) { l.expected = pages }

// Reset forgets everything but the memory it was in, for the next to be read.
func (l *Ledger) Reset() {
	clear(l.ids)
	clear(l.names)
	l.names, l.cells, l.policies, l.failures = l.names[:0], l.cells[:0], l.policies[:0], l.failures[:0]
}

func (l *Ledger) policiesOf(c *cell) []policy {
	return l.policies[c.policies.at : c.policies.at+c.policies.n]
}

func (l *Ledger) failuresOf(c *cell) []failure {
	return l.failures[c.failures.at : c.failures.at+c.failures.n]
}

func (l *Ledger) name(text string) name {
	if id, ok := l.ids[text]; ok {
		return id
	}
	if l.ids == nil {
		l.ids = map[string]name{}
	}
	id := name(len(l.names))
	l.names, l.ids[text] = append(l.names, text), id
	return id
}

// named is name for bytes, which are copied only when they are new.
func (l *Ledger) named(text []byte) name {
	if id, ok := l.ids[string(text)]; ok {
		return id
	}
	return l.name(string(text))
}

// Put makes a cell say what c says. A cell without reports goes away.
func (l *Ledger) Put(c Cell) {
	reporter := l.name(c.Reporter)
	at, found := slices.BinarySearchFunc(l.cells, c.Day, func(x cell, day int32) int { return cmp.Compare(x.day, day) })
	for i := at; found && i < len(l.cells) && l.cells[i].day == c.Day; i++ {
		if l.cells[i].reporter == reporter {
			l.cells = slices.Delete(l.cells, i, i+1)
			break
		}
	}
	if c.Reports > 0 {
		l.cells = slices.Insert(l.cells, at, l.fold(c, reporter))
	}
}

// mostFailures is how many kinds of failure a cell tells apart. A report may
// name thousands of addresses; what is beyond is gathered under its result
// type, so that a page stays small. The rows of the database keep it all.
const mostFailures = 64

// mostPolicies is how many policy types and modes a cell tells apart; there are
// half a dozen that mean something.
const mostPolicies = 16

// Elsewhere is the MX and the network of failures that a cell has gathered.
const Elsewhere = "(others)"

func (l *Ledger) fold(c Cell, reporter name) cell {
	out := cell{day: c.Day, reporter: reporter, arrived: max(c.Arrived, Unknown), successful: c.Successful, failed: c.Failed, reports: c.Reports}
	out.policies.at, out.failures.at = int32(len(l.policies)), int32(len(l.failures))
	for _, p := range c.Policies[:min(len(c.Policies), mostPolicies)] {
		l.policies = append(l.policies, policy{l.name(p.Type), l.name(p.Mode), p.Successful, p.Failed})
	}
	for _, f := range gathered(c.Failures) {
		l.failures = append(l.failures, failure{l.name(f.ResultType), l.name(f.MX), l.name(f.Network), l.name(f.Reason), f.Sessions})
	}
	out.policies.n, out.failures.n = int32(len(l.policies))-out.policies.at, int32(len(l.failures))-out.failures.at
	return out
}

// gathered keeps the largest kinds of failure and sums the rest.
func gathered(all []Failure) []Failure {
	if len(all) <= mostFailures {
		return all
	}
	sorted := slices.SortedFunc(slices.Values(all), func(a, b Failure) int {
		return cmp.Or(cmp.Compare(b.Sessions, a.Sessions), cmp.Compare(a.ResultType, b.ResultType), cmp.Compare(a.MX, b.MX), cmp.Compare(a.Network, b.Network))
	})
	kept := sorted[:mostFailures:mostFailures]
	rest := map[string]int64{}
	for _, f := range sorted[mostFailures:] {
		result := f.ResultType
		if _, known := rest[result]; !known && len(rest) >= mostFailures {
			result = Elsewhere
		}
		rest[result] += f.Sessions
	}
	for result, sessions := range rest {
		kept = append(kept, Failure{ResultType: result, MX: Elsewhere, Network: Elsewhere, Sessions: sessions})
	}
	return kept
}

// Empty tells whether nothing is counted.
func (l *Ledger) Empty() bool { return len(l.cells) == 0 }

// Pages lists the pages that have cells, in order.
func (l *Ledger) Pages() []int32 {
	var pages []int32
	for i := range l.cells {
		if page := PageOf(l.cells[i].day); len(pages) == 0 || pages[len(pages)-1] != page {
			pages = append(pages, page)
		}
	}
	return pages
}
