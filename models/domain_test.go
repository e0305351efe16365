package models_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
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
		"name": func() (models.Domain, error) { return store.Domain(ctx, a.ID, "example.com") },
		"id":   func() (models.Domain, error) { return store.DomainByID(ctx, d.ID) },
	} {
		if got, err := find(); err != nil || got.ID != d.ID {
			t.Errorf("by %s: got %v, %v", what, got.ID, err)
		}
	}
	for what, find := range map[string]func() (models.Addressee, error){
		"token":  func() (models.Addressee, error) { return store.AddresseeOfToken(ctx, d.Token) },
		"secret": func() (models.Addressee, error) { return store.AddresseeOfSecret(ctx, store.ReportSecret(d)) },
	} {
		if got, err := find(); err != nil || got != (models.Addressee{DomainID: d.ID, AccountID: a.ID}) {
			t.Errorf("by %s: got %v, %v", what, got, err)
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

func TestDomainsListing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := testkit.Account(t, w.store, "b@example.test")
	testkit.Domain(t, w.store, other, "a_b.example")
	for _, name := range []string{"a_b.example", "axb.example", "xn--80ak6aa92e.example", "z.example"} {
		testkit.Domain(t, w.store, w.account, name)
	}
	w.must(w.store.WriteDB().Exec("UPDATE domains SET state = 'lapsed' WHERE name = 'z.example'").Error)
	for _, c := range []struct {
		what   string
		filter models.DomainFilter
		total  int64
		names  string
	}{
		{"all", models.DomainFilter{}, 5, "a_b.example axb.example example.com xn--80ak6aa92e.example z.example"},
		{"part of a name", models.DomainFilter{Search: "example.c"}, 1, "example.com"},
		{"in capitals", models.DomainFilter{Search: "AXB"}, 1, "axb.example"},
		{"underscore", models.DomainFilter{Search: "a_b"}, 1, "a_b.example"},
		{"per cent", models.DomainFilter{Search: "%"}, 0, ""},
		{"backslash", models.DomainFilter{Search: `\`}, 0, ""},
		{"quote", models.DomainFilter{Search: `'`}, 0, ""},
		{"NUL", models.DomainFilter{Search: "exa\x00mple"}, 0, ""},
		{"no UTF-8", models.DomainFilter{Search: "\xff"}, 0, ""},
		{"a state", models.DomainFilter{State: models.Lapsed}, 1, "z.example"},
		{"first page", models.DomainFilter{Limit: 2}, 5, "a_b.example axb.example"},
		{"second page", models.DomainFilter{Limit: 2, Offset: 2}, 5, "example.com xn--80ak6aa92e.example"},
		{"behind the last page", models.DomainFilter{Limit: 2, Offset: 6}, 5, ""},
		{"a page of a search", models.DomainFilter{Search: ".example", Limit: 1, Offset: 3}, 4, "z.example"},
	} {
		domains, total, err := w.store.Domains(w.ctx, w.account.ID, c.filter)
		if err != nil || total != c.total || names(domains) != c.names {
			t.Errorf("%s: %d %q, %v", c.what, total, names(domains), err)
		}
	}
	for _, name := range []string{"a\x00b", "\xff", ""} {
		if _, err := w.store.Domain(w.ctx, w.account.ID, name); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	some, err := w.store.DomainsNamed(w.ctx, w.account.ID, []string{"z.example", "example.com", "elsewhere.example"})
	if err != nil || names(some) != "example.com z.example" {
		t.Errorf("among names: %q, %v", names(some), err)
	}
	if none, err := w.store.DomainsNamed(w.ctx, w.account.ID, nil); err != nil || len(none) != 0 {
		t.Errorf("among no names: %q, %v", names(none), err)
	}
}

func names(domains []models.Domain) string {
	var out []string
	for _, d := range domains {
		out = append(out, d.Name)
	}
	return strings.Join(out, " ")
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Quotas = models.Quotas{Domains: 4, PendingDomains: 2}
	add := func(name string, want error) {
		t.Helper()
		if _, err := w.store.AddDomain(w.ctx, w.account.ID, name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	add("two.example", nil)
	add("three.example", models.ErrQuota) // of pending ones
	w.must(w.store.WriteDB().Exec("UPDATE domains SET state = 'active'").Error)
	add("three.example", nil)
	add("four.example", nil)
	w.must(w.store.WriteDB().Exec("UPDATE domains SET state = 'active'").Error)
	add("five.example", models.ErrQuota) // of all
	other := testkit.Account(t, w.store, "b@example.test")
	if _, err := w.store.AddDomain(w.ctx, other.ID, "five.example"); err != nil {
		t.Errorf("another account: %v", err)
	}
	if n := w.count("issued_tokens", "true"); n != 5 {
		t.Errorf("%d tokens for 5 domains", n)
	}
}

func TestQuotaHoldsForManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Quotas = models.Quotas{Domains: 6, PendingDomains: 6}
	var g errgroup.Group
	for i := range 20 {
		g.Go(func() error {
			_, err := w.store.AddDomain(w.ctx, w.account.ID, fmt.Sprintf("d%d.example", i))
			if errors.Is(err, models.ErrQuota) {
				return nil
			}
			return err
		})
	}
	w.must(g.Wait())
	if n := w.count("domains", "true"); n != 6 {
		t.Errorf("%d domains under a quota of 6", n)
	}
}

func TestTokensAreNeverIssuedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Random = bytes.NewReader(draws(7))
	d := testkit.Domain(t, w.store, w.account, "one.example")
	w.must(w.store.RemoveDomain(w.ctx, w.account.ID, "one.example"))
	if _, err := w.store.AddresseeOfToken(w.ctx, d.Token); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the token of a removed domain: %v", err)
	}
	w.store.Random = bytes.NewReader(draws(7, 7, 9))
	again := testkit.Domain(t, w.store, w.account, "one.example")
	if again.Token == d.Token {
		t.Error("the token of a removed domain was issued again")
	}
	w.store.Random = bytes.NewReader(draws(9, 7, 9, 7, 9, 7, 9, 7))
	if _, err := w.store.AddDomain(w.ctx, w.account.ID, "two.example"); err == nil || errors.Is(err, models.ErrTaken) {
		t.Errorf("a broken source of randomness: %v", err)
	}
}

// draws makes randomness that gives one token for each number.
func draws(numbers ...byte) []byte {
	var b []byte
	for _, n := range numbers {
		b = append(b, bytes.Repeat([]byte{n}, hosted.TokenLen)...)
	}
	return b
}

func TestRenewSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.store.ReportSecret(w.domain)
	w.must(w.store.RenewSecret(w.ctx, w.account.ID, "example.com"))
	if _, err := w.store.AddresseeOfSecret(w.ctx, old); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the old secret: %v", err)
	}
	now, err := w.store.Domain(w.ctx, w.account.ID, "example.com")
	w.must(err)
	if d, err := w.store.AddresseeOfSecret(w.ctx, w.store.ReportSecret(now)); err != nil || d.DomainID != now.ID {
		t.Errorf("the new secret: %v", err)
	}
	if err := w.store.RenewSecret(w.ctx, "another account", "example.com"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
}

func TestWatchDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.Now()
	w.must(w.store.WriteDB().Exec("UPDATE domains SET next_check_at = ?", now.Add(time.Hour)).Error)
	w.must(w.store.WatchDomain(w.ctx, w.domain, now.Add(time.Minute), now))
	w.must(w.store.WatchDomain(w.ctx, w.domain, now.Add(time.Minute), now.Add(time.Second)))
	stranger := w.domain
	stranger.AccountID = "another account"
	w.must(w.store.WatchDomain(w.ctx, stranger, now.Add(9*time.Hour), now.Add(-time.Hour)))
	d, err := w.store.DomainByID(w.ctx, w.domain.ID)
	if err != nil || !d.NextCheckAt.Equal(now) || d.WatchedUntil == nil || !d.WatchedUntil.Equal(now.Add(time.Minute)) {
		t.Errorf("watched until %v, next check %v, %v", d.WatchedUntil, d.NextCheckAt, err)
	}
}
