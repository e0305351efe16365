package models

import (
	"context"
	"slices"
	"strings"
	"time"
)

// ObservationChange is one moment at which what a server says of a domain
// became something else.
type ObservationChange struct {
	// At is the time of the check that saw the change.
	At time.Time
	// Server, Addr and Kind are those of the answers, whichever there is.
	Server, Addr, Kind string
	// Before is nil for the first answer of a server, or the first after it was
	// gone; After is nil for a server that is no longer asked. One of them is
	// always there.
	Before, After *Observation
	// Fields names what differs between the two, in this order: cname, txt,
	// rcode, error, verdict. It is empty when one of them is missing.
	Fields []string
}

// historyRows bounds how far back the history of one domain is read.
const historyRows = 1000

// ObservationChanges is the history of what the servers of a domain said,
// newest change first, at most limit changes that happened before a time (the
// zero time for now). Two answers of a server are told apart by what they say,
// not by TTL or time. A few more than limit are given when they happened at the
// same time, so that the next page begins before the At of the last one.
func (s *Store) ObservationChanges(ctx context.Context, d Domain, before time.Time, limit int) ([]ObservationChange, error) {
	var rows []Observation
	err := s.reader(ctx).Where("account_id = ? AND domain_id = ?", d.AccountID, d.ID).
		Order("id DESC").Limit(historyRows).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	slices.Reverse(rows)
	changes := changesOf(rows)
	if !before.IsZero() {
		changes = slices.DeleteFunc(changes, func(c ObservationChange) bool { return !c.At.Before(before) })
	}
	n := min(limit, len(changes))
	for n > 0 && n < len(changes) && changes[n].At.Equal(changes[n-1].At) {
		n++
	}
	return changes[:n], nil
}

// changesOf compares each row with the one before of the same server; rows are
// in the order in which they were stored, the changes newest first.
func changesOf(rows []Observation) []ObservationChange {
	last := map[string]*Observation{}
	var changes []ObservationChange
	for i := range rows {
		o := &rows[i]
		key := o.place()
		before := last[key]
		if before != nil && before.EndedAt != nil && before.EndedAt.Before(o.FirstSeen) {
			changes = append(changes, changeBetween(before, nil))
			before = nil
		}
		changes = append(changes, changeBetween(before, o))
		last[key] = o
	}
	for _, o := range last {
		if !o.Current {
			changes = append(changes, changeBetween(o, nil))
		}
	}
	slices.SortStableFunc(changes, func(a, b ObservationChange) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return strings.Compare(a.Kind+a.Server+a.Addr, b.Kind+b.Server+b.Addr)
	})
	return changes
}

func changeBetween(before, after *Observation) ObservationChange {
	c := ObservationChange{Before: before, After: after}
	if after == nil {
		c.At, c.Server, c.Addr, c.Kind = before.ended(), before.Server, before.Addr, before.Kind
		return c
	}
	c.At, c.Server, c.Addr, c.Kind = after.FirstSeen, after.Server, after.Addr, after.Kind
	if before != nil {
		c.Fields = before.differences(*after)
	}
	return c
}

// ended is when the answer was seen to be another one. Rows of the first
// schema do not have it.
func (o Observation) ended() time.Time {
	if o.EndedAt != nil {
		return *o.EndedAt
	}
	return o.LastSeen
}

// differences leaves out what differs from one second to the next.
func (o Observation) differences(p Observation) []string {
	var fields []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"cname", o.CNAME == p.CNAME}, {"txt", slices.Equal(o.TXT, p.TXT)}, {"rcode", o.Rcode == p.Rcode},
		{"error", o.Error == p.Error}, {"verdict", o.Verdict == p.Verdict},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}
