package ingest_test

import (
	"errors"
	"testing"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// What was on its way in while its domain was handed over is the new account's,
// whatever becomes of it: the old one has neither its row nor its bytes.
func TestDeliveriesThatComeWhileTheirDomainIsHandedOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		make func(w *world) ingest.Delivery
		want models.DeliveryState
	}{
		{"counted", func(w *world) ingest.Delivery { return w.post(w.json(aReport())) }, models.DeliveryCounted},
		{"no report", func(w *world) ingest.Delivery { return w.post([]byte("hello")) }, models.DeliveryQuarantined},
		{"unsigned", func(w *world) ingest.Delivery { return w.mail(w.message("noreply@google.com", aReport())) }, models.DeliveryUnverified},
		{"waits for a key", func(w *world) ingest.Delivery {
			defer w.keys.breakDown(true)
			return w.mail(w.signed(aReport()))
		}, models.DeliveryPending},
	} {
		w := newWorld(t)
		d, other := c.make(w), testkit.Account(t, w.store, "b@example.test")
		_, err := w.store.OfferTransfer(w.ctx, w.domain, models.NewTransfer{Email: "b@example.test", Token: "token", Mail: models.NewMail{Recipient: "b@example.test"}})
		w.must(err)
		_, err = w.store.AcceptTransfer(w.ctx, "token", models.Taker{AccountID: other.ID})
		w.must(err)
		id := w.put(d)
		w.must(w.in.ProcessPending(w.ctx))
		if _, err := w.store.Delivery(w.ctx, w.account.ID, id); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: the old account still has it: %v", c.what, err)
		}
		if _, err := ingest.Original(w.ctx, w.store, w.account.ID, id); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: the old account still has its bytes: %v", c.what, err)
		}
		if got, err := w.store.Delivery(w.ctx, other.ID, id); err != nil || got.State != c.want {
			t.Errorf("%s: the new account has it as %s, %v", c.what, got.State, err)
		}
		if events, err := w.store.DeliveryEvents(w.ctx, w.account.ID, id); err != nil || len(events) > 0 {
			t.Errorf("%s: the old account has %d events of it, %v", c.what, len(events), err)
		}
	}
}
