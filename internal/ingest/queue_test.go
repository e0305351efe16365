package ingest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/smtpd"
	"github.com/sealpost/sealpost/internal/testkit"
)

// G10: whoever floods fills its own share of the queue; others go on being
// taken, and each of them is stored with the next group.
func TestFloodFillsItsOwnLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := *w
	other.account = testkit.Account(t, w.store, "b@example.test")
	for i := range ingest.AcceptShare {
		w.must(w.in.Queue(w.upload(fmt.Appendf(nil, "flood %d", i))))
	}
	if err := w.in.Queue(w.upload([]byte("one too many"))); !errors.Is(err, ingest.ErrBusy) {
		t.Errorf("over its share: %v", err)
	}
	w.must(w.in.Queue(other.upload([]byte("honest"))))
	w.must(w.in.Ready())
	accounts := w.in.NextGroup()
	if len(accounts) != 256 || accounts[1] != other.account.ID {
		t.Errorf("a group of %d, the second is %s", len(accounts), accounts[1])
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, email := range []string{"b@example.test", "c@example.test"} {
		flood := *w
		flood.account = testkit.Account(t, w.store, email)
		for range ingest.AcceptShare {
			w.must(w.in.Queue(flood.upload([]byte("x"))))
		}
	}
	if err := w.in.Ready(); !errors.Is(err, ingest.ErrBusy) {
		t.Errorf("a full queue is ready: %v", err)
	}
	if _, err := w.in.Accept(w.ctx, w.upload([]byte("one too many"))); !errors.Is(err, ingest.ErrBusy) {
		t.Errorf("a full queue: %v", err)
	}
	if err := w.in.Mail(w.ctx, w.letter(zone.Address(w.domain.Token))); !errors.Is(err, smtpd.ErrBusy) {
		t.Errorf("mail to a full queue: %v", err)
	}
	if err := w.in.MailReady(); !errors.Is(err, smtpd.ErrBusy) {
		t.Errorf("MAIL to a full queue: %v", err)
	}
}
