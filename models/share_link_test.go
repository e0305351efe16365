package models_test

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// No domain gets more links than it may have, however many are made at once.
func TestShareLinksAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var made, over atomic.Int64
	var people sync.WaitGroup
	for i := range models.MostShareLinks + 10 {
		people.Go(func() {
			_, err := w.store.AddShareLink(w.ctx, w.domain, "team", "user", []byte(strconv.Itoa(i)), time.Hour)
			switch {
			case err == nil:
				made.Add(1)
			case errors.Is(err, models.ErrQuota):
				over.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	people.Wait()
	if made.Load() != models.MostShareLinks || over.Load() != 10 {
		t.Errorf("%d were made, %d refused", made.Load(), over.Load())
	}
}

func TestShareLinksBelongToADomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link, err := w.store.AddShareLink(w.ctx, w.domain, "Mail team", "user", []byte("hash"), time.Hour)
	w.must(err)
	if _, d, err := w.store.SharedDomain(w.ctx, []byte("hash")); err != nil || d.ID != w.domain.ID {
		t.Errorf("%v, %v", d.Name, err)
	}
	if _, err := w.store.AddShareLink(w.ctx, w.domain, "Again", "user", []byte("hash"), time.Hour); err == nil {
		t.Error("a token was given twice")
	}
	stranger := w.domain
	stranger.AccountID = "another account"
	if err := w.store.RemoveShareLink(w.ctx, stranger, link.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another account takes it back: %v", err)
	}
	w.clock.Advance(time.Hour)
	if _, _, err := w.store.SharedDomain(w.ctx, []byte("hash")); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
}
