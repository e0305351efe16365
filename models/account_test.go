package models_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

func TestSignUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, account, err := w.store.SignUp(w.ctx, "new@example.test", "hash")
	w.must(err)
	if got, err := w.store.UserByEmail(w.ctx, "new@example.test"); err != nil || got.ID != user.ID || got.PasswordHash != "hash" {
		t.Errorf("the user: %+v, %v", got, err)
	}
	if accounts, err := w.store.AccountsOf(w.ctx, user.ID); err != nil || len(accounts) != 1 || accounts[0].ID != account.ID {
		t.Errorf("the accounts: %+v, %v", accounts, err)
	}
	if _, _, err := w.store.SignUp(w.ctx, "new@example.test", "other"); !errors.Is(err, models.ErrTaken) {
		t.Errorf("the address a second time: %v", err)
	}
	if n := w.count("accounts", "name = ?", "new@example.test"); n != 1 {
		t.Errorf("a refused sign-up left %d accounts", n)
	}
	for _, email := range []string{"unknown@example.test", "new@example.test\x00", "\xff@example.test"} {
		if _, err := w.store.UserByEmail(w.ctx, email); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%q: %v", email, err)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, err := w.store.UserByEmail(w.ctx, "a@example.test")
	w.must(err)
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("one"), UserID: user.ID, AccountID: w.account.ID, Life: time.Hour}))
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("two"), UserID: user.ID, AccountID: w.account.ID, Life: 2 * time.Hour}))

	v, err := w.store.Visitor(w.ctx, []byte("one"))
	if err != nil || v.UserID != user.ID || v.AccountID != w.account.ID || v.Role != models.Owner || v.AccountName != "a@example.test" {
		t.Errorf("visitor %+v, %v", v, err)
	}
	w.clock.Advance(time.Hour)
	w.known("one", false)
	w.known("two", true)
	if n, err := w.store.RemoveExpiredSessions(w.ctx); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	w.must(w.store.TouchSession(w.ctx, []byte("two")))
	if v, err := w.store.Visitor(w.ctx, []byte("two")); err != nil || !v.LastSeenAt.Equal(w.clock.Now()) {
		t.Errorf("touched: %+v, %v", v, err)
	}
	w.must(w.store.EndSession(w.ctx, []byte("two")))
	w.must(w.store.EndSession(w.ctx, []byte("two")))
	w.known("two", false)
}

func (w *world) known(token string, want bool) {
	w.t.Helper()
	_, err := w.store.Visitor(w.ctx, []byte(token))
	if want && err != nil || !want && !errors.Is(err, models.ErrNotFound) {
		w.t.Errorf("session %s known is to be %v: %v", token, want, err)
	}
}

func TestSetPasswordEndsOtherSessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keep          []byte
		first, second bool
	}{
		"keep one":  {[]byte("one"), true, false},
		"keep none": {nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			user, err := w.store.UserByEmail(w.ctx, "a@example.test")
			w.must(err)
			testkit.Account(t, w.store, "b@example.test")
			other, err := w.store.UserByEmail(w.ctx, "b@example.test")
			w.must(err)
			accounts, err := w.store.AccountsOf(w.ctx, other.ID)
			w.must(err)
			w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("one"), UserID: user.ID, AccountID: w.account.ID, Life: time.Hour}))
			w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("two"), UserID: user.ID, AccountID: w.account.ID, Life: time.Hour}))
			w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("theirs"), UserID: other.ID, AccountID: accounts[0].ID, Life: time.Hour}))
			w.must(w.store.SetPassword(w.ctx, user.ID, "new hash", c.keep))
			w.known("one", c.first)
			w.known("two", c.second)
			w.known("theirs", true)
			if got, err := w.store.UserByEmail(w.ctx, user.Email); err != nil || got.PasswordHash != "new hash" {
				t.Errorf("hash %q, %v", got.PasswordHash, err)
			}
		})
	}
}

func TestSetPasswordOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.store.SetPassword(w.ctx, "nobody", "hash", nil); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
}

func TestClockSetBackExtendsNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, err := w.store.UserByEmail(w.ctx, "a@example.test")
	w.must(err)
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("one"), UserID: user.ID, AccountID: w.account.ID, Life: time.Hour}))
	w.clock.Advance(-time.Hour)
	w.must(w.store.TouchSession(w.ctx, []byte("one")))
	w.clock.Advance(2 * time.Hour)
	w.known("one", false)
}
