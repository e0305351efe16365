package jobs_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

func TestProofMakesActive(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	d := w.tick()
	if d.State != models.Pending || d.Delegated || d.Checks != 1 || d.VerifiedAt != nil || !slices.Equal(d.MXHosts, []string{"mx.example.test"}) {
		t.Errorf("without the CNAME it is %s, %+v", d.State, d)
	}
	if wait := d.NextCheckAt.Sub(w.clock.Now()); wait <= 0 || wait > time.Hour {
		t.Errorf("the next check is in %v", wait)
	}
	w.delegate()
	if again := w.tick(); again.Checks != 1 {
		t.Error("checked before it was due")
	}
	w.toNextCheck(d)
	d = w.tick()
	if d.State != models.Active || !d.Delegated || !d.Effective || d.Verdict != "pass" || d.VerifiedAt == nil || d.CNAME != w.target() || d.Record != zone.Record(d.Token) {
		t.Errorf("with the CNAME it is %s, %s, %+v", d.State, d.Verdict, d.Findings)
	}
	servers, err := w.store.Observations(w.ctx, d)
	if err != nil || len(servers) != 3 {
		t.Errorf("%d servers were seen, %v", len(servers), err)
	}
	if wait := d.NextCheckAt.Sub(w.clock.Now()); wait != 24*time.Hour {
		t.Errorf("once all is well the next check is in %v", wait)
	}
}

// The CNAME to another account's token proves nothing for this one.
func TestAnothersTokenProvesNothing(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	mine := w.domain
	w.domain = testkit.Domain(t, w.store, testkit.Account(t, w.store, "b@example.test"), "example.test")
	w.delegate()
	w.tick()
	for _, c := range []struct {
		id   string
		want models.DomainState
	}{{mine.ID, models.Pending}, {w.domain.ID, models.Active}} {
		if d, err := w.store.DomainByID(w.ctx, c.id); err != nil || d.State != c.want {
			t.Errorf("it is %s, want %s, %v", d.State, c.want, err)
		}
	}
}

// Ruling 21: seven days of absence at the domain's own servers end it, and
// nothing else does.
func TestLapse(t *testing.T) {
	t.Parallel()
	const days = 24 * time.Hour
	for _, c := range []struct {
		what   string
		spoil  func(w *world)
		lapses bool
	}{
		{"absent", (*world).undelegate, true},
		{"failing", (*world).broken, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := withDNS(t)
			w.delegate()
			d := w.tick()
			c.spoil(w)
			w.toNextCheck(d)
			d = w.tick()
			gone := w.clock.Now()
			for w.clock.Now().Sub(gone) < 10*days && d.State == models.Active {
				w.clock.Advance(8 * time.Hour)
				d = w.tick()
			}
			after := w.clock.Now().Sub(gone)
			if lapsed := d.State == models.Lapsed; lapsed != c.lapses || lapsed && after != 7*days {
				t.Errorf("after %v it is %s", after, d.State)
			}
			if !c.lapses {
				return
			}
			w.delegate()
			w.toNextCheck(d)
			if d = w.tick(); d.State != models.Active {
				t.Errorf("with the CNAME back it is %s", d.State)
			}
		})
	}
}

func TestAbsenceForLessThanAWeek(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	w.delegate()
	d := w.tick()
	for range 3 { // the days do not add up over a return
		w.undelegate()
		for range 6 {
			w.clock.Advance(24 * time.Hour)
			d = w.tick()
		}
		w.delegate()
		w.clock.Advance(24 * time.Hour)
		d = w.tick()
	}
	if d.State != models.Active {
		t.Errorf("it is %s", d.State)
	}
}

// A check that takes longer than its claim must not store what it saw.
func TestOvertakenCheckStoresNothing(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	overtaken := make(chan int, 10)
	w.resolver.Set("example.test", dns.TypeMX, testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
		w.clock.Advance(jobs.CheckLease)
		due, err := w.store.ClaimDueDomains(w.ctx, "another", 10, time.Hour)
		if err != nil {
			return nil
		}
		overtaken <- len(due)
		return new(dns.Msg).SetReply(q)
	}})
	d := w.tick()
	if n := <-overtaken; n != 1 {
		t.Fatalf("the other node claimed %d", n)
	}
	servers, err := w.store.Observations(w.ctx, d)
	if d.Checks != 0 || d.CheckedAt != nil || d.ClaimedBy != "another" || len(servers) != 0 || err != nil {
		t.Errorf("the overtaken check stored %d checks and %d answers, %v", d.Checks, len(servers), err)
	}
	if w.checks.Busy() != 0 {
		t.Errorf("%d places are still taken", w.checks.Busy())
	}
}

