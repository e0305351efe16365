package models_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// tombstones are the tables that may remember a domain that is gone: its token
// is never given to somebody else, and nodes that were away learn of it.
func tombstones() []string { return []string{"issued_tokens", "zone_changes"} }

func closing(at time.Time) models.NewMail {
	return models.NewMail{Subject: "closing", Text: at.String()}
}

func reopened() models.NewMail { return models.NewMail{Subject: "reopened"} }

func (w *world) close(accountID string) time.Time {
	w.t.Helper()
	at, err := w.store.CloseAccount(w.ctx, accountID, closing)
	w.must(err)
	return at
}

// removed lets the time of a closing account pass and removes it.
func (w *world) removed(accountID string) {
	w.t.Helper()
	w.clock.Advance(models.ClosingLife)
	done, err := w.store.RemoveAccount(w.ctx, accountID)
	if done || err != nil {
		w.t.Fatalf("what is under way is not waited for: %v, %v", done, err)
	}
	w.clock.Advance(time.Hour)
	if done, err := w.store.RemoveAccount(w.ctx, accountID); !done || err != nil {
		w.t.Fatalf("removed: %v, %v", done, err)
	}
}

// Every table of the schema that can hold something of an account has a row of
// it before, and none after; the rows of another account stay as they were.
func TestRemoveAccountLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, kept := w.furnished("gone@example.test", "gone.example"), w.furnished("kept@example.test", "kept.example")
	before := w.snapshot(kept)
	w.close(gone.account.ID)
	w.removed(gone.account.ID)

	left := w.snapshot(gone)
	for _, table := range slices.Sorted(maps.Keys(left)) {
		if !slices.Contains(tombstones(), table) {
			t.Errorf("%s still has %q", table, left[table])
		}
	}
	if n := w.count("issued_tokens", "token = ?", gone.domain.Token); n != 1 {
		t.Error("the token may be given to somebody else")
	}
	if n := w.count("zone_changes", "token = ? AND removed", gone.domain.Token); n != 1 {
		t.Errorf("%d changes take the record out of the zone", n)
	}
	for table, rows := range w.snapshot(kept) {
		if !slices.Equal(rows, before[table]) {
			t.Errorf("%s of the other account was\n%q, is\n%q", table, before[table], rows)
		}
	}
	if _, err := w.store.RemoveAccount(w.ctx, gone.account.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
}

// What hangs on one domain goes with it at once, whatever the table.
func TestRemoveDomainEmptiesEveryTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, kept := w.furnished("gone@example.test", "gone.example"), w.furnished("kept@example.test", "kept.example")
	before := w.snapshot(kept)
	w.must(w.store.RemoveDomain(w.ctx, gone.account.ID, gone.domain.Name))
	of := tenant{user: models.User{Email: gone.domain.ID}, domain: models.Domain{Name: gone.ids["delivery_id"]}, ids: map[string]string{"": gone.ids["forward_id"]}}
	for table, rows := range w.snapshot(of) {
		t.Errorf("%s still has %q", table, rows)
	}
	if n := w.count("issued_tokens", "token = ?", gone.domain.Token); n != 1 {
		t.Error("the token may be given to somebody else")
	}
	for table, rows := range w.snapshot(kept) {
		if !slices.Equal(rows, before[table]) {
			t.Errorf("%s of the other account was\n%q, is\n%q", table, before[table], rows)
		}
	}
}

