package models

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date. Processes that start at once take
// turns: PostgreSQL by a session lock, SQLite by a file lock of the caller.
func migrate(ctx context.Context, pool *sql.DB, e engine) error {
	dir, err := fs.Sub(migrations, "migrations/"+string(e))
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	// Numbers are given before the work is done: a database that runs between two
	// releases may have a later migration already.
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	if e == postgresEngine {
		dialect = goose.DialectPostgres
		options = append(options, goose.WithSessionLocker(schemaLock{}))
	}
	provider, err := goose.NewProvider(dialect, pool, dir, options...)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the database schema up to date: %w", err)
	}
	return nil
}

// schemaLock lets one process at a time migrate a PostgreSQL schema. It waits
// in the server, where goose's own locker would ask every five seconds, and
// schemas of one database do not wait for each other.
type schemaLock struct{}

const schemaLockKey = "hashtextextended('sealpost ' || current_schema(), 0)"

// SessionLock implements lock.SessionLocker.
func (schemaLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+schemaLockKey+")")
	return err
}

// SessionUnlock implements lock.SessionLocker.
func (schemaLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock("+schemaLockKey+")")
	return err
}