func TestWatchedDomainIsCheckedSoonAndPolitely(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	d := w.tick()
	for range 3 { // old enough for a slow pace
		w.clock.Advance(100 * time.Hour)
		d = w.tick()
	}
	if wait := d.NextCheckAt.Sub(w.clock.Now()); wait < 10*time.Minute {
		t.Fatalf("unwatched, the next check is in %v", wait)
	}
	w.must(w.store.WatchDomain(w.ctx, d, w.clock.Now().Add(time.Hour), w.clock.Now()))
	d = w.tick()
	if wait := d.NextCheckAt.Sub(w.clock.Now()); wait != 5*time.Second || d.Checks != 5 {
		t.Errorf("watched, the next check is in %v", wait)
	}
	auth, resolvers := len(w.auth.Asked()), len(w.resolver.Asked())
	w.toNextCheck(d)
	d = w.tick()
	if n := len(w.auth.Asked()) - auth; n != 1 || len(w.resolver.Asked()) != resolvers {
		t.Errorf("a round in which nothing changed asked %d questions at the servers and %d at resolvers", n, len(w.resolver.Asked())-resolvers)
	}
	w.delegate()
	w.toNextCheck(d)
	if d = w.tick(); d.State != models.Active {
		t.Errorf("with the CNAME it is %s", d.State)
	}
}

// The resolvers are believed for a while only.
func TestWatchedDomainIsCheckedInFullAtTimes(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	d := w.tick()
	w.must(w.store.WatchDomain(w.ctx, d, w.clock.Now().Add(time.Hour), w.clock.Now()))
	before := len(w.resolver.Asked())
	w.clock.Advance(jobs.Freshness + time.Second)
	if d = w.tick(); d.Checks != 2 || len(w.resolver.Asked()) == before {
		t.Errorf("after %v the resolvers were asked nothing", jobs.Freshness)
	}
}

func TestChecksAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	for i := range jobs.ChecksAtOnce + 3 {
		testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example.test", i))
	}
	held := make(chan struct{})
	w.resolver.SetOther(testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
		<-held
		return new(dns.Msg).SetRcode(q, dns.RcodeNameError)
	}})
	w.must(w.checks.Tick(w.ctx))
	w.must(w.checks.Tick(w.ctx))
	if n := w.checks.Busy(); n > jobs.ChecksAtOnce {
		t.Errorf("%d checks at once", n)
	}
	left, err := w.store.ClaimDueDomains(w.ctx, "another", 100, time.Nanosecond)
	w.must(err)
	if len(left) < 4 {
		t.Errorf("only %d domains were left to others", len(left))
	}
	close(held)
	w.checks.Wait()
	if n := w.checks.Busy(); n != 0 {
		t.Errorf("%d places are still taken", n)
	}
}

func TestCheckThatPanics(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	w.checks.Spread = func() float64 { panic("a fault") }
	if d := w.tick(); d.Checks != 0 || w.checks.Busy() != 0 {
		t.Errorf("%d checks, %d busy", d.Checks, w.checks.Busy())
	}
	w.checks.Spread = func() float64 { return 0 }
	w.clock.Advance(jobs.CheckLease)
	if d := w.tick(); d.Checks != 1 {
		t.Error("the domain was not checked again after its claim")
	}
}

func TestStopInTheMiddleStoresNothing(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	ctx, stop := context.WithCancel(w.ctx)
	w.resolver.SetOther(testkit.Answer{Reply: func(*dns.Msg) *dns.Msg { stop(); return nil }})
	w.resolver.Set("example.test", dns.TypeMX, testkit.Answer{Reply: func(*dns.Msg) *dns.Msg { stop(); return nil }})
	w.must(w.checks.Tick(ctx))
	w.checks.Wait()
	if d, err := w.store.DomainByID(w.ctx, w.domain.ID); err != nil || d.Checks != 0 {
		t.Errorf("%d checks, %v", d.Checks, err)
	}
}