// Who has another account stays, with all they log in with.
func TestRemoveAccountKeepsPersonsOfOtherAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.join("b@example.test", models.Member) // signed up, so has an account of their own
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("here"), UserID: b.ID, AccountID: w.account.ID, Life: 99 * 24 * time.Hour}))
	own, err := w.store.AccountsOf(w.ctx, b.ID)
	w.must(err)
	own = slices.DeleteFunc(own, func(a models.MemberAccount) bool { return a.ID == w.account.ID })
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("own"), UserID: b.ID, AccountID: own[0].ID, Life: 99 * 24 * time.Hour}))
	h, err := w.store.Holdings(w.ctx, w.account.ID)
	if err != nil || h.Members != 2 || h.LastAccounts != 1 || h.Domains != 1 || !slices.Equal(h.DomainNames, []string{"example.com"}) {
		t.Errorf("%+v, %v", h, err)
	}
	w.close(w.account.ID)
	w.removed(w.account.ID)
	if _, err := w.store.UserByEmail(w.ctx, "a@example.test"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a person without any account: %v", err)
	}
	if _, err := w.store.UserByEmail(w.ctx, b.Email); err != nil {
		t.Errorf("a person with another account: %v", err)
	}
	if n := w.count("sessions", "user_id = ?", b.ID); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestClosingCanBeTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("b@example.test", models.Member)
	start := w.clock.Now()
	at := w.close(w.account.ID)
	if !at.Equal(start.Add(7 * 24 * time.Hour)) {
		t.Errorf("closes at %v", at)
	}
	if _, err := w.store.CloseAccount(w.ctx, w.account.ID, closing); !errors.Is(err, models.ErrState) {
		t.Errorf("closing it twice: %v", err)
	}
	if err := w.store.SuspendAccount(w.ctx, w.account.ID, false); !errors.Is(err, models.ErrState) {
		t.Errorf("resuming it: %v", err)
	}
	if _, err := w.store.RemoveAccount(w.ctx, w.account.ID); !errors.Is(err, models.ErrState) {
		t.Errorf("removing it too early: %v", err)
	}
	w.clock.Advance(models.ClosingLife - time.Second)
	w.judge(w.report("r.example", "meanwhile", day, 5, 1)) // reports count until the end
	w.must(w.store.ReopenAccount(w.ctx, w.account.ID, reopened))
	if err := w.store.ReopenAccount(w.ctx, w.account.ID, reopened); !errors.Is(err, models.ErrState) {
		t.Errorf("taking it back twice: %v", err)
	}
	w.clock.Advance(time.Hour)
	if due, err := w.store.DueRemovals(w.ctx, 10); err != nil || len(due) != 0 {
		t.Errorf("due: %q, %v", due, err)
	}
	if a, err := w.store.Account(w.ctx, w.account.ID); err != nil || a.State != models.AccountActive || a.ClosesAt != nil {
		t.Errorf("%+v, %v", a, err)
	}
	var told []string
	w.must(w.store.WriteDB().Raw("SELECT subject || ' ' || recipient FROM outgoing_mails WHERE subject IN ('closing', 'reopened') ORDER BY subject, recipient").Scan(&told).Error)
	if want := []string{"closing a@example.test", "closing b@example.test", "reopened a@example.test", "reopened b@example.test"}; !slices.Equal(told, want) {
		t.Errorf("told: %q", told)
	}
	if e := w.audited(w.account.ID); !strings.Contains(e[0].Before, `"state":"closing"`) || !strings.Contains(e[1].After, `"closes":"`) {
		t.Errorf("audited: %+v, %+v", e[0], e[1])
	}

	at = w.close(w.account.ID)
	w.clock.Advance(at.Sub(w.clock.Now()))
	if err := w.store.ReopenAccount(w.ctx, w.account.ID, reopened); !errors.Is(err, models.ErrState) {
		t.Errorf("taking it back too late: %v", err)
	}
	if due, err := w.store.DueRemovals(w.ctx, 10); err != nil || !slices.Equal(due, []string{w.account.ID}) {
		t.Errorf("due: %q, %v", due, err)
	}
}

// A removal that is cut off at any of its transactions goes on with the next
// call, and holds what is kept together all the while.
func TestRemovalGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept := w.furnished("kept@example.test", "kept.example")
	before := w.snapshot(kept)
	gone := w.furnished("gone@example.test", "gone.example")
	for i := range 450 { // more than two batches
		w.must(w.store.WriteDB().Exec("INSERT INTO daily_policies (domain_id, day, reporter, policy_type, mode, successful, failed) VALUES (?, ?, 'r', 'sts', 'enforce', 1, 0)", gone.domain.ID, i).Error)
	}
	w.close(gone.account.ID)
	w.clock.Advance(models.ClosingLife + time.Hour)
	cuts := 0
	for ; ; cuts++ {
		if cuts > 1000 {
			t.Fatal("it never ends")
		}
		done, err := w.store.RemoveAccount(newCountdown(w.ctx, 3*cuts), gone.account.ID)
		if done {
			break
		}
		if err == nil {
			t.Fatalf("cut %d changed nothing and told of nothing", cuts)
		}
	}
	if cuts < 10 {
		t.Errorf("it was cut off %d times only", cuts)
	}
	for table, rows := range w.snapshot(gone) {
		if !slices.Contains(tombstones(), table) {
			t.Errorf("%s still has %q", table, rows)
		}
	}
	if after := w.snapshot(kept); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the other account was\n%q, is\n%q", before, after)
	}
}

// countdown is a context that is called off after it was asked a number of
// times, which the database does at each of its steps.
type countdown struct {
	context.Context
	left atomic.Int64
	over chan struct{}
	once sync.Once
}

func newCountdown(ctx context.Context, steps int) *countdown {
	c := &countdown{Context: ctx, over: make(chan struct{})}
	c.left.Store(int64(steps))
	return c
}

func (c *countdown) Done() <-chan struct{} {
	if c.left.Add(-1) < 0 {
		c.once.Do(func() { close(c.over) })
	}
	return c.over
}

func (c *countdown) Err() error {
	if c.left.Load() < 0 {
		return context.Canceled
	}
	return nil
}
