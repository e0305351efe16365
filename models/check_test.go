package models_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func (w *world) claimDomains(holder string) []models.DueDomain {
	w.t.Helper()
	due, err := w.store.ClaimDueDomains(w.ctx, holder, 1000, time.Minute)
	w.must(err)
	return due
}

// checked is what a check finds that was answered by the given servers.
func (w *world) checked(state models.DomainState, servers ...string) models.Checked {
	c := models.Checked{
		At: w.clock.Now(), State: state, Proven: state == models.Active, NextCheckAt: w.clock.Now().Add(time.Hour),
		Verdict: "pass", Record: "v=TLSRPTv1; rua=mailto:a@example.test", MXHosts: []string{"mx.example.com"},
		Memory: models.CheckMemory{State: "{}", Observation: "{}"},
	}
	for _, s := range servers {
		c.Servers = append(c.Servers, models.Observation{Server: s, Addr: "192.0.2.1", Kind: "authoritative", CNAME: "t.example", Rcode: "NOERROR", TTL: 300})
	}
	return c
}

func TestDueDomainsAreClaimedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 19 {
		testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", i))
	}
	taken := make(chan string, 100)
	var g errgroup.Group
	for i := range 4 {
		g.Go(func() error {
			for {
				due, err := w.store.ClaimDueDomains(w.ctx, fmt.Sprint("node", i), 3, time.Minute)
				if err != nil || len(due) == 0 {
					return err
				}
				if len(due) > 3 {
					return fmt.Errorf("claimed %d, more than 3", len(due))
				}
				for _, d := range due {
					taken <- d.ID
				}
			}
		})
	}
	w.must(g.Wait())
	close(taken)
	var ids []string
	for id := range taken {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != 20 || len(ids) != 20 {
		t.Errorf("20 domains were claimed %d times", len(ids))
	}
	w.clock.Advance(time.Minute - time.Second)
	if n := len(w.claimDomains("node")); n != 0 {
		t.Errorf("%d claims passed on before their end", n)
	}
	w.clock.Advance(time.Second)
	if n := len(w.claimDomains("node")); n != 20 {
		t.Errorf("%d of 20 lapsed claims passed on", n)
	}
	w.must(w.store.ReleaseAllClaims(w.ctx))
	if n := len(w.claimDomains("node")); n != 20 {
		t.Errorf("%d of 20 released claims passed on", n)
	}
}

func TestSaveCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	due := w.claimDomains("node")
	if len(due) != 1 || due[0].Memory.State != "" {
		t.Fatalf("due: %+v", due)
	}
	w.clock.Advance(time.Second)
	c := w.checked(models.Active, "ns1")
	c.Memory.State, c.Findings = `{"x":1}`, []models.Finding{{ID: "D1", Severity: "pass", Text: "ü\x00\xff<b>"}}
	w.must(w.store.SaveCheck(w.ctx, "node", due[0].Domain, c))
	d, err := w.store.DomainByID(w.ctx, w.domain.ID)
	w.must(err)
	if d.State != models.Active || d.VerifiedAt == nil || !d.StateSince.Equal(w.clock.Now()) || d.Checks != 1 ||
		!slices.Equal(d.MXHosts, c.MXHosts) || len(d.Findings) != 1 || d.Findings[0].ID != "D1" || d.ClaimedBy != "" || d.ClaimedUntil != nil {
		t.Errorf("saved: %+v", d)
	}
	if len(w.claimDomains("node")) != 0 {
		t.Error("the domain is due before its next check")
	}
	w.clock.Advance(time.Hour)
	again := w.claimDomains("node")
	if len(again) != 1 || again[0].Memory.State != `{"x":1}` {
		t.Errorf("the memory of the last check: %+v", again)
	}
}

