package tlsrpt

import (
	"math"
	"slices"
	"strings"
)

// Sessions are the session counts of some policy results taken together.
type Sessions struct {
	Successful, Failed int64
	// Stated is false when no reporter stated any count: then nothing is
	// known, which is not the same as no sessions.
	Stated bool
	// ByType is sorted by type. Its numbers do not add up to the total,
	// because tlsa repeats the sessions of sts.
	ByType []TypeSessions
}

// TypeSessions are the sessions under one policy type.
type TypeSessions struct {
	Type               PolicyType
	Successful, Failed int64
	Stated             bool
}

// Tally counts the sessions of the policy results that one report holds about
// one domain. A session may be listed once under tlsa and once under another
// type, never under two of the others: the larger of the two sums is the
// total, and the larger of their failures failed. Sums stop at the largest
// int64 instead of wrapping.
func Tally(ps []PolicyResult) Sessions {
	var s Sessions
	var tlsa, rest TypeSessions
	for i := range ps {
		p := &ps[i]
		one := TypeSessions{p.Type, p.Successful.N, p.Failed.N, p.Successful.Stated || p.Failed.Stated}
		s.addType(one)
		if p.Type == PolicyTLSA {
			tlsa.add(one)
		} else {
			rest.add(one)
		}
	}
	s.Stated = tlsa.Stated || rest.Stated
	s.Failed = max(tlsa.Failed, rest.Failed)
	s.Successful = max(tlsa.total(), rest.total()) - s.Failed
	slices.SortFunc(s.ByType, func(a, b TypeSessions) int {
		return strings.Compare(string(a.Type), string(b.Type))
	})
	return s
}

// plausible tells whether all counts of a report together stay below what one
// count may be. Sums over years of such reports fit into an int64.
func plausible(ps []PolicyResult) bool {
	var tlsa, rest TypeSessions
	var details int64
	for i := range ps {
		p := &ps[i]
		sum := &rest
		if p.Type == PolicyTLSA {
			sum = &tlsa
		}
		sum.add(TypeSessions{Successful: p.Successful.N, Failed: p.Failed.N})
		for k := range p.Failures {
			details = add(details, p.Failures[k].Sessions)
		}
	}
	failed := max(tlsa.Failed, rest.Failed)
	return max(max(tlsa.total(), rest.total())-failed, failed, details) <= maxCount
}

func (s *Sessions) addType(one TypeSessions) {
	for i := range s.ByType {
		if s.ByType[i].Type == one.Type {
			s.ByType[i].add(one)
			return
		}
	}
	s.ByType = append(s.ByType, one)
}

func (t *TypeSessions) add(o TypeSessions) {
	t.Successful = add(t.Successful, o.Successful)
	t.Failed = add(t.Failed, o.Failed)
	t.Stated = t.Stated || o.Stated
}

func (t TypeSessions) total() int64 { return add(t.Successful, t.Failed) }

// add is a + b, or the largest int64 when that is less. Neither is negative.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
