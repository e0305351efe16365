package models_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func TestSaveDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.deliver(250) // more than one statement holds
	for _, d := range []models.NewDelivery{group[0], group[249]} {
		got, err := w.store.Delivery(w.ctx, w.account.ID, d.ID)
		if err != nil || got.State != models.DeliveryPending || got.NextAttemptAt == nil || !got.ReceivedAt.Equal(w.clock.Now()) {
			t.Errorf("stored %+v, %v", got, err)
		}
		if body, err := w.store.DeliveryBody(w.ctx, d.ID); err != nil || !bytes.Equal(body, d.Body) {
			t.Errorf("body %q, %v", body, err)
		}
	}
	if n, err := w.store.PendingDeliveries(w.ctx); n != 250 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
	if n, err := w.store.CountDeliveries(w.ctx, w.account.ID, models.DeliveryCounted); n != 0 || err != nil {
		t.Errorf("%d are counted, %v", n, err)
	}
	if _, err := w.store.Delivery(w.ctx, "another account", group[0].ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	fresh := w.delivery("fresh")
	if err := w.store.SaveDeliveries(w.ctx, []models.NewDelivery{fresh, group[0]}); err == nil {
		t.Error("an id was stored twice")
	}
	if _, err := w.store.Delivery(w.ctx, w.account.ID, fresh.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("half of a group was stored: %v", err)
	}
}

func TestStoredAlready(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, mail := w.delivery("the body"), w.delivery("a mail")
	d.Via = models.ViaPost
	w.must(w.store.SaveDeliveries(w.ctx, []models.NewDelivery{d, mail}))
	other := testkit.Domain(t, w.store, w.account, "other.example")
	for _, c := range []struct {
		domain string
		hash   []byte
		want   bool
	}{
		{w.domain.ID, d.BodyHash, true},
		{w.domain.ID, w.delivery("another").BodyHash, false},
		{w.domain.ID, mail.BodyHash, false},
		{other.ID, d.BodyHash, false},
	} {
		if got, err := w.store.StoredAlready(w.ctx, c.domain, c.hash); got != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.domain, got, err)
		}
	}
}

func TestDeliveriesListing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for range 3 {
		ids = append(ids, w.deliver(1)[0].ID)
		w.clock.Advance(time.Minute)
	}
	w.must(w.store.WriteDB().Exec("UPDATE deliveries SET state = 'quarantined' WHERE id = ?", ids[0]).Error)
	for _, c := range []struct {
		filter models.DeliveryFilter
		total  int64
		want   []string
	}{
		{models.DeliveryFilter{Limit: 10}, 3, []string{ids[2], ids[1], ids[0]}},
		{models.DeliveryFilter{Limit: 1, Offset: 1}, 3, []string{ids[1]}},
		{models.DeliveryFilter{Limit: 10, State: models.DeliveryQuarantined}, 1, []string{ids[0]}},
	} {
		rows, total, err := w.store.Deliveries(w.ctx, w.account.ID, c.filter)
		var got []string
		for _, d := range rows {
			got = append(got, d.ID)
		}
		if err != nil || total != c.total || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %d %q, %v", c.filter, total, got, err)
		}
	}
}

func TestDeliveriesAreClaimedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 60
	w.deliver(n)
	taken := make(chan models.Delivery, 10*n)
	var g errgroup.Group
	for i := range 4 {
		g.Go(func() error {
			for {
				claimed, err := w.store.ClaimPendingDeliveries(w.ctx, fmt.Sprint("node", i), 7, time.Minute)
				if err != nil || len(claimed) == 0 {
					return err
				}
				if len(claimed) > 7 {
					return fmt.Errorf("claimed %d, more than 7", len(claimed))
				}
				for _, d := range claimed {
					taken <- d
				}
			}
		})
	}
	w.must(g.Wait())
	close(taken)
	seen := map[string]bool{}
	for d := range taken {
		if seen[d.ID] || d.Attempts != 1 {
			t.Errorf("%s was claimed twice, or has %d attempts", d.ID, d.Attempts)
		}
		seen[d.ID] = true
	}
	if len(seen) != n {
		t.Errorf("%d of %d were claimed", len(seen), n)
	}
	w.clock.Advance(time.Minute)
	if passed := w.claim("another"); len(passed) != n || passed[0].Attempts != 2 {
		t.Errorf("%d of %d lapsed claims passed on", len(passed), n)
	}
}

func TestReleaseAndPostpone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deliver(1)[0].ID
	w.claim("node")
	next := w.clock.Now().Add(10 * time.Minute)
	w.must(w.store.ReleaseDelivery(w.ctx, "another", id, w.clock.Now(), "not theirs"))
	w.must(w.store.ReleaseDelivery(w.ctx, "node", id, next, "try later"))
	if n := len(w.claim("node")); n != 0 {
		t.Error("claimed before its next attempt")
	}
	w.clock.Advance(10 * time.Minute)
	again := w.claim("node")
	if len(again) != 1 || again[0].Attempts != 2 || again[0].Detail != "try later" {
		t.Fatalf("at its next attempt: %+v", again)
	}
	w.must(w.store.PostponeDelivery(w.ctx, "node", id, w.clock.Now(), "the key is missing"))
	if third := w.claim("node"); len(third) != 1 || third[0].Attempts != 2 {
		t.Errorf("a postponed attempt counts: %+v", third)
	}
	w.must(w.store.ReleaseAllClaims(w.ctx))
	if n := len(w.claim("another")); n != 1 {
		t.Error("a released claim did not pass on")
	}
}

func TestLostDeliveryIsNotSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliver(1)
	d := w.claim("gone")[0]
	w.clock.Advance(2 * time.Minute)
	w.claim("node")
	d.State = models.DeliveryCounted
	w.must(w.store.SaveJudged(w.ctx, "gone", []models.Judged{{Delivery: d, Reports: []models.FullReport{w.report("r.example", "1", day, 5, 1)}}}))
	if n := w.count("reports", "true") + w.count("daily_totals", "true") + w.count("reporters", "true"); n != 0 {
		t.Errorf("a lost claim stored %d rows", n)
	}
	if got, err := w.store.Delivery(w.ctx, w.account.ID, d.ID); err != nil || got.State != models.DeliveryPending || got.ClaimedBy != "node" {
		t.Errorf("it is %+v, %v", got, err)
	}
}