func TestSaveCheckOfALostClaim(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(w *world){
		"claimed by another": func(w *world) { w.clock.Advance(2 * time.Minute); w.claimDomains("other") },
		"lapsed":             func(w *world) { w.clock.Advance(time.Minute) },
		"claimed again":      func(w *world) { w.clock.Advance(2 * time.Minute); w.claimDomains("node") },
		"released":           func(w *world) { w.must(w.store.ReleaseAllClaims(w.ctx)) },
		"removed":            func(w *world) { w.must(w.store.RemoveDomain(w.ctx, w.account.ID, "example.com")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			due := w.claimDomains("node")
			lose(w)
			events := w.count("domain_events", "true")
			if err := w.store.SaveCheck(w.ctx, "node", due[0].Domain, w.checked(models.Active, "ns1")); !errors.Is(err, models.ErrLost) {
				t.Errorf("saved with %v", err)
			}
			if w.count("dns_observations", "true") != 0 || w.count("check_memories", "true") != 0 ||
				w.count("domain_events", "true") != events || w.count("domains", "state = 'active'") != 0 {
				t.Error("a lost check left rows behind")
			}
		})
	}
}

// G28: whoever proves a name, one account at a time holds it.
func TestOneActivePerName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const claimants = 50
	for i := range claimants {
		testkit.Domain(t, w.store, testkit.Account(t, w.store, fmt.Sprintf("c%d@example.test", i)), "contested.example")
	}
	var g errgroup.Group
	for _, d := range w.claimDomains("node") {
		if d.Name == "contested.example" {
			g.Go(func() error { return w.store.SaveCheck(w.ctx, "node", d.Domain, w.checked(models.Active)) })
		}
	}
	w.must(g.Wait())
	if n := w.count("domains", "name = 'contested.example' AND state = 'active'"); n != 1 {
		t.Errorf("%d accounts hold the name", n)
	}
	if n := w.count("domain_events", "kind = 'active'"); n != claimants {
		t.Errorf("%d proofs made an event, want %d", n, claimants)
	}
	if n := w.count("domain_events", "kind = 'pending'"); n != claimants-1 {
		t.Errorf("%d accounts were told of their loss, want %d", n, claimants-1)
	}
	err := w.store.WriteDB().Exec("UPDATE domains SET state = 'active' WHERE name = 'contested.example'").Error
	if err == nil {
		t.Error("the database takes two active rows of one name")
	}
}

func TestHandOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	theirs := testkit.Domain(t, w.store, testkit.Account(t, w.store, "b@example.test"), "example.com")
	due := w.claimDomains("node")
	if due[0].ID != w.domain.ID {
		due[0], due[1] = due[1], due[0]
	}
	w.must(w.store.SaveCheck(w.ctx, "node", due[0].Domain, w.checked(models.Active)))
	w.clock.Advance(time.Second)
	w.must(w.store.SaveCheck(w.ctx, "node", due[1].Domain, w.checked(models.Active)))
	for _, c := range []struct {
		d      models.Domain
		state  models.DomainState
		events []models.EventKind
	}{
		{w.domain, models.Pending, []models.EventKind{models.EventRegistered, models.EventActive, models.EventPending}},
		{theirs, models.Active, []models.EventKind{models.EventRegistered, models.EventActive}},
	} {
		d, err := w.store.DomainByID(w.ctx, c.d.ID)
		w.must(err)
		if d.State != c.state || !d.StateSince.Equal(eventTime(w, d)) {
			t.Errorf("%s is %s since %v", d.AccountID, d.State, d.StateSince)
		}
		if got := kinds(w, d); !slices.Equal(got, c.events) {
			t.Errorf("events %q, want %q", got, c.events)
		}
	}
	events, err := w.store.AccountEvents(w.ctx, w.account.ID, w.clock.Now(), 10)
	if err != nil || len(events) != 1 || events[0].Kind != models.EventPending || events[0].Name != "example.com" {
		t.Errorf("the account is told %+v, %v", events, err)
	}
}

func kinds(w *world, d models.Domain) []models.EventKind {
	w.t.Helper()
	events, err := w.store.DomainEvents(w.ctx, d, time.Time{}, w.clock.Now().Add(time.Second))
	w.must(err)
	var out []models.EventKind
	for _, e := range events {
		out = append(out, e.Kind)
	}
	return out
}

