package models_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func TestAPITokensOpenWhileInForce(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	_, other, _ := store.SignUp(ctx, "b@example.test", "x")
	later := clock.Now().Add(24 * time.Hour)
	added, err := store.AddAPIToken(ctx, models.APIToken{
		AccountID: account.ID, Name: "CI", Start: "sealpost_abcdef", TokenHash: []byte("one"),
		Scopes: models.JSONList[models.Scope]{models.ScopeRead}, CreatedBy: "somebody", ExpiresAt: &later,
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.APITokenByHash(ctx, []byte("one"))
	if err != nil || found.ID != added.ID || found.AccountID != account.ID || !found.May(models.ScopeRead) || found.May(models.ScopeWrite) {
		t.Fatalf("%+v, %v", found, err)
	}
	if _, err := store.APITokenByHash(ctx, []byte("two")); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an unknown token: %v", err)
	}
	if err := store.RevokeAPIToken(ctx, other.ID, added.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another account revokes it: %v", err)
	}
	clock.Advance(24 * time.Hour)
	if _, err := store.APITokenByHash(ctx, []byte("one")); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an expired token: %v", err)
	}
}

func TestRevokedAPITokens(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	added, err := store.AddAPIToken(ctx, models.APIToken{AccountID: account.ID, Name: "CI", TokenHash: []byte("one"), Scopes: models.JSONList[models.Scope]{}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := store.RevokeAPIToken(ctx, account.ID, added.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.APITokenByHash(ctx, []byte("one")); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a revoked token: %v", err)
	}
	if list, err := store.APITokens(ctx, account.ID); err != nil || len(list) != 1 || list[0].RevokedAt == nil {
		t.Errorf("the list does not say so: %+v, %v", list, err)
	}
	clock.Advance(time.Hour)
	if err := store.RemoveOldAPITokens(ctx, clock.Now()); err != nil {
		t.Fatal(err)
	}
	if list, _ := store.APITokens(ctx, account.ID); len(list) != 0 {
		t.Errorf("it is kept: %+v", list)
	}
}

func TestAPITokenUseIsKnownByTheDay(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	token, err := store.AddAPIToken(ctx, models.APIToken{AccountID: account.ID, Name: "CI", TokenHash: []byte("one"), Scopes: models.JSONList[models.Scope]{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2026-06-15", "2026-06-16"} {
		if err := store.NoteAPITokenUse(ctx, token); err != nil {
			t.Fatal(err)
		}
		b, err := store.APITokenByHash(ctx, []byte("one"))
		if token = b.APIToken; err != nil || token.LastUsedOn == nil || token.LastUsedOn.String() != want {
			t.Errorf("used on %v, want %s; %v", token.LastUsedOn, want, err)
		}
		clock.Advance(24 * time.Hour)
	}
}

func TestAPITokensAreBounded(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	_, account, _ := store.SignUp(ctx, "a@example.test", "x")
	add := func(hash string) error {
		_, err := store.AddAPIToken(ctx, models.APIToken{AccountID: account.ID, Name: "CI", TokenHash: []byte(hash), Scopes: models.JSONList[models.Scope]{}})
		return err
	}
	for i := range models.MostAPITokens - 5 {
		if err := add(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	var g errgroup.Group // the bound holds in a race
	refused := make(chan error, 20)
	for i := range 20 {
		g.Go(func() error {
			if err := add("race" + strconv.Itoa(i)); err != nil {
				refused <- err
			}
			return nil
		})
	}
	_ = g.Wait()
	close(refused)
	n := 0
	for err := range refused {
		if n++; !errors.Is(err, models.ErrQuota) {
			t.Error(err)
		}
	}
	if n != 15 {
		t.Errorf("%d of 20 were refused", n)
	}
}
