package models_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// The journal of SQLite becomes short again although somebody always writes and
// somebody always reads: a reader that stays for long only makes it wait.
func TestJournalIsBounded(t *testing.T) {
	t.Parallel()
	onSQLite(t)
	url := testkit.DatabaseURL(t)
	w := &world{t: t, ctx: context.Background(), clock: testkit.NewClock()}
	w.store = testkit.OpenStore(t, url, w.clock)
	w.account = testkit.Account(t, w.store, "a@example.test")
	w.domain = testkit.Domain(t, w.store, w.account, "example.com")

	long := w.store.ReadDB().Begin()
	var n int64
	w.must(long.Table("deliveries").Count(&n).Error)
	for i := range 24 {
		w.must(w.store.SaveDeliveries(w.ctx, []models.NewDelivery{w.delivery(strings.Repeat(fmt.Sprint(i%10), 1<<20))}))
	}
	if size := w.journal(url); size < 24<<20 {
		t.Fatalf("the journal has %d bytes beside a reader: the test does not test", size)
	}
	w.must(long.Rollback().Error)

	done, ended := make(chan struct{}), make(chan struct{}, 2)
	always := func(do func(i int)) {
		for i := 0; ; i++ {
			select {
			case <-done:
				ended <- struct{}{}
				return
			default:
				do(i)
			}
		}
	}
	go always(func(i int) {
		w.store.SaveDeliveries(w.ctx, []models.NewDelivery{w.delivery(fmt.Sprint("more ", i))})
	})
	go always(func(int) { w.store.Deliveries(w.ctx, w.account.ID, models.DeliveryFilter{Limit: 50}) })
	const bound = 18 << 20 // 16 MiB, and what came while it was copied
	guard := time.After(2 * time.Minute)
	for w.journal(url) > bound {
		select {
		case <-guard:
			t.Fatalf("the journal still has %d bytes", w.journal(url))
		case <-w.nextDelivery():
		}
	}
	close(done)
	<-ended
	<-ended
}

func (w *world) journal(url string) int64 {
	w.t.Helper()
	info, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal")
	w.must(err)
	return info.Size()
}

// nextDelivery is done when one more delivery was stored.
func (w *world) nextDelivery() <-chan error {
	stored := make(chan error, 1)
	go func() {
		stored <- w.store.SaveDeliveries(w.ctx, []models.NewDelivery{w.delivery(time.Now().String())})
	}()
	return stored
}
