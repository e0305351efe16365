package ingest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/smtpd"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// hang bounds what would otherwise wait for ever.
const hang = 5 * time.Minute

func TestAcceptIsDurable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writing()
	d := w.upload([]byte("the bytes"))
	d.FileName, d.RemoteAddr = "a\x00\xff.json", "192.0.2.1"
	receipt, err := w.in.Accept(w.ctx, d)
	w.must(err)
	other := testkit.OpenStore(t, w.url, w.clock) // as after a crash
	got, err := other.Delivery(w.ctx, w.account.ID, receipt.ID)
	if err != nil || got.State != models.DeliveryPending || got.Size != 9 || got.DomainID != nil || got.FileName != "a\u2400\uFFFD.json" || got.Via != models.ViaUpload {
		t.Errorf("another process sees %+v, %v", got, err)
	}
	if raw, err := ingest.Original(w.ctx, other, w.account.ID, receipt.ID); err != nil || string(raw) != "the bytes" {
		t.Errorf("its bytes are %q, %v", raw, err)
	}
	if _, err := ingest.Original(w.ctx, other, "another account", receipt.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("somebody else reads: %v", err)
	}
}

// Deliveries that wait together are committed together, up to a bound.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 500 {
		w.must(w.in.Queue(w.upload(fmt.Appendf(nil, "%d", i))))
	}
	if got := w.in.Groups(); !slices.Equal(got, []int{256, 244}) {
		t.Errorf("500 small deliveries take commits of %d", got)
	}
	large := w.upload(noise(12 << 20))
	for range 5 {
		w.must(w.in.Queue(large))
	}
	if got := w.in.Groups(); !slices.Equal(got, []int{2, 2, 1}) {
		t.Errorf("5 deliveries of 12 MiB take commits of %d", got)
	}
}

// noise cannot be compressed.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand)
	return b
}

func TestManyAcceptsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writing()
	var g errgroup.Group
	for i := range 100 {
		g.Go(func() error {
			r, err := w.in.Accept(w.ctx, w.upload(fmt.Appendf(nil, "%d", i)))
			if err != nil {
				return err
			}
			_, err = w.store.Delivery(w.ctx, w.account.ID, r.ID) // seen as soon as it is accepted
			return err
		})
	}
	w.must(g.Wait())
}

func TestLargeDeliveriesTakeGroupsOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	large := noise(17 << 20)
	for range 2 {
		w.must(w.in.Queue(w.upload(large)))
	}
	w.writing()
	receipt, err := w.in.Accept(w.ctx, w.upload(large))
	w.must(err)
	raw, err := ingest.Original(w.ctx, w.store, w.account.ID, receipt.ID)
	if n, _ := w.store.PendingDeliveries(w.ctx); n != 3 || err != nil || !bytes.Equal(raw, large) {
		t.Errorf("%d stored, %d bytes, %v", n, len(raw), err)
	}
}

func TestStopStoresWhatWasHandedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 300 {
		w.must(w.in.Queue(w.upload(fmt.Appendf(nil, "%d", i))))
	}
	ctx, stop := context.WithCancel(w.ctx)
	stop()
	w.must(w.in.Run(ctx))
	if n, err := w.store.PendingDeliveries(w.ctx); n != 300 || err != nil {
		t.Errorf("%d of 300 are stored, %v", n, err)
	}
	if _, err := w.in.Accept(w.ctx, w.upload([]byte("late"))); !errors.Is(err, ingest.ErrStopped) {
		t.Errorf("after the stop: %v", err)
	}
}

func TestSenderThatLeavesIsToldNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, leave := context.WithCancel(w.ctx)
	leave()
	if _, err := w.in.Accept(ctx, w.upload([]byte("x"))); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody stores: %v", err)
	}
}

func TestStorageThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writing()
	w.must(w.store.Close())
	if _, err := w.in.Accept(w.ctx, w.upload([]byte("x"))); err == nil {
		t.Error("accepted without a database")
	}
}

// Ruling 15: the identical body is not stored twice for a domain.
func TestIdenticalPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writing()
	other := testkit.Domain(t, w.store, w.account, "other.example")
	elsewhere := w.post([]byte("body"))
	elsewhere.DomainID = other.ID
	for _, c := range []struct {
		what      string
		d         ingest.Delivery
		duplicate bool
	}{
		{"first", w.post([]byte("body")), false},
		{"again", w.post([]byte("body")), true},
		{"another body", w.post([]byte("body2")), false},
		{"another domain", elsewhere, false},
		{"by mail", w.mail([]byte("body")), false},
	} {
		r, err := w.in.Accept(w.ctx, c.d)
		if err != nil || r.Duplicate != c.duplicate || (r.ID == "") != c.duplicate {
			t.Errorf("%s: %+v, %v", c.what, r, err)
		}
	}
	if n, err := w.store.PendingDeliveries(w.ctx); n != 4 || err != nil {
		t.Errorf("%d stored, %v", n, err)
	}
}

