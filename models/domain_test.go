package models_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

func TestAddDomain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := testkit.Store(t, testkit.NewClock())
	a, b := testkit.Account(t, store, "a@example.test"), testkit.Account(t, store, "b@example.test")

	d := testkit.Domain(t, store, a, "example.com")
	if d.State != models.Pending || len(d.Token) != 12 {
		t.Errorf("a new domain is %s with token %q", d.State, d.Token)
	}
	if _, err := store.AddDomain(ctx, a.ID, "example.com"); !errors.Is(err, models.ErrTaken) {
		t.Errorf("the same name twice in one account: %v", err)
	}
	if other := testkit.Domain(t, store, b, "example.com"); other.Token == d.Token {
		t.Error("two accounts got the same token for a name")
	}
	for what, find := range map[string]func() (models.Domain, error){
		"name":   func() (models.Domain, error) { return store.Domain(ctx, a.ID, "example.com") },
		"token":  func() (models.Domain, error) { return store.DomainByToken(ctx, d.Token) },
		"secret": func() (models.Domain, error) { return store.DomainBySecret(ctx, store.ReportSecret(d)) },
	} {
		if got, err := find(); err != nil || got.ID != d.ID {
			t.Errorf("by %s: got %v, %v", what, got.ID, err)
		}
	}
	if _, err := store.Domain(ctx, b.ID, "example.net"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestZoneFollowsDomains(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := testkit.Store(t, testkit.NewClock())
	a := testkit.Account(t, store, "a@example.test")
	start, err := store.ZoneSequence(ctx)
	if err != nil {
		t.Fatal(err)
	}
	d := testkit.Domain(t, store, a, "example.com")
	testkit.Domain(t, store, a, "example.net")
	if err := store.RemoveDomain(ctx, a.ID, "example.com"); err != nil {
		t.Fatal(err)
	}
	var names []string
	seq, err := store.ZoneEntries(ctx, func(e models.ZoneEntry) error { names = append(names, e.Name); return nil })
	if err != nil || seq != start+3 || len(names) != 1 || names[0] != "example.net" {
		t.Errorf("zone at %d holds %v, %v", seq, names, err)
	}
	changes, err := store.ZoneChangesSince(ctx, start+1, 10)
	if err != nil || len(changes) != 2 || !changes[1].Removed || changes[1].Token != d.Token {
		t.Errorf("changes: %+v, %v", changes, err)
	}
}
