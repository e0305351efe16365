package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	_ "github.com/mattn/go-sqlite3" // registers the driver "sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// oldestSQLite has the cure for the WAL-reset corruption of 3.7.0 to 3.51.2.
const oldestSQLite = "3.51.3"

// sqliteReaders is the size of the read-only pool.
const sqliteReaders = 8

func (s *Store) openSQLite(ctx context.Context, path string) error {
	s.engine, s.folder, s.turn = sqliteEngine, filepath.Dir(path), newTurn()
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of the database: %w", err)
	}
	// Before the first connection: a new file is switched to WAL by one process
	// at a time.
	unlock, err := lockFile(path+".migrate-lock", syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer unlock()
	writeDSN := sqliteDSN(path, url.Values{"_txlock": {"immediate"}, "_journal_mode": {"WAL"}})
	if s.writePool, err = sql.Open("sqlite3", writeDSN); err != nil {
		return err
	}
	s.writePool.SetMaxOpenConns(1)
	if err := assertSQLite(ctx, s.writePool); err != nil {
		return err
	}
	if err := migrate(ctx, s.writePool, s.engine); err != nil {
		return err
	}
	if s.readPool, err = sql.Open("sqlite3", sqliteDSN(path, url.Values{"mode": {"ro"}})); err != nil {
		return err
	}
	if err := s.startCheckpoints(ctx, path); err != nil {
		return err
	}
	s.readPool.SetMaxOpenConns(sqliteReaders)
	s.readPool.SetMaxIdleConns(sqliteReaders)
	return s.openGorm(func(pool *sql.DB) gorm.Dialector { return sqlite.Dialector{Conn: pool} })
}

func (s *Store) openGorm(dialect func(*sql.DB) gorm.Dialector) error {
	var err error
	if s.write, err = gorm.Open(dialect(s.writePool), s.gormConfig()); err != nil {
		return err
	}
	s.read, err = gorm.Open(dialect(s.readPool), s.gormConfig())
	return err
}

func sqliteDSN(path string, extra url.Values) string {
	q := url.Values{
		"_busy_timeout": {"10000"},
		"_foreign_keys": {"on"},
		"_synchronous":  {"FULL"},
		"_cache_size":   {"-65536"},
		// The same few statements come again and again.
		"_stmt_cache_size": {"128"},
	}
	for key, value := range extra {
		q[key] = value
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// assertSQLite refuses a database that could lose what it has committed. A
// pragma that a driver ignores would otherwise go unnoticed until a crash.
func assertSQLite(ctx context.Context, pool *sql.DB) error {
	var version string
	if err := pool.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if !versionAtLeast(version, oldestSQLite) {
		return fmt.Errorf("SQLite %s can corrupt its journal: %s or later is needed", version, oldestSQLite)
	}
	for _, p := range []struct{ name, want string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"busy_timeout", "10000"}, {"foreign_keys", "1"},
	} {
		var got string
		if err := pool.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("read pragma %s: %w", p.name, err)
		}
		if !strings.EqualFold(got, p.want) {
			return fmt.Errorf("pragma %s is %s, but must be %s", p.name, got, p.want)
		}
	}
	return nil
}

func versionAtLeast(version, oldest string) bool {
	var v, o [3]int
	fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2])
	fmt.Sscanf(oldest, "%d.%d.%d", &o[0], &o[1], &o[2])
	for i := range v {
		if v[i] != o[i] {
			return v[i] > o[i]
		}
	}
	return true
}

// ErrInUse says that another process serves from the same SQLite file.
var ErrInUse = errors.New("another sealpost is already serving from this database file")

// LockForServing makes sure that one process at most serves from a SQLite
// file; other commands may run beside it. It need not be open, or exist. It is
// ErrInUse when another process has the lock. PostgreSQL needs no such lock.
func LockForServing(url string) (unlock func(), err error) {
	path, isSQLite := strings.CutPrefix(url, "sqlite:")
	if !isSQLite {
		return func() {}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the database: %w", err)
	}
	unlock, err = lockFile(path+".serve-lock", syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w (%s)", ErrInUse, path)
	}
	return unlock, err
}

// lockFile takes an advisory lock that the kernel gives back when the process
// ends, however it ends.
func lockFile(path string, how int) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the operator names it
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