func (w *world) letter(to ...string) smtpd.Mail {
	return smtpd.Mail{
		From: "bounces@google.com", To: to, RemoteAddr: netip.MustParseAddrPort("[2001:db8::1]:25000"),
		Raw: w.message("a@google.com", aReport()), ReceivedAt: w.clock.Now(),
	}
}

func TestMailToSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writing()
	theirs := testkit.Domain(t, w.store, testkit.Account(t, w.store, "b@example.test"), "other.example")
	gone := testkit.Domain(t, w.store, w.account, "gone.example")
	w.must(w.store.RemoveDomain(w.ctx, w.account.ID, "gone.example"))
	own := zone.Address(w.domain.Token)
	for _, c := range []struct {
		what string
		to   []string
		want []string // domains that get a delivery
	}{
		{"one", []string{own}, []string{w.domain.ID}},
		{"two accounts", []string{own, zone.Address(theirs.Token)}, []string{w.domain.ID, theirs.ID}},
		{"one twice", []string{own, strings.ToUpper(own)}, []string{w.domain.ID}},
		{"one removed since RCPT", []string{zone.Address(gone.Token), own}, []string{w.domain.ID}},
		{"all removed since RCPT", []string{zone.Address(gone.Token)}, nil},
	} {
		before := w.everyDelivery()
		w.must(w.in.Mail(w.ctx, w.letter(c.to...)))
		var got []string
		for _, d := range w.everyDelivery()[len(before):] {
			got = append(got, *d.DomainID)
			if d.EnvelopeFrom != "bounces@google.com" || d.RemoteAddr != "2001:db8::1" || d.Via != models.ViaMail {
				t.Errorf("%s: %+v", c.what, d)
			}
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: deliveries for %q, want %q", c.what, got, c.want)
		}
	}
}

// everyDelivery lists the deliveries of all accounts in the order they came.
func (w *world) everyDelivery() []models.Delivery {
	w.t.Helper()
	var all []models.Delivery
	for _, email := range []string{"a@example.test", "b@example.test"} {
		user, err := w.store.UserByEmail(w.ctx, email)
		w.must(err)
		accounts, err := w.store.AccountsOf(w.ctx, user.ID)
		w.must(err)
		ds, _, err := w.store.Deliveries(w.ctx, accounts[0].ID, models.DeliveryFilter{Limit: 100})
		w.must(err)
		all = append(all, ds...)
	}
	slices.SortFunc(all, func(a, b models.Delivery) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func TestRecipient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for address, want := range map[string]error{
		zone.Address(w.domain.Token):                  nil,
		strings.ToUpper(zone.Address(w.domain.Token)): nil,
		zone.Address("0123456789ab"):                  smtpd.ErrUnknownRecipient,
		w.domain.Token + "@elsewhere.example":         smtpd.ErrUnknownRecipient,
		"postmaster@" + zone.ReportDomain:             smtpd.ErrUnknownRecipient,
		"":                                            smtpd.ErrUnknownRecipient,
		"x\x00@" + zone.ReportDomain:                  smtpd.ErrUnknownRecipient,
	} {
		if err := w.in.Recipient(w.ctx, address); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", address, err, want)
		}
	}
	w.must(w.store.Close())
	if err := w.in.Recipient(w.ctx, zone.Address(w.domain.Token)); err == nil || errors.Is(err, smtpd.ErrUnknownRecipient) {
		t.Errorf("without a database: %v", err) // 451, never 550
	}
}

// The whole way: accepted deliveries are judged without anybody's help.
func TestRunJudgesWhatItAccepts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, stop := context.WithCancel(w.ctx)
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.in.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); running.Wait() })
	receipt, err := w.in.Accept(w.ctx, w.mail(w.signed(aReport())))
	w.must(err)
	d, err := w.in.Outcome(w.ctx, w.account.ID, receipt.ID, hang)
	if err != nil || d.State != models.DeliveryCounted {
		t.Errorf("it is %s, %v", d.State, err)
	}
	if _, err := w.in.Outcome(w.ctx, "another account", receipt.ID, hang); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
}

func TestOutcomeGivesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.put(w.upload([]byte("{}")))
	d, err := w.in.Outcome(w.ctx, w.account.ID, id, time.Millisecond)
	if err != nil || d.State != models.DeliveryPending {
		t.Errorf("it is %s, %v", d.State, err)
	}
}