func TestMemoryThatDoesNotReadIsNoMemory(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	due, err := w.store.ClaimDueDomains(w.ctx, "old", 1, time.Minute)
	w.must(err)
	w.must(w.store.SaveCheck(w.ctx, "old", due[0].Domain, models.Checked{
		At: w.clock.Now(), State: models.Pending, NextCheckAt: w.clock.Now(), Memory: models.CheckMemory{State: `{"registered":7}`, Observation: "x"},
	}))
	w.delegate()
	if d := w.tick(); d.State != models.Active {
		t.Errorf("it is %s", d.State)
	}
}

// The claim outlives the longest check, and G39's 30 seconds outlive the claim.
func TestClaimOutlivesItsCheck(t *testing.T) {
	t.Parallel()
	if dnscheck.MaxTotal+3*time.Second > jobs.CheckLease || jobs.CheckLease > 30*time.Second {
		t.Errorf("a check takes up to %v, its claim lasts %v", dnscheck.MaxTotal, jobs.CheckLease)
	}
}

// protocol.md §7.9: what says nothing does not overwrite what is known, and is
// no change when it is over.
func TestSilenceKeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	w.delegate()
	known := w.tick()
	w.broken()
	w.toNextCheck(known)
	d := w.tick()
	if d.Verdict != "pass" || !d.Effective || !d.Delegated || d.Record != known.Record || d.CNAME != known.CNAME {
		t.Errorf("after a failure of all servers: %s, effective %v, delegated %v, %q", d.Verdict, d.Effective, d.Delegated, d.Record)
	}
	if !slices.ContainsFunc(d.Findings, func(f models.Finding) bool { return f.ID == "N2" }) {
		t.Errorf("nothing says that the last check said nothing: %+v", d.Findings)
	}
	w.undelegate()
	w.delegate()
	w.toNextCheck(d)
	d = w.tick()
	if got := w.kinds(d); !slices.Equal(got, []models.EventKind{models.EventRegistered, models.EventActive}) {
		t.Errorf("events: %q", got)
	}
}

// The first record that is seen is news, but no change of one.
func TestFirstRecordIsNoChange(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	d := w.tick()
	w.delegate()
	w.toNextCheck(d)
	d = w.tick()
	if got := w.kinds(d); slices.Contains(got, models.EventRecord) || d.Record == "" {
		t.Errorf("record %q, events %q", d.Record, got)
	}
}

func (w *world) kinds(d models.Domain) []models.EventKind {
	w.t.Helper()
	events, err := w.store.DomainEvents(w.ctx, d, time.Time{}, w.clock.Now().Add(time.Second))
	w.must(err)
	var kinds []models.EventKind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// Two nodes on one database share the work, and no domain is checked twice.
func TestTwoNodesCheckEachDomainOnce(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	for i := range 30 {
		testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example.test", i))
	}
	other := w.domainChecks("other")
	other.Store = testkit.OpenStore(t, w.url, w.clock)
	nodes := []*jobs.DomainChecks{w.checks, other}
	for range 40 {
		var ticks sync.WaitGroup
		for _, n := range nodes {
			ticks.Go(func() {
				if err := n.Tick(w.ctx); err != nil {
					t.Error(err)
				}
			})
		}
		ticks.Wait()
		for _, n := range nodes {
			n.Wait()
		}
	}
	domains, _, err := w.store.Domains(w.ctx, w.account.ID, models.DomainFilter{})
	w.must(err)
	for _, d := range domains {
		if d.Checks != 1 {
			t.Errorf("%s was checked %d times", d.Name, d.Checks)
		}
	}
	if n := w.resolver.Count("d7.example.test", dns.TypeMX); n > 1 {
		t.Errorf("a domain's MX was asked %d times", n)
	}
}

// A node that is killed in the middle of a check loses its claim, and the next
// node does the work.
func TestClaimOfADeadNodePassesOn(t *testing.T) {
	t.Parallel()
	w := withDNS(t)
	due, err := w.store.ClaimDueDomains(w.ctx, "dead", 10, jobs.CheckLease)
	if err != nil || len(due) != 1 {
		t.Fatalf("claimed %d, %v", len(due), err)
	}
	w.delegate()
	w.clock.Advance(jobs.CheckLease - time.Millisecond)
	if d := w.tick(); d.Checks != 0 {
		t.Error("checked while another node held the claim")
	}
	w.clock.Advance(time.Millisecond)
	if d := w.tick(); d.Checks != 1 || d.State != models.Active {
		t.Errorf("after the claim's end: %d checks, %s", d.Checks, d.State)
	}
}
