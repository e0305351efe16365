package ledger

import (
	"cmp"
	"slices"
)

// State is what a reporter did for a day.
type State byte

// The states. Due is a day whose report may still come.
const (
	NotExpected State = iota
	Received
	Late
	Missing
	Failing // received, with failed sessions
	Due
)

// Attendance is one reporter over some days.
type Attendance struct {
	Reporter string
	States   []State // one for each day
}

const (
	// regular is the part of its weekdays that a reporter must have covered to
	// be missed on the next one.
	regular = 0.8
	// leastSeen is how many times a weekday must have come round to show a habit.
	leastSeen = 3
	// usualHours is taken for a reporter whose arrivals are not known: it writes
	// when the day has ended and may take half a day.
	usualHours = 36
	// patience is how many hours after its usual time a report is late, and one
	// that has not come is missed.
	patience = 24
	// missedDays is how long a reporter that has stopped is missed: then it is gone.
	missedDays = 14
)

// habit is what a reporter usually does.
type habit struct {
	first    int32   // the first day it is seen
	last     int32   // and the last
	usual    int32   // hours after the day's first instant
	days     int     // covered in all
	weekdays [7]int  // covered, by day modulo 7
	arrivals []int32 // known ones
	states   []State // in the span asked for; nil when no day of it is covered
}

// Attendance tells for each reporter of the days from one to another what came
// when, by the habits that the whole ledger shows. now is in hours since 1970.
func (l *Ledger) Attendance(from, to int32, now int64) []Attendance {
	habits := l.habits()
	days := int(to-from) + 1
	for i := range l.cells {
		if c := &l.cells[i]; c.day >= from && c.day <= to {
			h := &habits[c.reporter]
			if h.states == nil {
				h.states = make([]State, days)
			}
			h.states[c.day-from] = h.received(c)
		}
	}
	var all []Attendance
	for id := range habits {
		if h := &habits[id]; h.states != nil {
			h.fill(from, now)
			all = append(all, Attendance{l.names[id], h.states})
		}
	}
	slices.SortFunc(all, func(a, b Attendance) int { return cmp.Compare(a.Reporter, b.Reporter) })
	return all
}

func (l *Ledger) habits() []habit {
	habits := make([]habit, len(l.names))
	for i := range l.cells {
		c := &l.cells[i]
		h := &habits[c.reporter]
		if h.days == 0 {
			h.first = c.day
		}
		h.last = max(h.last, c.day)
		h.days++
		h.weekdays[c.day%7]++
		if c.arrived != Unknown {
			h.arrivals = append(h.arrivals, c.arrived)
		}
	}
	for i := range habits {
		h := &habits[i]
		h.usual = usualHours
		if len(h.arrivals) > 0 {
			slices.Sort(h.arrivals)
			h.usual = h.arrivals[len(h.arrivals)/2]
		}
	}
	return habits
}

// fill says of the days that are not covered why.
func (h *habit) fill(from int32, now int64) {
	last := h.lastDue(now)
	for i, state := range h.states {
		day := from + int32(i)
		switch {
		case int64(day)*24 > now: // a day to come
			h.states[i] = NotExpected
		case state != NotExpected || day <= h.first || !h.expects(day):
		case day > last:
			h.states[i] = Due
		default:
			h.states[i] = Missing
		}
	}
}

func (h *habit) received(c *cell) State {
	switch {
	case c.failed > 0:
		return Failing
	case c.arrived > h.usual+patience:
		return Late
	default:
		return Received
	}
}

// lastDue is the last day whose report should be here.
func (h *habit) lastDue(now int64) int32 {
	return int32((now - int64(h.usual) - patience) / 24)
}

// expects tells whether a reporter of this habit writes about such a day: on
// its weekday nearly always, or, while the weekday has not come round often
// enough to tell, on nearly every day.
func (h *habit) expects(day int32) bool {
	if day > h.last+missedDays {
		return false
	}
	weekday := day % 7
	next := h.first + (weekday-h.first%7+7)%7
	if rounds := int(h.last-next+7) / 7; rounds >= leastSeen {
		return float64(h.weekdays[weekday]) >= regular*float64(rounds)
	}
	all := int(h.last-h.first) + 1
	return all >= leastSeen && float64(h.days) >= regular*float64(all)
}
