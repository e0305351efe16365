package ledger

import (
	"cmp"
	"slices"
)

// ProblemParts is a problem with what it is made of.
type ProblemParts struct {
	Problem
	Days       []int64 // failed sessions of each day
	ByReporter []Share // most sessions first
	Networks   []Share
}

// ProblemParts groups the failures of the days from one to another by result
// type, MX and reason, most sessions first.
func (l *Ledger) ProblemParts(from, to int32) []ProblemParts { return l.problems(from, to) }

type problemKey struct{ result, mx, reason name }

// problemSum gathers one problem.
type problemSum struct {
	key                 problemKey
	first, last         int32
	sessions            int64
	days                []int64
	reporters, networks map[name]int64
}

func (l *Ledger) problems(from, to int32) []ProblemParts {
	sums := map[problemKey]*problemSum{}
	for i := range l.cells {
		c := &l.cells[i]
		if c.day < from || c.day > to {
			continue
		}
		for _, f := range l.failuresOf(c) {
			key := problemKey{f.result, f.mx, f.reason}
			s := sums[key]
			if s == nil {
				s = &problemSum{key: key, first: c.day, days: make([]int64, to-from+1), reporters: map[name]int64{}, networks: map[name]int64{}}
				sums[key] = s
			}
			s.add(c, f, from)
		}
	}
	all := make([]ProblemParts, 0, len(sums))
	for _, s := range sums {
		all = append(all, l.problemParts(s))
	}
	slices.SortFunc(all, func(a, b ProblemParts) int {
		return cmp.Or(cmp.Compare(b.Sessions, a.Sessions), cmp.Compare(a.ResultType, b.ResultType), cmp.Compare(a.MX, b.MX), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}

func (s *problemSum) add(c *cell, f failure, from int32) {
	s.last = c.day
	s.sessions += f.sessions
	s.days[c.day-from] += f.sessions
	s.reporters[c.reporter] += f.sessions
	s.networks[f.network] += f.sessions
}

func (l *Ledger) problemParts(s *problemSum) ProblemParts {
	return ProblemParts{
		Problem: Problem{
			ResultType: l.names[s.key.result], MX: l.names[s.key.mx], Reason: l.names[s.key.reason], Sessions: s.sessions,
			Reporters: int64(len(s.reporters)), First: s.first, Last: s.last,
		},
		Days: s.days, ByReporter: l.failedShares(s.reporters), Networks: l.failedShares(s.networks),
	}
}

func (l *Ledger) failedShares(sums map[name]int64) []Share {
	shares := make([]Share, 0, len(sums))
	for id, sessions := range sums {
		shares = append(shares, Share{Name: l.names[id], Failed: sessions})
	}
	slices.SortFunc(shares, largest)
	return shares
}
