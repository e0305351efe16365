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
