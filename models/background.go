package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"gorm.io/gorm"
)

// inBackground is inTx for work that is done again when it is lost: on SQLite
// the commit does not wait for the disk, and the next that does takes it along
// (docs/decisions). What it writes must follow from rows that are safe already.
func (s *Store) inBackground(ctx context.Context, fn func(tx *gorm.DB, now time.Time) error) error {
	if s.engine != sqliteEngine {
		return s.inTx(ctx, fn)
	}
	s.turn.take(false)
	defer s.turn.give()
	defer s.checkpoints.note()
	return s.write.WithContext(ctx).Connection(func(tx *gorm.DB) error {
		conn := tx.Statement.ConnPool.(*sql.Conn)
		defer syncCommits(conn)
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = NORMAL"); err != nil {
			return err
		}
		return tx.Transaction(func(tx *gorm.DB) error { return fn(tx, s.now()) })
	})
}

// syncCommits makes a connection wait for the disk again. One that cannot is
// thrown away: the next one is opened as it should be.
func syncCommits(conn *sql.Conn) {
	if _, err := conn.ExecContext(context.Background(), "PRAGMA synchronous = FULL"); err != nil {
		conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}
