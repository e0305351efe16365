package models

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date. Processes that start at once take
// turns: PostgreSQL by a session lock, SQLite by a file lock of the caller.
func migrate(ctx context.Context, pool *sql.DB, e engine) error {
	all, err := readMigrations(e)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	dialect := goose.DialectSQLite3
	// Numbers are given before the work is done: a database that runs between two
	// releases may have a later migration already.
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true), goose.WithGoMigrations(all...)}
	if e == postgresEngine {
		dialect = goose.DialectPostgres
		options = append(options, goose.WithSessionLocker(schemaLock{}))
	}
	provider, err := goose.NewProvider(dialect, pool, nil, options...)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the database schema up to date: %w", err)
	}
	return nil
}

// readMigrations reads the files of an engine. They are written for goose, which
// would take them apart into statements with a buffer of 4 MiB for each line:
// with the race detector that was half of what all tests cost. Both drivers take
// a text of many statements as it is.
func readMigrations(e engine) (all []*goose.Migration, err error) {
	dir := "migrations/" + string(e)
	files, err := migrations.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file.Name())
		if err != nil {
			return nil, err
		}
		text, err := migrations.ReadFile(dir + "/" + file.Name())
		if err != nil {
			return nil, err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		all = append(all, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, up)
			return err
		}}, nil))
	}
	return all, nil
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
