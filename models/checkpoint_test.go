package models_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
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
	for i := range 40 {
		w.must(w.store.SaveDeliveries(w.ctx, []models.NewDelivery{w.delivery(strings.Repeat(fmt.Sprint(i%10), 1<<20))}))
	}
	if size := w.journal(url); size < 40<<20 {
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
	const bound = 34 << 20 // the 32 MiB that the file keeps, and what came while it was copied
	guard := time.After(5 * time.Minute)
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

// The journal begins anew under steady load, when something has always come
// since it was copied.
func TestJournalBeginsAnew(t *testing.T) {
	t.Parallel()
	onSQLite(t)
	url := testkit.DatabaseURL(t)
	w := &world{t: t, ctx: context.Background(), clock: testkit.NewClock()}
	w.store = testkit.OpenStore(t, url, w.clock)
	w.account = testkit.Account(t, w.store, "a@example.test")
	w.domain = testkit.Domain(t, w.store, w.account, "example.com")

	var longest atomic.Int64
	var writers sync.WaitGroup
	for writer := range 4 {
		writers.Go(func() {
			for i := range 250 {
				body := strings.Repeat(fmt.Sprint(writer, i), 8<<10)
				if err := w.store.SaveDeliveries(w.ctx, []models.NewDelivery{w.delivery(body)}); err != nil {
					t.Error(err)
				}
				longest.Store(max(longest.Load(), w.journal(url)))
			}
		})
	}
	writers.Wait()
	if longest := longest.Load(); longest > 60<<20 {
		t.Errorf("the journal grew to %d bytes", longest)
	}
}
