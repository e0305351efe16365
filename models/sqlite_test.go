package models_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"
)

func TestSQLitePragmas(t *testing.T) {
	t.Parallel()
	onSQLite(t)
	w := newWorld(t)
	for _, c := range []struct {
		db           *gorm.DB
		pragma, want string
	}{
		{w.store.WriteDB(), "journal_mode", "wal"},
		{w.store.WriteDB(), "synchronous", "2"},
		{w.store.WriteDB(), "busy_timeout", "10000"},
		{w.store.WriteDB(), "foreign_keys", "1"},
		{w.store.ReadDB(), "journal_mode", "wal"},
		{w.store.ReadDB(), "busy_timeout", "10000"},
	} {
		var got string
		if err := c.db.Raw("PRAGMA " + c.pragma).Scan(&got).Error; err != nil || got != c.want {
			t.Errorf("%s is %q, want %q, %v", c.pragma, got, c.want, err)
		}
	}
	if err := w.store.ReadDB().Exec("DELETE FROM accounts").Error; err == nil {
		t.Error("the readers' pool can write")
	}
	if err := w.store.WriteDB().Exec("INSERT INTO memberships VALUES ('x', 'y', 'owner', '2026-01-01')").Error; err == nil {
		t.Error("a membership of nobody was stored")
	}
}

func TestSQLiteThatMayLoseIsRefused(t *testing.T) {
	t.Parallel()
	for what, dsn := range map[string]string{
		"no WAL":          "?_busy_timeout=10000&_foreign_keys=on&_synchronous=FULL",
		"NORMAL":          "?_busy_timeout=10000&_foreign_keys=on&_synchronous=NORMAL&_journal_mode=WAL",
		"no foreign keys": "?_busy_timeout=10000&_synchronous=FULL&_journal_mode=WAL",
		"no patience":     "?_busy_timeout=1&_foreign_keys=on&_synchronous=FULL&_journal_mode=WAL",
	} {
		if models.AssertSQLite(context.Background(), "file:"+filepath.Join(t.TempDir(), "x.db")+dsn) == nil {
			t.Errorf("%s passed", what)
		}
	}
	if err := models.AssertSQLite(context.Background(), "file:"+filepath.Join(t.TempDir(), "x.db")+"?_busy_timeout=10000&_foreign_keys=on&_synchronous=FULL&_journal_mode=WAL"); err != nil {
		t.Error(err)
	}
}

func TestVersionAtLeast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		version, oldest string
		want            bool
	}{
		{"3.51.3", "3.51.3", true}, {"3.51.4", "3.51.3", true}, {"3.52.0", "3.51.3", true}, {"4.0.0", "3.51.3", true}, {"3.100.0", "3.51.3", true},
		{"3.51.2", "3.51.3", false}, {"3.50.9", "3.51.3", false}, {"3.9.9", "3.51.3", false}, {"2.99.99", "3.51.3", false}, {"", "3.51.3", false},
	} {
		if got := models.VersionAtLeast(c.version, c.oldest); got != c.want {
			t.Errorf("%s at least %s: %v", c.version, c.oldest, got)
		}
	}
}

func TestOneServesFromAFile(t *testing.T) {
	t.Parallel()
	onSQLite(t)
	url := testkit.DatabaseURL(t)
	beside := testkit.OpenStore(t, url, testkit.NewClock())
	unlock, err := models.LockForServing(url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := models.LockForServing(url); !errors.Is(err, models.ErrInUse) {
		t.Errorf("a second one serves: %v", err)
	}
	testkit.Account(t, beside, "beside@example.test") // other commands may run beside it
	unlock()
	if unlock, err = models.LockForServing(url); err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	unlock()
	if unlock, err := models.LockForServing("postgres://x"); err != nil {
		t.Error(err)
	} else {
		unlock()
	}
}

func TestPathsOfDatabases(t *testing.T) {
	t.Parallel()
	onSQLite(t)
	for _, name := range []string{"a b.db", "what?.db", "100%.db", "x#y.db", "ü&=.db", "new/folder/x.db"} {
		path := filepath.Join(t.TempDir(), name)
		testkit.Account(t, testkit.OpenStore(t, "sqlite:"+path, testkit.NewClock()), "a@example.test")
		again := testkit.OpenStore(t, "sqlite:"+path, testkit.NewClock())
		if _, err := again.UserByEmail(context.Background(), "a@example.test"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// G33: 50 writers in 5 processes wait for each other and never fail, and
// readers see whole transactions all the while.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := testkit.DatabaseURL(t)
	stores := make([]*models.Store, 5)
	for i := range stores {
		stores[i] = testkit.OpenStore(t, url, w.clock)
	}
	account := testkit.Account(t, stores[0], "a@example.test")
	user, err := stores[0].UserByEmail(w.ctx, "a@example.test")
	w.must(err)
	var g errgroup.Group
	for i := range 50 {
		store := stores[i%len(stores)]
		g.Go(func() error {
			for k := range 3 {
				if err := store.AddSession(w.ctx, models.NewSession{TokenHash: fmt.Appendf(nil, "%d %d", i, k), UserID: user.ID, AccountID: account.ID, Life: time.Hour}); err != nil {
					return err
				}
				if _, _, err := store.AcquireLease(w.ctx, "lease", fmt.Sprint(i), time.Second); err != nil {
					return err
				}
				if _, err := store.AccountsOf(w.ctx, user.ID); err != nil {
					return err
				}
			}
			return nil
		})
	}
	w.must(g.Wait())
	var n int64
	w.must(stores[0].WriteDB().Table("sessions").Count(&n).Error)
	if n != 150 {
		t.Errorf("%d of 150 sessions", n)
	}
}
