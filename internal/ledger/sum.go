package ledger

import (
	"cmp"
	"slices"
)

// Field is what sessions can be filtered and split by.
type Field string

// The fields. Of the last three reporters speak for failures only.
const (
	ByReporter Field = "reporter"
	ByPolicy   Field = "policy" // policy type
	ByMode     Field = "mode"
	ByResult   Field = "result"
	ByMX       Field = "mx"
	ByNetwork  Field = "network"
)

// Filter keeps what has these values. A value may be "": the MX that nobody
// named. Failure details do not say under which policy they stand, so a filter
// by result type, MX or network passes over policy and mode.
type Filter map[Field]string

// FailuresOnly tells that only failures can pass (rulings.md 5).
func (f Filter) FailuresOnly() bool {
	for _, field := range []Field{ByResult, ByMX, ByNetwork} {
		if _, set := f[field]; set {
			return true
		}
	}
	return false
}

// PolicyOnly tells that a policy type or mode is asked for, and can be.
func (f Filter) PolicyOnly() bool {
	_, kind := f[ByPolicy]
	_, mode := f[ByMode]
	return (kind || mode) && !f.FailuresOnly()
}

// DaySum is one UTC day. A day that no report covers is not Known.
type DaySum struct {
	Known      bool
	Successful int64
	Failed     int64
	ByType     []int64 // failed sessions by Sum.Types; nil for none
}

// Share is one row of a split.
type Share struct {
	Name       string
	Mode       string // of a row of Policies
	Successful int64
	Failed     int64
}

// Sum is what a ledger says of some days. Successful is 0 throughout when only
// failures pass the filter.
type Sum struct {
	From                        int32
	Days                        []DaySum
	Successful, Failed, Reports int64
	Types                       []string // result types, most sessions first
	// Detailed sums the failure details; it is not the number of failed sessions.
	Detailed int64
	// The splits, most sessions first.
	Results, Reporters, MXs, Networks, Policies []Share
}

// Sum adds up the days from one to another, both included.
func (l *Ledger) Sum(from, to int32, f Filter) Sum {
	a := newAdder(l, f, Sum{From: from, Days: make([]DaySum, max(int(to-from)+1, 0))})
	for i := range l.cells {
		if c := &l.cells[i]; c.day >= from && c.day <= to && a.reporter.passes(c.reporter) {
			a.add(c)
		}
	}
	l.perDay = a.perDay
	return a.finish()
}

// want is the value that a filter asks for.
type want struct {
	set  bool
	name name
}

func (w want) passes(n name) bool { return !w.set || w.name == n }

type tally struct{ successful, failed int64 }

type policyTally struct {
	kind, mode name
	tally
}

// adder sums by names: lists by number are several times faster than maps by text.
type adder struct {
	ledger                               *Ledger
	sum                                  Sum
	reporter, kind, mode, result, mx, ip want
	failuresOnly, policyOnly             bool
	reporters, results, mxs, networks    []tally
	policies                             []policyTally
	perDay                               []tally3
}

// tally3 is a result type on a day.
type tally3 struct {
	day      int32
	result   name
	sessions int64
}

func newAdder(l *Ledger, f Filter, sum Sum) *adder {
	n := len(l.names) + 1
	ask := func(field Field) want {
		text, set := f[field]
		id, known := l.ids[text]
		if !known {
			id = name(n) // no cell has it
		}
		return want{set, id}
	}
	return &adder{
		ledger: l, sum: sum, failuresOnly: f.FailuresOnly(), policyOnly: f.PolicyOnly(),
		reporter: ask(ByReporter), kind: ask(ByPolicy), mode: ask(ByMode), result: ask(ByResult), mx: ask(ByMX), ip: ask(ByNetwork),
		reporters: make([]tally, n), results: make([]tally, n), mxs: make([]tally, n), networks: make([]tally, n),
		perDay: l.perDay[:0],
	}
}

func (a *adder) add(c *cell) {
	a.sum.Reports += c.reports
	day := &a.sum.Days[c.day-a.sum.From]
	day.Known = true
	details := a.addFailures(c)
	counted := tally{c.successful, c.failed}
	policies := a.addPolicies(c)
	switch {
	case a.failuresOnly:
		counted = tally{0, details}
	case a.policyOnly:
		counted = policies
	}
	day.Successful += counted.successful
	day.Failed += counted.failed
	a.sum.Successful += counted.successful
	a.sum.Failed += counted.failed
	a.reporters[c.reporter].successful += counted.successful
	a.reporters[c.reporter].failed += counted.failed
}

func (a *adder) addPolicies(c *cell) (sum tally) {
	if a.failuresOnly {
		return sum
	}
	for _, p := range a.ledger.policiesOf(c) {
		if !a.kind.passes(p.kind) || !a.mode.passes(p.mode) {
			continue
		}
		t := a.policyTally(p.kind, p.mode)
		t.successful += p.successful
		t.failed += p.failed
		sum = tally{sum.successful + p.successful, sum.failed + p.failed}
	}
	return sum
}

// policyTally finds the sum of a policy type and mode among the few that there are.
func (a *adder) policyTally(kind, mode name) *tally {
	for i := range a.policies {
		if p := &a.policies[i]; p.kind == kind && p.mode == mode {
			return &p.tally
		}
	}
	a.policies = append(a.policies, policyTally{kind: kind, mode: mode})
	return &a.policies[len(a.policies)-1].tally
}

func (a *adder) addFailures(c *cell) (details int64) {
	if a.policyOnly {
		return 0
	}
	for _, f := range a.ledger.failuresOf(c) {
		if !a.result.passes(f.result) || !a.mx.passes(f.mx) || !a.ip.passes(f.network) {
			continue
		}
		details += f.sessions
		a.results[f.result].failed += f.sessions
		a.mxs[f.mx].failed += f.sessions
		a.networks[f.network].failed += f.sessions
		a.perDay = append(a.perDay, tally3{c.day, f.result, f.sessions})
	}
	a.sum.Detailed += details
	return details
}

func (a *adder) finish() Sum {
	s := a.sum
	s.Results, s.MXs, s.Networks = a.shares(a.results), a.shares(a.mxs), a.shares(a.networks)
	s.Reporters, s.Policies = a.shares(a.reporters), a.policyShares()
	place := make([]int, len(a.results))
	for i, r := range s.Results {
		s.Types = append(s.Types, r.Name)
		place[a.ledger.ids[r.Name]] = i
	}
	types := len(s.Types)
	byType := make([]int64, len(s.Days)*types)
	for _, t := range a.perDay {
		at := int(t.day - s.From)
		day := &s.Days[at]
		if day.ByType == nil {
			day.ByType = byType[at*types : (at+1)*types : (at+1)*types]
		}
		if t.sessions > 0 {
			day.ByType[place[t.result]] += t.sessions
		}
	}
	return s
}

func (a *adder) shares(tallies []tally) []Share {
	var out []Share
	for id, t := range tallies {
		if t != (tally{}) {
			out = append(out, Share{Name: a.ledger.names[id], Successful: t.successful, Failed: t.failed})
		}
	}
	slices.SortFunc(out, largest)
	return out
}

func largest(a, b Share) int {
	return cmp.Or(cmp.Compare(b.Successful+b.Failed, a.Successful+a.Failed), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Mode, b.Mode))
}

func (a *adder) policyShares() []Share {
	var out []Share
	for _, t := range a.policies {
		out = append(out, Share{Name: a.ledger.names[t.kind], Mode: a.ledger.names[t.mode], Successful: t.successful, Failed: t.failed})
	}
	slices.SortFunc(out, largest)
	return out
}
