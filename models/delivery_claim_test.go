package models_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// G10: what comes for one account is read before what has waited longer for
// another that is flooded, however many accounts there are.
func TestAccountsTakeTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliver(300)
	flooded := w.domain
	const others = 40
	waits := map[string]bool{}
	for i := range others {
		w.clock.Advance(time.Second)
		w.account = testkit.Account(t, w.store, fmt.Sprintf("honest%d@example.test", i))
		w.domain = testkit.Domain(t, w.store, w.account, "example.com")
		waits[w.deliver(1)[0].ID] = true
	}
	for range 3 {
		claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "node", 32, time.Minute)
		w.must(err)
		if len(claimed) != 32 {
			t.Errorf("%d claimed, want what is left of the limit too", len(claimed))
		}
		for _, d := range claimed {
			delete(waits, d.ID)
		}
	}
	if len(waits) != 0 {
		t.Errorf("%d of %d still wait behind the flood", len(waits), others)
	}
	seen := 96 - others
	for {
		claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "node", 64, time.Minute)
		w.must(err)
		if len(claimed) == 0 {
			break
		}
		for i, d := range claimed {
			if *d.DomainID != flooded.ID || i > 0 && d.ReceivedAt.Before(claimed[i-1].ReceivedAt) {
				t.Fatalf("%s is claimed twice, or not in order", d.ID)
			}
		}
		seen += len(claimed)
	}
	if seen != 300 {
		t.Errorf("%d of 300 of the flood were read", seen)
	}
}

// What nobody may read yet, or somebody reads already, is not claimed in turn.
func TestTurnsKeepToWhatIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliver(2)
	first := w.account
	w.account = testkit.Account(t, w.store, "b@example.test")
	w.domain = testkit.Domain(t, w.store, w.account, "example.com")
	later := w.deliver(1)[0].ID
	if n := len(w.claim("node")); n != 3 {
		t.Fatalf("%d of 3 claimed", n)
	}
	w.must(w.store.PostponeDelivery(w.ctx, "node", later, w.clock.Now().Add(time.Hour), ""))
	if n := len(w.claim("another")); n != 0 {
		t.Errorf("%d claimed twice, or too early", n)
	}
	w.clock.Advance(2 * time.Minute) // the claims have ended
	claimed := w.claim("another")
	if len(claimed) != 2 || claimed[0].AccountID != first.ID {
		t.Errorf("%d claimed after the claims ended", len(claimed))
	}
	w.clock.Advance(time.Hour)
	if claimed = w.claim("third"); len(claimed) != 3 || !containsDelivery(claimed, later) {
		t.Errorf("%d claimed when all are due", len(claimed))
	}
}

func containsDelivery(list []models.Delivery, id string) bool {
	for _, d := range list {
		if d.ID == id {
			return true
		}
	}
	return false
}

// Claims are given back by who holds them, and count as no attempt.
func TestReleaseClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for _, d := range w.deliver(3) {
		ids = append(ids, d.ID)
	}
	if held := w.claim("node"); len(held) != 3 {
		t.Fatalf("%d of 3 are claimed", len(held))
	}
	for _, c := range []struct {
		holder string
		ids    []string
		free   int
	}{{"another", ids, 0}, {"node", nil, 0}, {"node", ids[:2], 2}} {
		w.must(w.store.ReleaseClaims(w.ctx, c.holder, c.ids))
		free := w.claim("next")
		if len(free) != c.free {
			t.Errorf("%s gives %d back: %d are free, want %d", c.holder, len(c.ids), len(free), c.free)
		}
		for _, d := range free {
			if d.Attempts != 1 {
				t.Errorf("%d attempts, want that of the next alone", d.Attempts)
			}
		}
	}
}

// Of what waits for an account the oldest is read first.
func TestOldestIsClaimedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for range 3 {
		ids = append(ids, w.deliver(1)[0].ID)
		w.clock.Advance(time.Second)
	}
	for _, id := range ids {
		claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "node", 1, time.Minute)
		if err != nil || len(claimed) != 1 || claimed[0].ID != id {
			t.Errorf("claimed %v, %v, want %s", claimed, err, id)
		}
	}
}

// Deliveries that are judged together each keep what was found of them, however
// little they differ.
func TestJudgedTogetherKeepTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	differ := []func(*models.Delivery){
		func(*models.Delivery) {},
		func(*models.Delivery) {}, // alike
		func(d *models.Delivery) { d.State = models.DeliveryUnverified },
		func(d *models.Delivery) { d.Reason = "too-deep" },
		func(d *models.Delivery) { d.Detail = "Another sentence." },
		func(d *models.Delivery) { d.Reporter = "another.example" },
		func(d *models.Delivery) { d.DKIM = "fail" },
		func(d *models.Delivery) { d.DKIMDomain = "another.example" },
		func(d *models.Delivery) { d.DKIMSelector = "another" },
		func(d *models.Delivery) { d.DKIMReason = "Another reason." },
		func(d *models.Delivery) { d.AwaitedMX = []string{"mx1.example.com", "mx2.example.com"} },
		func(d *models.Delivery) { d.AwaitedMX = []string{"mx1.example.com mx2.example.com"} },
	}
	w.deliver(len(differ))
	var judged []models.Judged
	for i, d := range w.claim("node") {
		d.State, d.Reason, d.Detail, d.Reporter = models.DeliveryQuarantined, "malformed", "A sentence.", "sender.example"
		d.DKIM, d.DKIMDomain, d.DKIMSelector, d.DKIMReason = "pass", "sender.example", "s1", "A reason."
		differ[i](&d)
		judged = append(judged, models.Judged{Delivery: d})
	}
	w.must(w.store.SaveJudged(w.ctx, "node", judged))
	found := func(d models.Delivery) string {
		return fmt.Sprintf("%s %s %s %s %s %s %s %s %q", d.State, d.Reason, d.Detail, d.Reporter, d.DKIM, d.DKIMDomain, d.DKIMSelector, d.DKIMReason, d.AwaitedMX)
	}
	for _, j := range judged {
		d, err := w.store.Delivery(w.ctx, w.account.ID, j.Delivery.ID)
		if err != nil || found(d) != found(j.Delivery) || d.ClaimedBy != "" {
			t.Errorf("%s, %v, want %s", found(d), err, found(j.Delivery))
		}
	}
}
