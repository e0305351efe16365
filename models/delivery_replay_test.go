package models_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// again judges a delivery that was put back, with the given reports.
func (w *world) again(id string, state models.DeliveryState, reports ...models.FullReport) {
	w.t.Helper()
	claimed := w.claim("again")
	if len(claimed) != 1 || claimed[0].ID != id || claimed[0].JudgedAt == nil {
		w.t.Fatalf("claimed %+v", claimed)
	}
	for i := range reports {
		reports[i].DeliveryID = id
	}
	claimed[0].State = state
	w.must(w.store.SaveJudged(w.ctx, "again", []models.Judged{{Delivery: claimed[0], Reports: reports}}))
}

func TestAcceptedDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.judge(by(models.Unverified, w.report("google.com", "a", day, 5, 1)))
	id := w.count("reports", "standing = 'not-counted'")
	w.must(w.store.AcceptDelivery(w.ctx, w.account.ID, d.ID, "a@example.test"))
	if err := w.store.AcceptDelivery(w.ctx, w.account.ID, d.ID, "a@example.test"); !errors.Is(err, models.ErrState) {
		t.Errorf("accepted twice: %v", err)
	}
	w.again(d.ID, models.DeliveryCounted, by(models.Accepted, w.report("google.com", "a", day, 5, 1)))
	if n := w.count("daily_totals", "successful = 5 AND failed = 1"); id != 1 || n != 1 {
		t.Errorf("%d cells, %d before", n, id)
	}
	w.must(w.store.WithdrawDelivery(w.ctx, w.account.ID, d.ID, "a@example.test"))
	w.again(d.ID, models.DeliveryUnverified, by(models.Unverified, w.report("google.com", "a", day, 5, 1)))
	if n := w.count("daily_totals", "1 = 1"); n != 0 {
		t.Errorf("%d cells are left", n)
	}
	events, err := w.store.DeliveryEvents(w.ctx, w.account.ID, d.ID)
	if err != nil || len(events) != 2 || events[0].Kind != models.DeliveryAccepted || events[1].Kind != models.DeliveryWithdrawn {
		t.Errorf("events %+v, %v", events, err)
	}
}

func TestReplayKeepsIDsAndReplacesReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.judge(by(models.Unverified, w.report("google.com", "a", day, 5, 1)), by(models.Unverified, w.report("google.com", "b", day, 7, 0)))
	before, err := w.store.ReportsOfDelivery(w.ctx, w.account.ID, d.ID)
	w.must(err)
	w.must(w.store.ReplayDelivery(w.ctx, w.account.ID, d.ID, "a@example.test"))
	w.again(d.ID, models.DeliveryCounted, w.report("google.com", "a", day, 5, 1))
	after, err := w.store.ReportsOfDelivery(w.ctx, w.account.ID, d.ID)
	if err != nil || len(before) != 2 || len(after) != 1 || after[0].ID != before[0].ID || after[0].Standing != models.Counted {
		t.Errorf("before %+v, after %+v, %v", before, after, err)
	}
}

func TestWhatCannotBeReplayedOrRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	counted := w.judge(w.report("google.com", "a", day, 5, 1))
	loose := w.judge(by(models.Unverified, w.report("google.com", "b", day, 5, 1)))
	for _, do := range []func(id string) error{
		func(id string) error { return w.store.ReplayDelivery(w.ctx, w.account.ID, id, "a") },
		func(id string) error { return w.store.AcceptDelivery(w.ctx, w.account.ID, id, "a") },
		func(id string) error { return w.store.WithdrawDelivery(w.ctx, w.account.ID, id, "a") },
		func(id string) error { return w.store.RemoveDelivery(w.ctx, w.account.ID, id) },
	} {
		if err := do(counted.ID); !errors.Is(err, models.ErrState) {
			t.Errorf("a counted delivery: %v", err)
		}
		if err := do(models.NewDeliveryID()); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("an unknown delivery: %v", err)
		}
	}
	if err := w.store.RemoveDelivery(w.ctx, models.NewDeliveryID(), loose.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another account: %v", err)
	}
	w.must(w.store.RemoveDelivery(w.ctx, w.account.ID, loose.ID))
	if n := w.count("reports", "delivery_id = ?", loose.ID) + w.count("delivery_bodies", "delivery_id = ?", loose.ID); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// Ruling 1: DANE results about a host that becomes known as the domain's mail
