package dnscheck_test

import (
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"pgregory.net/rapid"
)

func ago(d time.Duration) time.Time { return start.Add(-d) }

func TestNext(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct {
		what string
		s    dnscheck.State
		want time.Duration // without spread
	}{
		{"just registered", dnscheck.State{Registered: start}, 5 * time.Second},
		{"registered half a minute ago", dnscheck.State{Registered: ago(30 * time.Second)}, 5 * time.Second},
		{"registered ten minutes ago", dnscheck.State{Registered: ago(10 * time.Minute)}, time.Minute},
		{"registered five hours ago", dnscheck.State{Registered: ago(5 * time.Hour)}, 30 * time.Minute},
		{"registered last month", dnscheck.State{Registered: ago(30 * day)}, time.Hour},
		{"watched", dnscheck.State{Registered: ago(30 * day), WatchedUntil: start.Add(1)}, 5 * time.Second},
		{"no longer watched", dnscheck.State{Registered: ago(30 * day), WatchedUntil: start}, time.Hour},
		{"something new was seen", dnscheck.State{Registered: ago(30 * day), Changed: ago(20 * time.Minute)}, 2 * time.Minute},
		{"active and well", dnscheck.State{Registered: ago(30 * day), Active: true, Verdict: tlsrpt.Pass}, day},
		{"active and well, watched", dnscheck.State{Active: true, Verdict: tlsrpt.Pass, WatchedUntil: start.Add(time.Hour)}, day},
		{"active with a warning", dnscheck.State{Active: true, Verdict: tlsrpt.Warn}, day},
		{"active, failing for the first time", dnscheck.State{Active: true, Verdict: tlsrpt.Pass, FailingSince: start}, 13 * time.Minute},
		{"active, failing for a week", dnscheck.State{Active: true, Verdict: tlsrpt.Fail, FailingSince: ago(7 * day)}, time.Hour},
		{"active, absent", dnscheck.State{Active: true, Verdict: tlsrpt.Warn, AbsentSince: ago(day)}, time.Hour},
		{"active, nobody answered", dnscheck.State{Active: true, Verdict: tlsrpt.Pass, Inconclusive: true, SilentSince: ago(time.Hour)}, 10 * time.Minute},
		{"active, nobody answers for hours", dnscheck.State{Active: true, Verdict: tlsrpt.Pass, Inconclusive: true, SilentSince: ago(5 * time.Hour)}, 30 * time.Minute},
		{"active, nobody answers for days", dnscheck.State{Active: true, Verdict: tlsrpt.Pass, Inconclusive: true, SilentSince: ago(5 * day)}, time.Hour},
		{"caches forget in 20 minutes", dnscheck.State{Active: true, Verdict: tlsrpt.Pending, RecheckAt: start.Add(20 * time.Minute)}, 20 * time.Minute},
		{"caches forget in two days", dnscheck.State{Active: true, Verdict: tlsrpt.Pending, RecheckAt: start.Add(2 * day)}, time.Hour},
		{"lapsed six days ago", dnscheck.State{Verdict: tlsrpt.Fail, FailingSince: ago(13 * day), LapsedSince: ago(6 * day)}, time.Hour},
		{"lapsed a week ago", dnscheck.State{Verdict: tlsrpt.Fail, FailingSince: ago(14 * day), LapsedSince: ago(7 * day)}, day},
		{"lapsed 90 days ago", dnscheck.State{Verdict: tlsrpt.Fail, FailingSince: ago(97 * day), LapsedSince: ago(90 * day)}, 7 * day},
		{"lapsed 90 days ago, nobody answers", dnscheck.State{Inconclusive: true, SilentSince: ago(time.Hour), LapsedSince: ago(90 * day)}, 7 * day},
		{"lapsed 90 days ago, watched", dnscheck.State{LapsedSince: ago(90 * day), WatchedUntil: start.Add(1)}, 5 * time.Second},
		{"clock went back", dnscheck.State{Registered: start.Add(time.Hour)}, 5 * time.Second},
	} {
		if got := (dnscheck.Pace{}).Next(c.s, start, 0).Sub(start); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
		latest := max(c.want*8/10, 5*time.Second)
		if got := (dnscheck.Pace{}).Next(c.s, start, 1).Sub(start); got != latest {
			t.Errorf("%s: %v at the other end of the spread, want %v", c.what, got, latest)
		}
	}
}

func TestNextKeepsItsBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		moment := func(name string) time.Time {
			if rapid.Bool().Draw(t, name+" unset") {
				return time.Time{}
			}
			return start.Add(time.Duration(rapid.Int64Range(-1e18, 1e18).Draw(t, name)))
		}
		s := dnscheck.State{
			Registered: moment("registered"), Changed: moment("changed"), WatchedUntil: moment("watched"), Active: rapid.Bool().Draw(t, "active"),
			Verdict:      rapid.SampledFrom([]tlsrpt.Verdict{"", tlsrpt.Pass, tlsrpt.Warn, tlsrpt.Fail, tlsrpt.Pending, tlsrpt.NotApplicable}).Draw(t, "verdict"),
			Inconclusive: rapid.Bool().Draw(t, "inconclusive"), SilentSince: moment("silent"), FailingSince: moment("failing"), AbsentSince: moment("absent"), RecheckAt: moment("recheck"), LapsedSince: moment("lapsed"),
		}
		lo := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "min"))
		hi := lo + time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "more"))
		got := (dnscheck.Pace{Min: lo, Max: hi}).Next(s, start, rapid.Float64Range(0, 1).Draw(t, "rnd")).Sub(start)
		if !s.LapsedSince.IsZero() {
			hi *= 7
		}
		if got < lo || got > hi {
			t.Fatalf("%v is not within %v and %v", got, lo, hi)
		}
	})
}

