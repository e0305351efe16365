// Package testkit gives tests real parts that are their own: a fresh database,
// a clock, a scripted name server. It is imported by tests only.
package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes a schema of the test's own
	"github.com/sealpost/sealpost/models"
)

// PostgresEnv names the variable that sends the tests to PostgreSQL.
const PostgresEnv = "TEST_DATABASE_URL"

// DatabaseURL is the address of a fresh database that lives as long as the
// test: a schema of its own on the PostgreSQL server that TEST_DATABASE_URL
// names, or else a SQLite file.
func DatabaseURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(PostgresEnv)
	if server == "" {
		return "sqlite:" + filepath.Join(t.TempDir(), "sealpost.db")
	}
	return postgresSchema(t, server)
}

func postgresSchema(t testing.TB, server string) string {
	t.Helper()
	name := "test_" + hex.EncodeToString(randomBytes(t, 8))
	runSQL(t, server, "CREATE SCHEMA "+name)
	t.Cleanup(func() { runSQL(t, server, "DROP SCHEMA "+name+" CASCADE") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s: %v", PostgresEnv, err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func runSQL(t testing.TB, server, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func randomBytes(t testing.TB, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// Store opens a fresh database of the test's own whose time is clock.
func Store(t testing.TB, clock *Clock) *models.Store {
	t.Helper()
	return OpenStore(t, DatabaseURL(t), clock)
}

// OpenStore opens the database at url, as another process would.
func OpenStore(t testing.TB, url string, clock *Clock) *models.Store {
	t.Helper()
	store, err := models.Open(context.Background(), url, models.Options{
		Now:       clock.Now,
		Random:    rand.Reader,
		SecretKey: []byte("a key of the tests, 32 bytes long"),
		Quotas:    models.Quotas{Domains: 2000, PendingDomains: 200},
	})
	if err != nil {
		t.Fatalf("open a store: %v", err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// Account signs a person up and gives the account.
func Account(t testing.TB, store *models.Store, email string) models.Account {
	t.Helper()
	_, account, err := store.SignUp(context.Background(), email, "no password fits this")
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// Domain registers a domain for an account.
func Domain(t testing.TB, store *models.Store, account models.Account, name string) models.Domain {
	t.Helper()
	d, err := store.AddDomain(context.Background(), account.ID, name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Sessions are the counted sessions of a domain by day, as its page reads them:
// successful and failed of each day with a report.
func Sessions(t testing.TB, store *models.Store, d models.Domain, span models.Span) map[models.Day][2]int64 {
	t.Helper()
	l, err := store.Ledger(context.Background(), d, span)
	if err != nil {
		t.Fatal(err)
	}
	defer store.ReleaseLedger(l)
	days := map[models.Day][2]int64{}
	for i, day := range l.Sum(int32(span.From), int32(span.To), nil).Days {
		if day.Known {
			days[span.From+models.Day(i)] = [2]int64{day.Successful, day.Failed}
		}
	}
	return days
}
