package models_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// Deliveries are removed while their reports are displaced by better proven
// copies and while their domains go: nobody waits for another in a circle, and
// nothing of what is gone is left.
func TestRemoveDeliveryBesideTheJudge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const rounds = 24
	for i := range rounds {
		w.domain = testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", i))
		var unproven []models.FullReport
		for k := range models.Day(4) {
			unproven = append(unproven, by(models.Unverified, w.report("r.example", fmt.Sprint(i, k), day-k, 3, 1)))
		}
		kept := w.judge(unproven...)
		copies := w.deliver(1)[0].Delivery
		w.claim("node")
		copies.State = models.DeliveryCounted
		proven := make([]models.FullReport, len(unproven))
		for k, r := range unproven {
			proven[len(unproven)-1-k] = by(models.Verified, r)
			proven[len(unproven)-1-k].DeliveryID = copies.ID
		}
		var g errgroup.Group
		g.Go(func() error {
			return w.store.SaveJudged(w.ctx, "node", []models.Judged{{Delivery: copies, Reports: proven}})
		})
		g.Go(func() error {
			err := w.store.RemoveDelivery(w.ctx, w.account.ID, kept.ID)
			if errors.Is(err, models.ErrNotFound) { // its domain took it along
				return nil
			}
			return err
		})
		if i%2 == 0 {
			g.Go(func() error { return w.store.RemoveDomain(w.ctx, w.account.ID, w.domain.Name) })
		}
		w.must(g.Wait())
		if n := w.count("reports", "delivery_id = ?", kept.ID); n != 0 {
			t.Fatalf("%d reports of the removed delivery are left", n)
		}
	}
	w.accountDaysAgree()
}
