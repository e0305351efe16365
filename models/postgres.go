package models

import (
	"context"
	"database/sql"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// postgresConnections bounds what one process takes of the server's slots.
const postgresConnections = 16

func (s *Store) openPostgres(ctx context.Context, url string) error {
	s.engine = postgresEngine
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	pool.SetMaxOpenConns(postgresConnections)
	pool.SetMaxIdleConns(postgresConnections)
	s.writePool, s.readPool = pool, pool
	if err := assertPostgres(ctx, pool); err != nil {
		return err
	}
	if err := migrate(ctx, pool, s.engine); err != nil {
		return err
	}
	return s.openGorm(func(pool *sql.DB) gorm.Dialector {
		return postgres.New(postgres.Config{Conn: pool})
	})
}

// assertPostgres refuses a server that says "committed" before it has synced.
func assertPostgres(ctx context.Context, pool *sql.DB) error {
	var commit, fsync string
	row := pool.QueryRowContext(ctx, "SELECT current_setting('synchronous_commit'), current_setting('fsync')")
	if err := row.Scan(&commit, &fsync); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if commit == "off" || fsync == "off" {
		return fmt.Errorf("PostgreSQL runs with synchronous_commit=%s and fsync=%s: accepted reports could be lost", commit, fsync)
	}
	return nil
}
