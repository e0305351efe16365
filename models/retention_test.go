package models_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

const year = 400 * 24 * time.Hour

func (w *world) retain(before time.Time) {
	w.t.Helper()
	for done := false; !done; {
		var err error
		done, err = w.store.RemoveOldReports(w.ctx, before)
		w.must(err)
	}
}

func TestOldBodiesGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.judge(w.report("r.example", "1", day, 5, 1))
	waiting := w.deliver(1)[0]
	w.clock.Advance(time.Hour)
	fresh := w.judge(w.report("r.example", "2", day, 5, 1)) // also judges what was waiting
	w.must(w.store.WriteDB().Exec("UPDATE deliveries SET state = 'pending' WHERE id = ?", waiting.ID).Error)
	done, err := w.store.RemoveOldBodies(w.ctx, w.clock.Now())
	if err != nil || !done {
		t.Errorf("done %v, %v", done, err)
	}
	for what, c := range map[string]struct {
		id   string
		want error
	}{"old": {old.ID, models.ErrNotFound}, "old and pending": {waiting.ID, nil}, "fresh": {fresh.ID, nil}} {
		if _, err := w.store.DeliveryBody(w.ctx, c.id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	if _, err := w.store.Delivery(w.ctx, w.account.ID, old.ID); err != nil {
		t.Errorf("the delivery itself: %v", err)
	}
}

func TestOldBodiesGoInSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliver(600)
	w.must(w.store.WriteDB().Exec("UPDATE deliveries SET state = 'counted'").Error)
	var steps []bool
	for range 2 {
		done, err := w.store.RemoveOldBodies(w.ctx, w.clock.Now().Add(time.Second))
		w.must(err)
		steps = append(steps, done)
	}
	if !slices.Equal(steps, []bool{false, true}) || w.count("delivery_bodies", "true") != 0 {
		t.Errorf("steps %v leave %d bodies", steps, w.count("delivery_bodies", "true"))
	}
}

func TestOldReportsLeaveTheirCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.judge(failing(w.report("r.example", "1", day, 5, 1), "certificate-expired", "mx", "", 1), failing(w.report("s.example", "2", day, 5, 1), "x", "mx", "", 1))
	before := w.rollups(w.domain)
	w.clock.Advance(year)
	w.judge(w.report("r.example", "3", day, 50, 0)) // late, into a cell whose rows are still there
	withLate := w.rollups(w.domain)
	if slices.Equal(before, withLate) {
		t.Error("a late report changed nothing")
	}
	w.retain(w.clock.Now().Add(-time.Hour))
	if n := w.count("reports", "true"); n != 1 { // the late one has its own 400 days
		t.Errorf("%d reports are left", n)
	}
	if n := w.count("policy_results", "true"); n != 1 || w.count("failure_details", "true") != 0 {
		t.Errorf("%d policies are left", n)
	}
	for _, r := range []models.FullReport{
		w.report("r.example", "1", day, 5, 1), // a duplicate whose first copy is gone
		w.report("r.example", "4", day, 7, 7), // new, but too late
		w.report("s.example", "2", day, 90, 1),
	} {
		w.judge(r)
		if after := w.rollups(w.domain); !slices.Equal(withLate, after) {
			t.Errorf("a frozen cell changed from\n%q\nto\n%q", withLate, after)
		}
	}
	w.judge(w.report("t.example", "5", day, 7, 7)) // a reporter without a frozen cell
	if slices.Equal(withLate, w.rollups(w.domain)) {
		t.Error("a cell that is not frozen did not change")
	}
	w.accountDaysAgree()
}

func TestRecentReportsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.judge(w.report("r.example", "1", day, 5, 1))
	w.judge(w.report("r.example", "2", day-500, 5, 1)) // about an old day, but it came today
	w.retain(w.clock.Now().Add(-time.Second))
	w.retain(day.Time())
	if n := w.count("reports", "true"); n != 2 {
		t.Errorf("%d of 2 reports are left", n)
	}
	if n := w.count("daily_totals", "frozen"); n != 0 {
		t.Errorf("%d cells are frozen", n)
	}
}

// What was seen goes, what became of the domain stays.
func TestOldEventsGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, verdict := range []string{"fail", "pass", "fail"} {
		c := w.checked(models.Active, "ns1")
		c.Verdict, c.Proven = verdict, true
		w.must(w.store.SaveCheck(w.ctx, "node", w.claimDomains("node")[0].Domain, c))
		w.clock.Advance(2 * time.Hour)
	}
	for _, c := range []struct {
		age  time.Duration
		left int64
	}{{5 * time.Hour, 4}, {3 * time.Hour, 3}, {0, 2}} { // registered, active
		done, err := w.store.RemoveOldEvents(w.ctx, w.clock.Now().Add(-c.age))
		if n := w.count("domain_events", "true"); err != nil || !done || n != c.left {
			t.Errorf("older than %v: %d events are left, want %d, %v", c.age, n, c.left, err)
		}
	}
}

func TestOldObservationsGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, cname := range []string{"a.example", "b.example", "c.example"} {
		c := w.checked(models.Pending, "ns1")
		c.Servers[0].CNAME = cname
		w.must(w.store.SaveCheck(w.ctx, "node", w.claimDomains("node")[0].Domain, c))
		w.clock.Advance(2 * time.Hour)
	}
	for _, c := range []struct {
		age  time.Duration
		left int64
	}{{5 * time.Hour, 2}, {time.Hour, 1}, {0, 1}} { // the current one stays
		done, err := w.store.RemoveOldObservations(w.ctx, w.clock.Now().Add(-c.age))
		if n := w.count("dns_observations", "true"); err != nil || !done || n != c.left {
			t.Errorf("older than %v: %d rows are left, want %d, %v", c.age, n, c.left, err)
		}
	}
}
