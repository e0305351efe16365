package models_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

func someMailbox(account models.Account) models.Mailbox {
	return models.Mailbox{
		AccountID: account.ID, Host: "imap.example.test", Port: 993, Security: models.MailboxTLS, Username: "reports",
		Folder: "INBOX", DoneFolder: "done", FailedFolder: "failed",
	}
}

func connected(t *testing.T, store *models.Store, email string) (models.Account, models.Mailbox) {
	t.Helper()
	account := testkit.Account(t, store, email)
	must(t, store.ConnectMailbox(context.Background(), someMailbox(account), "pass word"))
	m, err := store.Mailbox(context.Background(), account.ID)
	must(t, err)
	return account, m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMailboxPasswordIsSealed(t *testing.T) {
	t.Parallel()
	store := testkit.Store(t, testkit.NewClock())
	_, m := connected(t, store, "a@example.test")
	if bytes.Contains(m.Password, []byte("pass word")) {
		t.Error("the password is stored as it is")
	}
	if got, err := store.MailboxPassword(m); err != nil || got != "pass word" {
		t.Errorf("read back %q, %v", got, err)
	}
	moved, cut, changed := m, m, m
	moved.AccountID = "another"
	cut.Password = m.Password[:5]
	changed.Password = bytes.Clone(m.Password)
	changed.Password[len(changed.Password)-1] ^= 1
	for what, bad := range map[string]models.Mailbox{"moved": moved, "cut": cut, "changed": changed} {
		if got, err := store.MailboxPassword(bad); !errors.Is(err, models.ErrSealed) || got != "" {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	store.SecretKey = []byte("another key")
	if _, err := store.MailboxPassword(m); !errors.Is(err, models.ErrSealed) {
		t.Errorf("under another key: %v", err)
	}
}

func TestMailboxClaims(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	account, _ := connected(t, store, "a@example.test")
	claim := func(holder string) int {
		t.Helper()
		got, err := store.ClaimDueMailboxes(ctx, holder, 10, time.Minute)
		must(t, err)
		return len(got)
	}
	hold := func(holder string, want error) {
		t.Helper()
		if err := store.HoldMailbox(ctx, holder, account.ID, time.Minute); !errors.Is(err, want) {
			t.Errorf("%s holds: %v, want %v", holder, err, want)
		}
	}
	if claim("one") != 1 || claim("two") != 0 {
		t.Error("two nodes have the mailbox, or none")
	}
	clock.Advance(50 * time.Second)
	hold("one", nil)
	clock.Advance(50 * time.Second)
	if claim("two") != 0 {
		t.Error("a renewed claim was taken")
	}
	clock.Advance(11 * time.Second)
	if claim("two") != 1 {
		t.Error("a claim that has ended was not taken")
	}
	hold("one", models.ErrLost)
	next := clock.Now().Add(time.Hour)
	must(t, store.SaveMailboxVisit(ctx, "two", account.ID, models.MailboxVisit{Messages: 12, NextPollAt: &next}))
	m, err := store.Mailbox(ctx, account.ID)
	must(t, err)
	if m.State != models.MailboxPaused || m.Messages != 12 || m.PolledAt == nil || m.ClaimedBy != "" {
		t.Errorf("after the try: %+v", m)
	}
	clock.Advance(2 * time.Hour)
	if claim("one") != 0 {
		t.Error("a paused mailbox was claimed")
	}
	must(t, store.SetMailboxState(ctx, account.ID, models.MailboxRunning))
	if claim("one") != 1 {
		t.Error("a started mailbox is not due")
	}
	must(t, store.SetMailboxState(ctx, account.ID, models.MailboxPaused))
	hold("one", models.ErrLost)
	if err := store.SaveMailboxVisit(ctx, "one", account.ID, models.MailboxVisit{}); !errors.Is(err, models.ErrLost) {
		t.Errorf("a lost claim writes: %v", err)
	}
}

func TestMailboxVisits(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	account, _ := connected(t, store, "a@example.test")
	must(t, store.SetMailboxState(ctx, account.ID, models.MailboxRunning))
	_, err := store.ClaimDueMailboxes(ctx, "one", 1, time.Hour)
	must(t, err)
	next := clock.Now().Add(time.Minute)
	for _, v := range []models.MailboxVisit{
		{Messages: 5, Taken: 3, PutAside: 1}, {Messages: 2, Taken: 2}, {Error: "no"}, {Error: "The server does not answer.", NextPollAt: &next},
	} {
		must(t, store.SaveMailboxVisit(ctx, "one", account.ID, v))
	}
	m, err := store.Mailbox(ctx, account.ID)
	must(t, err)
	if m.State != models.MailboxRunning || m.Taken != 5 || m.PutAside != 1 || m.Messages != 2 || m.Failures != 2 || m.Error != "The server does not answer." || !m.NextPollAt.Equal(next) {
		t.Errorf("noted: %+v", m)
	}
	other := testkit.Account(t, store, "b@example.test")
	for what, err := range map[string]error{
		"state":  store.SetMailboxState(ctx, other.ID, models.MailboxRunning),
		"remove": store.RemoveMailbox(ctx, other.ID),
		"find":   func() error { _, err := store.Mailbox(ctx, other.ID); return err }(),
	} {
		if !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s without a mailbox: %v", what, err)
		}
	}
	must(t, store.ConnectMailbox(ctx, someMailbox(account), "new"))
	if m, err = store.Mailbox(ctx, account.ID); err != nil || m.State != models.MailboxTesting || m.Taken != 0 || m.Error != "" || m.ClaimedBy != "" {
		t.Errorf("connected anew: %+v, %v", m, err)
	}
	must(t, store.RemoveMailbox(ctx, account.ID))
}

func TestOneNodeHasAMailbox(t *testing.T) {
	t.Parallel()
	ctx, clock, url := context.Background(), testkit.NewClock(), testkit.DatabaseURL(t)
	one, two := testkit.OpenStore(t, url, clock), testkit.OpenStore(t, url, clock)
	for _, email := range []string{"a@example.test", "b@example.test", "c@example.test"} {
		connected(t, one, email)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	claims := map[string]int{}
	for i, store := range []*models.Store{one, two, one, two} {
		wg.Go(func() {
			got, err := store.ClaimDueMailboxes(ctx, string(rune('a'+i)), 3, time.Minute)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, m := range got {
				claims[m.AccountID]++
			}
		})
	}
	wg.Wait()
	for id, n := range claims {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
	if len(claims) != 3 {
		t.Errorf("%d mailboxes were claimed", len(claims))
	}
}

// The account is told of what happens to its mailbox: by its members, and when
// it has failed three times in a row.
func TestMailboxNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	later := w.clock.Now().Add(time.Minute)
	visit := func(failure string) {
		t.Helper()
		claimed, err := w.store.ClaimDueMailboxes(w.ctx, "one", 1, time.Minute)
		if err != nil || len(claimed) != 1 {
			t.Fatalf("%d claimed, %v", len(claimed), err)
		}
		w.must(w.store.SaveMailboxVisit(w.ctx, "one", w.account.ID, models.MailboxVisit{Error: failure, NextPollAt: &later}))
		w.clock.Advance(2 * time.Minute)
		later = w.clock.Now().Add(time.Minute)
	}
	w.must(w.store.ConnectMailbox(w.ctx, someMailbox(w.account), "pass word"))
	visit("refused") // the trial pauses it, and tells nobody who is not looking
	w.must(w.store.SetMailboxState(w.ctx, w.account.ID, models.MailboxRunning))
	w.must(w.store.SetMailboxState(w.ctx, w.account.ID, models.MailboxRunning))
	for _, failure := range []string{"", "away", "", "away", "away", "gone", "gone", "", ""} {
		visit(failure)
	}
	w.must(w.store.SetMailboxState(w.ctx, w.account.ID, models.MailboxPaused))
	w.must(w.store.RemoveMailbox(w.ctx, w.account.ID))
	notices, err := w.store.Notices(w.ctx, w.account.ID, time.Time{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range notices {
		got = append(got, string(n.Kind)+": "+n.Detail)
	}
	slices.Sort(got)
	want := []string{
		"mailbox: does not work any more. gone", "mailbox: was connected. Nothing is taken out of it before it is started.",
		"mailbox: was disconnected, and its password forgotten.", "mailbox: was paused.", "mailbox: was started: reports are taken out of it.", "mailbox: works again.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
