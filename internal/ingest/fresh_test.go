package ingest_test

import (
	"context"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

// holding runs the writer, and keeps what it stores for whoever judges.
func holding(t *testing.T) *world {
	w := newWorld(t)
	w.in.Hold()
	w.writing()
	return w
}

func (w *world) accept(d ingest.Delivery) string {
	w.t.Helper()
	receipt, err := w.in.Accept(w.ctx, d)
	w.must(err)
	return receipt.ID
}

// claims is how many deliveries another node could read now.
func (w *world) claims() int {
	w.t.Helper()
	claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "another", 1000, time.Minute)
	w.must(err)
	return len(claimed)
}

// What was stored here is read from memory: nobody else may claim it, and it is
// not claimed once more.
func TestFreshDeliveriesAreReadFromMemory(t *testing.T) {
	t.Parallel()
	w := holding(t)
	posted, mailed := w.accept(w.post(w.json(aReport()))), w.accept(w.mail(w.signed(aReport(policy("sts", "example.com", 3, 1)))))
	if n := w.claims(); n != 0 {
		t.Errorf("another node claims %d", n)
	}
	w.must(w.in.ProcessPending(w.ctx))
	for _, id := range []string{posted, mailed} {
		if d := w.delivery(w.account.ID, id); d.State != models.DeliveryCounted || d.Attempts != 1 || d.ClaimedBy != "" {
			t.Errorf("%s: %s, %d attempts, claimed by %q", d.Via, d.State, d.Attempts, d.ClaimedBy)
		}
	}
}

// A delivery whose claim is about to end is left to the next who claims it.
func TestFreshDeliveriesOutliveTheirClaims(t *testing.T) {
	t.Parallel()
	w := holding(t)
	id := w.accept(w.post(w.json(aReport())))
	w.clock.Advance(ingest.JudgeLease * 2 / 3)
	w.must(w.in.ProcessPending(w.ctx))
	if d := w.delivery(w.account.ID, id); d.State != models.DeliveryPending {
		t.Errorf("%s while the claim may end at any moment", d.State)
	}
	w.clock.Advance(ingest.JudgeLease / 2)
	w.must(w.in.ProcessPending(w.ctx))
	if d := w.delivery(w.account.ID, id); d.State != models.DeliveryCounted || d.Attempts != 2 {
		t.Errorf("%s after %d attempts", d.State, d.Attempts)
	}
}

// Memory is bounded: what does not fit waits in the database only, for anybody.
func TestFreshDeliveriesAreBounded(t *testing.T) {
	t.Parallel()
	w := holding(t)
	for i := range 3 {
		w.accept(w.post(append(make([]byte, ingest.FreshBytes/2-1), byte(i))))
	}
	if n := w.claims(); n != 1 {
		t.Errorf("%d of 3 that are half as large as the memory wait for anybody", n)
	}
	w.accept(w.upload([]byte("x"))) // whose bytes may be used again by who has brought it
	if n := w.claims(); n != 1 {
		t.Errorf("%d uploads wait for anybody", n)
	}
}

// Who stops gives back what it has not read.
func TestStoppedIntakeGivesBack(t *testing.T) {
	t.Parallel()
	w := holding(t)
	id := w.accept(w.post(w.json(aReport())))
	w.in.GiveBack(w.ctx)
	if n := w.claims(); n != 1 {
		t.Errorf("%d of 1 given back", n)
	}
	if d := w.delivery(w.account.ID, id); d.Attempts != 1 {
		t.Errorf("%d attempts, with one that was none", d.Attempts)
	}
	w.accept(w.post([]byte("later")))
	if n := w.claims(); n != 1 {
		t.Errorf("%d of 1 that came while nobody reads here", n)
	}
}

// What was read makes room for what comes next.
func TestFreshMemoryIsUsedAgain(t *testing.T) {
	t.Parallel()
	w := holding(t)
	for i := range 3 {
		w.accept(w.post(append(make([]byte, ingest.FreshBytes*2/3), byte(i))))
		if n := w.claims(); n != 0 {
			t.Errorf("another node claims %d after %d were read here", n, i)
		}
		w.must(w.in.ProcessPending(w.ctx))
	}
}

// An intake that is stopped stores what was handed over, and gives it back.
func TestRunEndsWithoutClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.in.Queue(w.post(w.json(aReport()))))
	stopped, stop := context.WithCancel(w.ctx)
	stop()
	w.must(w.in.Run(stopped))
	if n := w.claims(); n != 1 {
		t.Errorf("another node can claim %d of 1", n)
	}
}

// What is not kept in memory is looked for as soon as it is stored.
func TestWhatIsNotHeldIsLookedFor(t *testing.T) {
	t.Parallel()
	w := holding(t)
	w.must(w.in.Process(w.ctx)) // finds nothing, and need not look again
	id := w.accept(w.upload(w.json(aReport())))
	w.must(w.in.Process(w.ctx))
	if d := w.delivery(w.account.ID, id); d.State != models.DeliveryCounted {
		t.Errorf("the upload is %s", d.State)
	}
}
