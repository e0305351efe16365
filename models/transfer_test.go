package models_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func (w *world) offer(token string) {
	w.t.Helper()
	_, err := w.store.OfferTransfer(w.ctx, w.domain, models.NewTransfer{
		Email: "b@example.test", Token: token, OfferedBy: "a@example.test", Mail: models.NewMail{AccountID: w.account.ID, Recipient: "b@example.test"},
	})
	w.must(err)
}

func TestATransferTakesEverythingAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.judge(failing(w.report("r.example", "1", day, 10, 2), "certificate-expired", "mx", "192.0.2.0/24", 2))
	w.judge(by(models.Unverified, w.report("s.example", "2", day, 7, 7)))
	w.deliver(1)
	_, err := w.store.TagDomains(w.ctx, w.account.ID, []string{"example.com"}, models.TagChange{Set: []string{"a"}})
	w.must(err)
	_, err = w.store.AddShareLink(w.ctx, w.domain, "team", "", []byte("hash"), time.Hour)
	w.must(err)
	_, err = w.store.AddForward(w.ctx, w.account.ID, "example.com", models.NewForward{Kind: models.ForwardHTTPS, Target: "https://c.example/", Secret: "s"})
	w.must(err)
	before, secret := w.rollups(w.domain), w.store.ReportSecret(w.domain)
	other := testkit.Account(t, w.store, "b@example.test")
	w.offer("token")
	moved, err := w.store.AcceptTransfer(w.ctx, "token", models.Taker{AccountID: other.ID})
	w.must(err)
	if moved.Token != w.domain.Token || moved.State != w.domain.State || moved.AccountID != other.ID {
		t.Errorf("%+v has become %+v", w.domain, moved)
	}
	for _, table := range w.tablesWith("domain_id") {
		if !w.store.WriteDB().Migrator().HasColumn(table, "account_id") {
			continue
		}
		if n := w.count(table, "domain_id = ? AND account_id <> ?", w.domain.ID, other.ID); n != 0 {
			t.Errorf("%s has %d rows of the domain in the old account", table, n)
		}
	}
	for _, table := range []string{"share_links", "forwards", "domain_tags", "domain_transfers"} {
		if n := w.count(table, "domain_id = ?", w.domain.ID); n != 0 {
			t.Errorf("%s has gone along", table)
		}
	}
	if n := w.count("delivery_events", "account_id = ?", w.account.ID); n != 0 {
		t.Errorf("%d events of deliveries have stayed", n)
	}
	if got := w.store.ReportSecret(moved); got == secret {
		t.Error("the old account still knows the report URL")
	}
	if _, err := w.store.AddresseeOfSecret(w.ctx, secret); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the old report URL is known: %v", err)
	}
	if n := w.count("account_days", "account_id = ?", w.account.ID); n != 0 {
		t.Errorf("the old account counts %d days", n)
	}
	w.account = other
	if got := w.rollups(moved); len(got) != len(before) {
		t.Errorf("the counts were %q, are %q", before, got)
	}
	// What arrived before is judged for the new account, and counts there.
	again := w.claim("judge")
	for _, d := range again {
		r := w.report("r.example", "late", day, 5, 0)
		r.AccountID, r.DeliveryID, d.State = w.domain.AccountID, d.ID, models.DeliveryCounted
		w.must(w.store.SaveJudged(w.ctx, "judge", []models.Judged{{Delivery: d, Reports: []models.FullReport{r}}}))
	}
	days, err := w.store.AccountTrend(w.ctx, other.ID, models.Span{From: day, To: day})
	if err != nil || len(again) != 1 || len(days) != 1 || days[0].Successful != 15 || days[0].Failed != 2 {
		t.Errorf("the new account counts %+v of %d, %v", days, len(again), err)
	}
	for account, action := range map[string]models.AuditAction{w.domain.AccountID: models.AuditDomainGiven, other.ID: models.AuditDomainTaken} {
		if _, n, err := w.store.AuditLog(w.ctx, account, models.AuditFilter{Action: action, Object: "example.com", Limit: 1}); err != nil || n != 1 {
			t.Errorf("%s stands in the log %d times, %v", action, n, err)
		}
	}
	w.must(w.store.RemoveDomain(w.ctx, other.ID, "example.com"))
}

func TestATransferIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := testkit.Account(t, w.store, "b@example.test")
	reader, _, err := w.store.SignUp(w.ctx, "c@example.test", "x")
	w.must(err)
	w.offer("old")
	w.offer("token")
	for name, c := range map[string]struct {
		token string
		to    models.Taker
		want  error
	}{
		"unknown":       {"x", models.Taker{AccountID: other.ID}, models.ErrNotFound},
		"replaced":      {"old", models.Taker{AccountID: other.ID}, models.ErrNotFound},
		"to itself":     {"token", models.Taker{AccountID: w.account.ID}, models.ErrSameAccount},
		"not a member":  {"token", models.Taker{AccountID: other.ID, UserID: reader.ID}, models.ErrRole},
		"to no account": {"token", models.Taker{AccountID: "none"}, models.ErrNotFound},
	} {
		if _, err := w.store.AcceptTransfer(w.ctx, c.token, c.to); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	testkit.Domain(t, w.store, other, "example.com")
	if _, err := w.store.AcceptTransfer(w.ctx, "token", models.Taker{AccountID: other.ID}); !errors.Is(err, models.ErrTaken) {
		t.Errorf("a name that is there: %v", err)
	}
	w.must(w.store.RemoveDomain(w.ctx, other.ID, "example.com"))
	w.must(w.store.SuspendAccount(w.ctx, other.ID, true))
	if _, err := w.store.AcceptTransfer(w.ctx, "token", models.Taker{AccountID: other.ID}); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("into a suspended account: %v", err)
	}
	w.must(w.store.SuspendAccount(w.ctx, other.ID, false))
	w.must(w.store.WithdrawTransfer(w.ctx, w.domain))
	if _, err := w.store.TransferByToken(w.ctx, "token"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("taken back: %v", err)
	}
	w.offer("late")
	w.clock.Advance(models.TransferLife)
	if _, err := w.store.AcceptTransfer(w.ctx, "late", models.Taker{AccountID: other.ID}); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("too late: %v", err)
	}
	w.must(w.store.RemoveExpiredTransfers(w.ctx))
	if n := w.count("domain_transfers", "1 = 1"); n != 0 {
		t.Errorf("%d offers are left", n)
	}
}

// Many accept at once, while reports come in: one account has the domain, and
// the sums of all accounts are those of their domains.
func TestOneOfManyTakesADomainOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.judge(w.report("r.example", "first", day, 10, 2))
	w.offer("token")
	var takers []models.Account
	for _, email := range []string{"b@example.test", "c@example.test", "d@example.test"} {
		takers = append(takers, testkit.Account(t, w.store, email))
	}
	w.deliver(4)
	claimed := w.claim("judge")
	var g errgroup.Group
	won := make([]bool, len(takers))
	for i, a := range takers {
		g.Go(func() error {
			_, err := w.store.AcceptTransfer(w.ctx, "token", models.Taker{AccountID: a.ID})
			won[i] = err == nil
			if errors.Is(err, models.ErrNotFound) {
				err = nil
			}
			return err
		})
	}
	for i, d := range claimed {
		g.Go(func() error {
			r := w.report("r.example", string(rune('a'+i)), day, 1, 0)
			r.DeliveryID, d.State = d.ID, models.DeliveryCounted
			return w.store.SaveJudged(w.ctx, "judge", []models.Judged{{Delivery: d, Reports: []models.FullReport{r}}})
		})
	}
	w.must(g.Wait())
	winners := 0
	for i, a := range takers {
		days, err := w.store.AccountTrend(w.ctx, a.ID, models.Span{From: day, To: day})
		w.must(err)
		if !won[i] && len(days) != 0 || won[i] && (len(days) != 1 || days[0].Successful != 14 || days[0].Reports != 5) {
			t.Errorf("%s has won: %v, and counts %+v", a.Name, won[i], days)
		}
		if won[i] {
			winners++
		}
	}
	if n := w.count("account_days", "account_id = ?", w.account.ID); winners != 1 || n != 0 {
		t.Errorf("%d have won, the old account counts %d days", winners, n)
	}
}