// TestAfter plays rows of results, one check an hour unless told.
func TestAfter(t *testing.T) {
	t.Parallel()
	type step struct {
		after time.Duration
		r     dnscheck.Result
		want  tlsrpt.Verdict
	}
	pass := dnscheck.Result{Verdict: tlsrpt.Pass, Presence: dnscheck.Present}
	fail := dnscheck.Result{Verdict: tlsrpt.Fail, Presence: dnscheck.Absent}
	dumb := dnscheck.Result{Verdict: tlsrpt.Pending, Presence: dnscheck.Unknown, Inconclusive: true}
	for _, c := range []struct {
		what  string
		steps []step
	}{
		{"a new domain turns red at once", []step{{0, fail, tlsrpt.Fail}}},
		{"green turns red after ten minutes", []step{{0, pass, tlsrpt.Pass}, {time.Hour, fail, tlsrpt.Pass}, {9 * time.Minute, fail, tlsrpt.Pass}, {time.Minute, fail, tlsrpt.Fail}}},
		{"red turns green at once", []step{{0, fail, tlsrpt.Fail}, {time.Second, pass, tlsrpt.Pass}}},
		{"one bad check is forgotten", []step{{0, pass, tlsrpt.Pass}, {time.Hour, fail, tlsrpt.Pass}, {time.Hour, pass, tlsrpt.Pass}, {time.Hour, fail, tlsrpt.Pass}}},
		{"silence keeps green for a day", []step{{0, pass, tlsrpt.Pass}, {23 * time.Hour, dumb, tlsrpt.Pass}, {23 * time.Hour, dumb, tlsrpt.Pass}, {time.Hour, dumb, tlsrpt.Pending}, {time.Hour, pass, tlsrpt.Pass}}},
		{"silence keeps red for a day", []step{{0, fail, tlsrpt.Fail}, {0, dumb, tlsrpt.Fail}, {23 * time.Hour, dumb, tlsrpt.Fail}, {time.Hour, dumb, tlsrpt.Pending}}},
		{"one answer ends the silence", []step{{0, pass, tlsrpt.Pass}, {time.Hour, dumb, tlsrpt.Pass}, {20 * time.Hour, pass, tlsrpt.Pass}, {20 * time.Hour, dumb, tlsrpt.Pass}}},
		{"silence between two failures", []step{{0, pass, tlsrpt.Pass}, {time.Hour, fail, tlsrpt.Pass}, {5 * time.Minute, dumb, tlsrpt.Pass}, {5 * time.Minute, fail, tlsrpt.Fail}}},
	} {
		var s dnscheck.State
		now := start
		for i, step := range c.steps {
			now = now.Add(step.after)
			step.r.At = now
			s = s.After(step.r)
			if s.Verdict != step.want {
				t.Errorf("%s, step %d: %s, want %s", c.what, i, s.Verdict, step.want)
			}
		}
	}
}

func TestLapse(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	gone := dnscheck.Result{Verdict: tlsrpt.Fail, Presence: dnscheck.Absent}
	here := dnscheck.Result{Verdict: tlsrpt.Pass, Presence: dnscheck.Present}
	unknown := dnscheck.Result{Verdict: tlsrpt.Pending, Presence: dnscheck.Unknown, Inconclusive: true}
	quarrel := dnscheck.Result{Verdict: tlsrpt.Pending, Presence: dnscheck.Unknown, Disagree: true}
	type seen struct {
		day float64
		r   dnscheck.Result
	}
	for _, c := range []struct {
		what   string
		row    []seen
		lapsed bool
	}{
		{"seven days of absence", []seen{{0, gone}, {3, gone}, {7, gone}}, true},
		{"not quite seven", []seen{{0, gone}, {3, gone}, {6.99, gone}}, false},
		{"back for once", []seen{{0, gone}, {3, here}, {7, gone}, {9, gone}}, false},
		{"only silence after the first", []seen{{0, gone}, {3, unknown}, {8, unknown}, {30, unknown}}, false},
		{"only disagreement", []seen{{0, quarrel}, {10, quarrel}, {20, quarrel}}, false},
		{"disagreement after the first", []seen{{0, gone}, {10, quarrel}}, false},
		{"silence in between", []seen{{0, gone}, {3, unknown}, {8, gone}}, true},
	} {
		s := dnscheck.State{Active: true}
		for _, x := range c.row {
			x.r.At = start.Add(time.Duration(x.day * float64(day)))
			s = s.After(x.r)
		}
		if s.Lapsed() != c.lapsed {
			t.Errorf("%s: lapsed is %v", c.what, s.Lapsed())
		}
		s.Active = false
		if s.Lapsed() {
			t.Errorf("%s: a pending domain lapsed", c.what)
		}
	}
}
