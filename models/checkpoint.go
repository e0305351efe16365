package models

import (
	"context"
	"database/sql"
	"net/url"
	"time"
)

const (
	// checkpointPause is how long after a commit the journal is copied into the
	// database file.
	checkpointPause = 250 * time.Millisecond
	// checkpointPages is when the writer does it itself, because the journal
	// would grow too long: 64 MiB.
	checkpointPages = "16384"
)

// checkpoints copies the journal of SQLite into the database file beside the
// writer, which would otherwise make those wait whose commit it falls to. The
// journal is synced first; nothing of it is lost, whenever the process ends.
type checkpoints struct {
	pool  *sql.DB
	wrote chan struct{}
	end   context.CancelFunc
	ended chan struct{}
}

func (s *Store) startCheckpoints(ctx context.Context, path string) error {
	if _, err := s.writePool.ExecContext(ctx, "PRAGMA wal_autocheckpoint = "+checkpointPages); err != nil {
		return err
	}
	pool, err := sql.Open("sqlite3", sqliteDSN(path, url.Values{"_cache_size": {"-1024"}}))
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(1)
	running, end := context.WithCancel(context.Background())
	s.checkpoints = &checkpoints{pool: pool, wrote: make(chan struct{}, 1), end: end, ended: make(chan struct{})}
	go s.checkpoints.run(running)
	return nil
}

// note says that something was committed.
func (c *checkpoints) note() {
	select {
	case c.wrote <- struct{}{}:
	default:
	}
}

func (c *checkpoints) run(ctx context.Context) {
	defer close(c.ended)
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wrote:
		}
		pause.Reset(checkpointPause)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		// One that fails is made up for by the next, and in the end by the writer.
		c.pool.ExecContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(PASSIVE)")
	}
}

func (c *checkpoints) close() error {
	c.end()
	<-c.ended
	return c.pool.Close()
}
