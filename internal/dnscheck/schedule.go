package dnscheck

import (
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// State is what the store keeps of a domain from one check to the next. The
// zero State is a domain that was never checked.
type State struct {
	// Registered is when the account added the domain.
	Registered time.Time `json:"registered"`
	// Changed is when the setup last took a turn (registration, a new answer):
	// the closer, the sooner the next check.
	Changed time.Time `json:"changed"`
	// WatchedUntil is how long somebody is taken to look at the check.
	WatchedUntil time.Time `json:"watched_until"`
	// Active: this registration holds the domain.
	Active bool `json:"active"`
	// LapsedSince is when it lost the domain, zero unless it has lapsed.
	LapsedSince time.Time `json:"-"`
	// LastReport is the end of the newest UTC day that a counted report covers,
	// zero before the first.
	LastReport time.Time `json:"-"`
	// Verdict is the settled verdict, "" before the first check.
	Verdict tlsrpt.Verdict `json:"verdict"`
	// Inconclusive: the last check said nothing, Verdict is from before.
	Inconclusive bool `json:"inconclusive"`
	// SilentSince is when the unbroken row of checks that said nothing began.
	SilentSince time.Time `json:"silent_since"`
	// FailingSince, AbsentSince and DisagreeSince are when this was first seen
	// in an unbroken row of checks that said something, or zero.
	FailingSince  time.Time `json:"failing_since"`
	AbsentSince   time.Time `json:"absent_since"`
	DisagreeSince time.Time `json:"disagree_since"`
	// AbsentLast is when the absence was last seen.
	AbsentLast time.Time `json:"absent_last"`
	// RecheckAt is when the caches that hold the old answer forget it, or zero.
	RecheckAt time.Time `json:"recheck_at"`
}

// Pace are the bounds of the schedule (CHECK_MIN_INTERVAL, CHECK_MAX_INTERVAL).
// The zero Pace means 5 seconds and 24 hours.
type Pace struct {
	Min, Max time.Duration
}

const (
	lapseAfter = 7 * 24 * time.Hour
	believed   = 24 * time.Hour // how long a verdict outlives checks that say nothing
	redAfter   = 10 * time.Minute
)

// Next gives the time of the next check: the shortest interval while somebody
// watches an unfinished setup, then growing with the time since anything
// changed up to hourly, and the longest once the domain is active and well.
// rnd, from [0,1), spreads it over the last fifth of the interval. The result
// lies between now+Min and now+Max; for a domain that lapsed long ago at seven
// times Max at most.
func (p Pace) Next(s State, now time.Time, rnd float64) time.Time {
	p = p.orDefault()
	d := min(max(p.interval(s, now), p.Min), p.Max)
	if !s.watched(now) {
		d = max(d, p.forLapsed(s, now))
	}
	d -= time.Duration(float64(d) * 0.2 * min(max(rnd, 0), 1))
	return now.Add(max(d, p.Min))
}

func (s State) watched(now time.Time) bool { return now.Before(s.WatchedUntil) }

// forLapsed is how long a domain that lapsed is left alone, from a week after
// its lapse on: its owner has gone, and opening its page brings the pace back.
func (p Pace) forLapsed(s State, now time.Time) time.Duration {
	switch gone := now.Sub(s.LapsedSince); {
	case s.LapsedSince.IsZero() || gone < 7*24*time.Hour:
		return 0
	case gone < 90*24*time.Hour:
		return p.Max
	default:
		return 7 * p.Max
	}
}

func (p Pace) orDefault() Pace {
	if p.Min <= 0 {
		p.Min = 5 * time.Second
	}
	if p.Max <= 0 {
		p.Max = 24 * time.Hour
	}
	p.Max = max(p.Max, p.Min)
	return p
}

func (p Pace) interval(s State, now time.Time) time.Duration {
	if s.Active && s.good() && !s.Inconclusive && s.AbsentSince.IsZero() && s.FailingSince.IsZero() {
		return p.Max
	}
	if s.watched(now) {
		return p.Min
	}
	if s.Inconclusive {
		return min(max(now.Sub(s.SilentSince)/10, redAfter), time.Hour)
	}
	if s.good() && !s.FailingSince.IsZero() {
		return redAfter * 13 / 10 // late enough to confirm the failure, with the spread taken off
	}
	if wait := s.RecheckAt.Sub(now); s.Verdict == tlsrpt.Pending && wait > 0 {
		return min(max(wait, p.Min), time.Hour)
	}
	// A tenth of the age: as seldom as a doubling back-off, without its jumps.
	return min(max(now.Sub(s.since())/10, p.Min), time.Hour)
}

// since is the last turn that the domain took.
func (s State) since() time.Time {
	last := s.Registered
	for _, t := range []time.Time{s.Changed, s.FailingSince} {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// Lapsed reports whether an active domain has lost its delegation: absent from
// its own servers for 7 days. Checks that say nothing never make it true.
func (s State) Lapsed() bool {
	return s.Active && !s.AbsentSince.IsZero() && s.AbsentLast.Sub(s.AbsentSince) >= lapseAfter
}

// silentDays counts the whole days since the last day with a report.
func (s State) silentDays(now time.Time) int {
	if s.LastReport.IsZero() {
		return 0
	}
	return int(now.Sub(s.LastReport) / (24 * time.Hour))
}

// After gives the state that a result leaves behind. Red needs two failing
// checks ten minutes apart, green none; what says nothing leaves the verdict
// alone for a day. Whether the domain is Active remains for the store to say.
func (s State) After(r Result) State {
	s.DisagreeSince = began(s.DisagreeSince, r.At, r.Disagree)
	switch r.Presence {
	case Present:
		s.AbsentSince = time.Time{}
	case Absent:
		s.AbsentSince, s.AbsentLast = began(s.AbsentSince, r.At, true), r.At
	}
	s.Inconclusive, s.SilentSince = r.Inconclusive, began(s.SilentSince, r.At, r.Inconclusive)
	if r.Inconclusive {
		if s.Verdict == "" || r.At.Sub(s.SilentSince) >= believed {
			s = s.turn(r.Verdict, r.At)
		}
		return s
	}
	s.RecheckAt = r.RecheckAt
	s.FailingSince = began(s.FailingSince, r.At, r.Verdict == tlsrpt.Fail)
	if r.Verdict == tlsrpt.Fail && s.good() && r.At.Sub(s.FailingSince) < redAfter {
		return s
	}
	return s.turn(r.Verdict, r.At)
}

// turn sets the verdict, and the pace back to quick when it is another one.
func (s State) turn(v tlsrpt.Verdict, at time.Time) State {
	if v != s.Verdict {
		s.Verdict, s.Changed = v, at
	}
	return s
}

func (s State) good() bool {
	return s.Verdict == tlsrpt.Pass || s.Verdict == tlsrpt.Warn || s.Verdict == tlsrpt.NotApplicable
}

// began keeps the start of something that holds, and forgets it when it ends.
func began(since, at time.Time, holds bool) time.Time {
	if !holds {
		return time.Time{}
	}
	if since.IsZero() {
		return at
	}
	return since
}