func eventTime(w *world, d models.Domain) time.Time {
	w.t.Helper()
	events, err := w.store.DomainEvents(w.ctx, d, time.Time{}, w.clock.Now().Add(time.Second))
	w.must(err)
	return events[len(events)-1].At
}

// A check that began while the domain was active, and saw no proof, must not
// take the name back from the account that has proven it meanwhile.
func TestNoHandOverWithoutProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.claimDomains("node")
	w.must(w.store.SaveCheck(w.ctx, "node", first[0].Domain, w.checked(models.Active)))
	w.clock.Advance(2 * time.Hour)
	theirs := testkit.Domain(t, w.store, testkit.Account(t, w.store, "b@example.test"), "example.com")
	due := w.claimDomains("node")
	slices.SortFunc(due, func(a, b models.DueDomain) int { return a.CreatedAt.Compare(b.CreatedAt) })
	w.must(w.store.SaveCheck(w.ctx, "node", due[1].Domain, w.checked(models.Active)))
	unproven := w.checked(models.Active) // as it was when the check began
	unproven.Proven = false
	w.must(w.store.SaveCheck(w.ctx, "node", due[0].Domain, unproven))
	if d, err := w.store.DomainByID(w.ctx, theirs.ID); err != nil || d.State != models.Active {
		t.Errorf("who has proven the name is %s, %v", d.State, err)
	}
	if d, err := w.store.DomainByID(w.ctx, w.domain.ID); err != nil || d.State != models.Pending {
		t.Errorf("who has lost the name is %s, %v", d.State, err)
	}
}

func TestObservationsAreStoredOnChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := func(change func(*models.Checked), servers ...string) {
		t.Helper()
		w.clock.Advance(2 * time.Hour)
		due := w.claimDomains("node")
		c := w.checked(models.Pending, servers...)
		change(&c)
		w.must(w.store.SaveCheck(w.ctx, "node", due[0].Domain, c))
	}
	same := func(*models.Checked) {}
	for _, c := range []struct {
		what    string
		change  func(*models.Checked)
		servers []string
		rows    int64
		current int
	}{
		{"first", same, []string{"ns1", "ns2"}, 2, 2},
		{"the same again", same, []string{"ns1", "ns2"}, 2, 2},
		{"another TTL", func(c *models.Checked) { c.Servers[0].TTL = 7 }, []string{"ns1", "ns2"}, 2, 2},
		{"another answer", func(c *models.Checked) { c.Servers[0].CNAME = "other.example" }, []string{"ns1", "ns2"}, 3, 2},
		{"another TXT", func(c *models.Checked) { c.Servers[0].TXT = []string{"x"} }, []string{"ns1", "ns2"}, 4, 2},
		{"one server less", same, []string{"ns2"}, 4, 1},
		{"it is back", same, []string{"ns1", "ns2"}, 5, 2},
		{"one server twice", same, []string{"ns1", "ns1", "ns2"}, 5, 2},
		{"one server twice again", same, []string{"ns1", "ns1", "ns2"}, 5, 2},
		{"none", same, nil, 5, 0},
	} {
		check(c.change, c.servers...)
		now, err := w.store.Observations(w.ctx, w.domain)
		if n := w.count("dns_observations", "true"); err != nil || n != c.rows || len(now) != c.current {
			t.Errorf("%s: %d rows, %d of them current, %v; want %d and %d", c.what, n, len(now), err, c.rows, c.current)
		}
	}
	var o models.Observation
	w.must(w.store.WriteDB().Where("server = 'ns2'").Order("id").First(&o).Error)
	if o.LastSeen.Sub(o.FirstSeen) != 16*time.Hour {
		t.Errorf("seen from %v to %v", o.FirstSeen, o.LastSeen)
	}
}

func TestChangesBecomeEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []models.EventKind
	for _, c := range []struct {
		change func(*models.Checked)
		events []models.EventKind
	}{
		{func(*models.Checked) {}, []models.EventKind{models.EventRegistered}}, // the first check is news, but no change
		{func(*models.Checked) {}, nil},
		{func(c *models.Checked) { c.Verdict = "fail" }, []models.EventKind{models.EventVerdict}},
		{func(c *models.Checked) { c.Record = "other" }, []models.EventKind{models.EventVerdict, models.EventRecord}},
		{func(c *models.Checked) { c.Record = "" }, []models.EventKind{models.EventRecord}}, // it is gone
		{func(c *models.Checked) { c.Record = "" }, nil},
		{func(c *models.Checked) { c.Record = "other" }, nil},                  // seen for the first time, or again
		{func(c *models.Checked) { c.MXHosts = nil; c.Record = "other" }, nil}, // nobody said: what is known stays
		{func(c *models.Checked) { c.MXHosts = []string{}; c.Record = "other" }, []models.EventKind{models.EventMX}},
		{func(c *models.Checked) { c.State = models.Lapsed; c.MXHosts = []string{}; c.Record = "other" }, []models.EventKind{models.EventLapsed}},
	} {
		w.clock.Advance(2 * time.Hour)
		due := w.claimDomains("node")
		checked := w.checked(models.Pending)
		c.change(&checked)
		w.must(w.store.SaveCheck(w.ctx, "node", due[0].Domain, checked))
		want = append(want, c.events...)
		if got := kinds(w, w.domain); !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	}
}

// However many domains are overdue, the one that a person looks at is next.
func TestWatchedDomainsAreClaimedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", i))
	}
	w.clock.Advance(time.Hour)
	watched := testkit.Domain(t, w.store, w.account, "watched.example")
	w.must(w.store.WatchDomain(w.ctx, watched, w.clock.Now().Add(time.Minute), w.clock.Now()))
	due, err := w.store.ClaimDueDomains(w.ctx, "node", 2, time.Minute)
	if err != nil || len(due) != 2 || !slices.ContainsFunc(due, func(d models.DueDomain) bool { return d.ID == watched.ID }) {
		t.Errorf("claimed %d, without the watched one, %v", len(due), err)
	}
	if n := len(w.claimDomains("node")); n != 5 {
		t.Errorf("%d of the 5 others were claimed", n)
	}
}

func TestDueDomainKnowsItsLastReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	testkit.Domain(t, w.store, w.account, "silent.example")
	w.judge(w.report("r.example", "1", day-3, 5, 1))
	w.judge(w.report("r.example", "2", day-1, 5, 1))
	for _, d := range w.claimDomains("node") {
		switch {
		case d.ID != w.domain.ID && d.LastReport != nil:
			t.Errorf("%s has a report of %v", d.Name, d.LastReport)
		case d.ID == w.domain.ID && (d.LastReport == nil || *d.LastReport != day-1):
			t.Errorf("%s has its last report on %v", d.Name, d.LastReport)
		}
	}
}

func TestZoneIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, seen := range []string{"example.com", ""} { // a check that does not find it forgets nothing
		c := w.checked(models.Pending)
		c.Zone = seen
		w.must(w.store.SaveCheck(w.ctx, "node", w.claimDomains("node")[0].Domain, c))
		if d, err := w.store.DomainByID(w.ctx, w.domain.ID); err != nil || d.Zone != "example.com" {
			t.Errorf("the zone is %q, %v", d.Zone, err)
		}
		w.clock.Advance(2 * time.Hour)
	}
}

// Parent and child names are independent (rulings.md 19): each belongs to who
// has proven it.
func TestParentAndChildBelongToTheirOwnAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	child := testkit.Domain(t, w.store, testkit.Account(t, w.store, "b@example.test"), "mail.example.com")
	for _, d := range w.claimDomains("node") {
		w.must(w.store.SaveCheck(w.ctx, "node", d.Domain, w.checked(models.Active)))
	}
	for _, id := range []string{w.domain.ID, child.ID} {
		if d, err := w.store.DomainByID(w.ctx, id); err != nil || d.State != models.Active {
			t.Errorf("%s is %s, %v", d.Name, d.State, err)
		}
	}
}
