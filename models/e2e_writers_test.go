//go:build e2e

package models_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// TestE2EFiftyWriters: for a minute (or SEALPOST_WRITERS_FOR) 50 writers, in
// the server's process and in one beside it, never see SQLITE_BUSY.
func TestE2EFiftyWriters(t *testing.T) {
	t.Parallel()
	span := time.Minute
	if text := os.Getenv("SEALPOST_WRITERS_FOR"); text != "" {
		var err error
		if span, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	url := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	clock := testkit.NewClock()
	stores := []*models.Store{testkit.OpenStore(t, url, clock), testkit.OpenStore(t, url, clock)}
	account := testkit.Account(t, stores[0], "a@example.test")
	ctx, cancel := context.WithTimeout(context.Background(), span)
	defer cancel()
	var g errgroup.Group
	var writes atomic.Int64
	for i := range 50 {
		g.Go(func() error {
			for k := 0; ctx.Err() == nil; k++ {
				// The work itself is not cut off: being stopped is no failure of the database.
				whole := context.WithoutCancel(ctx)
				store := stores[i%len(stores)]
				d := models.Delivery{ID: models.NewDeliveryID(), AccountID: account.ID, Via: models.ViaPost, ReceivedAt: clock.Now(), BodyHash: fmt.Appendf(nil, "%d %d", i, k)}
				if err := store.SaveDeliveries(whole, []models.NewDelivery{{Delivery: d, Body: []byte("x")}}); err != nil {
					return err
				}
				if _, err := store.Delivery(whole, account.ID, d.ID); err != nil {
					return fmt.Errorf("what was written cannot be read: %w", err)
				}
				writes.Add(1)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	_, total, err := stores[0].Deliveries(context.Background(), account.ID, models.DeliveryFilter{Limit: 1})
	if err != nil || total != writes.Load() {
		t.Errorf("%d of %d writes are there, %v", total, writes.Load(), err)
	}
	t.Logf("%d writes in %s", writes.Load(), span)
}