// server only after they came are judged again then.
func TestDeliveriesThatAwaitAnMX(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.deliver(1)[0]
	claimed := w.claim("judge")
	claimed[0].State, claimed[0].Reason, claimed[0].AwaitedMX = models.DeliveryQuarantined, "foreign-domain", []string{"mx.example.com"}
	w.must(w.store.SaveJudged(w.ctx, "judge", []models.Judged{{Delivery: claimed[0]}}))
	for _, c := range []struct {
		hosts []string
		want  int
	}{{[]string{"other.example"}, 0}, {[]string{"other.example", "mx.example.com"}, 1}} {
		due, err := w.store.ClaimDueDomains(w.ctx, "check", 1, time.Minute)
		w.must(err)
		w.must(w.store.SaveCheck(w.ctx, "check", due[0].Domain, models.Checked{At: w.clock.Now(), State: models.Pending, MXHosts: c.hosts, NextCheckAt: w.clock.Now()}))
		if again := w.claim("again"); len(again) != c.want || c.want == 1 && again[0].ID != d.ID {
			t.Errorf("with the mail servers %v, %d are read again", c.hosts, len(again))
		}
	}
}

// Ruling 14: per token and day; the next day is another.
func TestIntakeQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Quotas.DayDeliveries, w.store.Quotas.DayBytes = 3, 100
	save := func(sizes ...int64) []bool {
		accepts := make([][]models.NewDelivery, len(sizes))
		for i, size := range sizes {
			d := w.delivery("x")
			d.Size = size
			accepts[i] = []models.NewDelivery{d}
		}
		over, err := w.store.SaveAccepts(w.ctx, accepts)
		w.must(err)
		return over
	}
	if over := save(60, 50, 40, 1); over[0] || !over[1] || over[2] || !over[3] {
		t.Errorf("over the bytes: %v", over)
	}
	if n := w.count("deliveries", "1 = 1"); n != 2 {
		t.Errorf("%d are stored", n)
	}
	if over, err := w.store.OverQuota(w.ctx, w.domain.ID); err != nil || !over {
		t.Errorf("full: %v, %v", over, err)
	}
	w.clock.Advance(24 * time.Hour)
	if over := save(1, 1, 1, 1); over[2] || !over[3] {
		t.Errorf("over the number: %v", over)
	}
	imported := w.delivery("x")
	imported.Via = models.ViaImport
	w.must(w.store.SaveDeliveries(w.ctx, []models.NewDelivery{imported}))
	if err := w.store.SaveDeliveries(w.ctx, []models.NewDelivery{w.delivery("x")}); !errors.Is(err, models.ErrQuota) {
		t.Errorf("one more: %v", err)
	}
}

func TestUnseenDomainsGoWithANotice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliver(1) // what gets mail was seen somewhere
	w.clock.Advance(time.Hour)
	if _, err := w.store.AddDomain(w.ctx, w.account.ID, "unseen.example"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		before time.Time
		left   int64
	}{{w.clock.Now(), 2}, {w.clock.Now().Add(time.Second), 1}, {w.clock.Now().Add(time.Hour), 1}} {
		if done, err := w.store.RemoveUnseenDomains(w.ctx, c.before); err != nil || !done {
			t.Fatalf("%v, %v", done, err)
		}
		if n := w.count("domains", "1 = 1"); n != c.left {
			t.Errorf("%d domains are left, want %d", n, c.left)
		}
	}
	notices, err := w.store.Notices(w.ctx, w.account.ID, w.clock.Now().Add(-time.Hour), 10)
	if err != nil || len(notices) != 1 || notices[0].Subject != "unseen.example" {
		t.Errorf("notices %+v, %v", notices, err)
	}
}

func TestOldDeliveriesGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept := w.judge(w.report("google.com", "a", day, 5, 1))
	gone := w.judge()
	w.clock.Advance(time.Hour)
	pending := w.deliver(1)[0]
	if done, err := w.store.RemoveOldDeliveries(w.ctx, w.clock.Now().Add(time.Hour)); err != nil || !done {
		t.Fatalf("%v, %v", done, err)
	}
	for id, want := range map[string]int64{kept.ID: 1, gone.ID: 0, pending.ID: 1} {
		if n := w.count("deliveries", "id = ?", id); n != want {
			t.Errorf("%d rows of %s, want %d", n, id, want)
		}
	}
}

func TestEventsStandWhereTheyHappenedLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliver(1)
	d := w.claim("node")[0]
	wait := func() { w.must(w.store.PostponeDelivery(w.ctx, "node", d.ID, w.clock.Now(), "the key is missing")) }
	fail := func() { w.must(w.store.ReleaseDelivery(w.ctx, "node", d.ID, w.clock.Now(), "it could not be read")) }
	for _, put := range []func(){wait, fail, wait} {
		put()
		w.clock.Advance(time.Minute)
		w.claim("node")
	}
	events, err := w.store.DeliveryEvents(w.ctx, w.account.ID, d.ID)
	w.must(err)
	if len(events) != 2 || events[0].Kind != models.DeliveryFailed || events[1].Times != 2 || events[1].LastAt.Sub(events[1].At) != 2*time.Minute {
		t.Errorf("events %+v", events)
	}
}
