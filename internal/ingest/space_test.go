package ingest_test

import (
	"errors"
	"math"
	"testing"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/smtpd"
	"github.com/sealpost/sealpost/models"
)

// Below the reserve nothing is accepted, what was accepted waits unread, and
// everything goes on by itself when there is room again. PostgreSQL's space is
// not ours to see.
func TestTooLittleSpace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writing()
	waiting := w.put(w.upload(w.json(aReport())))
	w.in.MinFree = math.MaxInt64
	w.must(w.in.CheckSpace())
	if w.store.Engine() == "postgres" {
		w.must(w.in.Ready())
		return
	}
	if _, err := w.in.Accept(w.ctx, w.upload([]byte("x"))); !errors.Is(err, ingest.ErrFull) || !w.in.StorageFull() {
		t.Errorf("without space: %v", err)
	}
	if err := w.in.MailReady(); !errors.Is(err, smtpd.ErrFull) {
		t.Errorf("MAIL without space: %v", err)
	}
	w.must(w.in.ProcessPending(w.ctx))
	if d := w.delivery(w.account.ID, waiting); d.State != models.DeliveryPending || d.Attempts != 0 {
		t.Errorf("without space a delivery is %s after %d attempts", d.State, d.Attempts)
	}
	w.in.MinFree = 1
	w.must(w.in.CheckSpace())
	if _, err := w.in.Accept(w.ctx, w.upload([]byte("x"))); err != nil || w.in.StorageFull() {
		t.Errorf("with space again: %v", err)
	}
}
