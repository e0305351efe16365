package models_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func replayOf(accountID, key, body string) models.APIReplay {
	return models.APIReplay{AccountID: accountID, Key: key, Route: "POST /api/v1/domains", BodyHash: []byte(body)}
}

func TestReplaysGiveTheFirstAnswer(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	_, other, _ := store.SignUp(ctx, "b@example.test", "x")
	r := replayOf(account.ID, "k", "body")
	if _, answer, err := store.BeginReplay(ctx, r); answer != nil || err != nil {
		t.Fatalf("the first: %s, %v", answer, err)
	}
	if _, _, err := store.BeginReplay(ctx, r); !errors.Is(err, models.ErrKeyBusy) {
		t.Errorf("while it is worked on: %v", err)
	}
	if err := store.EndReplay(ctx, r, 201, []byte("made")); err != nil {
		t.Fatal(err)
	}
	if status, answer, err := store.BeginReplay(ctx, r); status != 201 || string(answer) != "made" || err != nil {
		t.Errorf("again: %d %s, %v", status, answer, err)
	}
	if _, _, err := store.BeginReplay(ctx, replayOf(account.ID, "k", "other body")); !errors.Is(err, models.ErrKeyReused) {
		t.Errorf("another body: %v", err)
	}
	route := r
	route.Route = "POST /api/v1/domains/x/shares"
	if _, _, err := store.BeginReplay(ctx, route); !errors.Is(err, models.ErrKeyReused) {
		t.Errorf("another route: %v", err)
	}
	if _, answer, err := store.BeginReplay(ctx, replayOf(other.ID, "k", "body")); answer != nil || err != nil {
		t.Errorf("another account: %s, %v", answer, err)
	}
	clock.Advance(models.APIReplayLife)
	if _, answer, err := store.BeginReplay(ctx, replayOf(account.ID, "k", "other body")); answer != nil || err != nil {
		t.Errorf("a day later: %s, %v", answer, err)
	}
}

func TestReplaysOfWhatCreatedNothing(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	r := replayOf(account.ID, "k", "body")
	for range 2 { // what failed may be tried again at once
		if _, answer, err := store.BeginReplay(ctx, r); answer != nil || err != nil {
			t.Fatalf("%s, %v", answer, err)
		}
		if err := store.DropReplay(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := store.BeginReplay(ctx, r); err != nil { // and then the process dies
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	if _, answer, err := store.BeginReplay(ctx, r); answer != nil || err != nil {
		t.Errorf("after a death: %s, %v", answer, err)
	}
	clock.Advance(time.Minute)
	if err := store.RemoveOldReplays(ctx, clock.Now()); err != nil {
		t.Fatal(err)
	}
	if _, answer, err := store.BeginReplay(ctx, r); answer != nil || err != nil {
		t.Errorf("after the clean-up: %s, %v", answer, err)
	}
}

func TestReplaysAreBounded(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	rows := make([]models.APIReplay, models.MostAPIReplays)
	for i := range rows {
		rows[i] = replayOf(account.ID, strconv.Itoa(i), "body")
		rows[i].BegunAt, rows[i].Status, rows[i].Answer = clock.Now(), 201, []byte{}
	}
	if err := store.WriteDB().CreateInBatches(&rows, 1000).Error; err != nil {
		t.Fatal(err)
	}
	for range 2 { // the refused key is not remembered either
		if _, _, err := store.BeginReplay(ctx, replayOf(account.ID, "one more", "body")); !errors.Is(err, models.ErrQuota) {
			t.Errorf("one more: %v", err)
		}
	}
}

// Of many requests with one key, one is worked on.
func TestReplaysInARace(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := testkit.Store(t, testkit.NewClock())
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	var worked, busy atomic.Int32
	var g errgroup.Group
	for range 20 {
		g.Go(func() error {
			_, _, err := store.BeginReplay(ctx, replayOf(account.ID, "k", "body"))
			switch {
			case err == nil:
				worked.Add(1)
			case errors.Is(err, models.ErrKeyBusy):
				busy.Add(1)
			default:
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil || worked.Load() != 1 || busy.Load() != 19 {
		t.Errorf("%d were worked on, %d had to wait; %v", worked.Load(), busy.Load(), err)
	}
}

func TestReplaysAreSealed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := testkit.Store(t, testkit.NewClock())
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	r := replayOf(account.ID, "k", "body")
	_, _, _ = store.BeginReplay(ctx, r)
	if err := store.EndReplay(ctx, r, 201, []byte("a link that is shown once")); err != nil {
		t.Fatal(err)
	}
	var row models.APIReplay
	if err := store.WriteDB().Where("account_id = ?", account.ID).Take(&row).Error; err != nil || bytes.Contains(row.Answer, []byte("link")) || len(row.Answer) == 0 {
		t.Errorf("%q, %v", row.Answer, err)
	}
}
