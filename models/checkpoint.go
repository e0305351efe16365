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
	// journalPages is how long the journal may grow before the writer is held up
	// to begin it anew: 16 MiB. Copying it beside the writer never ends that, as
	// something is always committed meanwhile.
	journalPages = 4096
	// journalBytes is what the file keeps when it begins anew. It is overwritten
	// then: a sync of a file that grows takes twice as long.
	journalBytes = "33554432"
	// writerPages is when the writer copies it itself, in a process whose
	// checkpoints do not come to it: 64 MiB.
	writerPages = "16384"
	// readerPatience is how long, in milliseconds, the writer is held up for
	// those that still read from the journal.
	readerPatience = "100"
	// longestRest is the longest pause between two attempts to begin the journal
	// anew while somebody goes on reading from it.
	longestRest = 5 * time.Second
)

// checkpoints copies the journal of SQLite into the database file beside the
// writer, which would otherwise make those wait whose commit it falls to. The
// journal is synced first; nothing of it is lost, whenever the process ends.
type checkpoints struct {
	pool  *sql.DB
	turn  *turn // of the writer
	wrote chan struct{}
	end   context.CancelFunc
	ended chan struct{}

	rest  time.Duration // between attempts to begin the journal anew
	ready time.Time     // when the next may be made
}

func (s *Store) startCheckpoints(ctx context.Context, path string) error {
	for _, setting := range []string{"wal_autocheckpoint = " + writerPages, "journal_size_limit = " + journalBytes} {
		if _, err := s.writePool.ExecContext(ctx, "PRAGMA "+setting); err != nil {
			return err
		}
	}
	pool, err := sql.Open("sqlite3", sqliteDSN(path, url.Values{"_cache_size": {"-1024"}, "_busy_timeout": {readerPatience}}))
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(1)
	running, end := context.WithCancel(context.Background())
	s.checkpoints = &checkpoints{pool: pool, turn: s.turn, wrote: make(chan struct{}, 1), end: end, ended: make(chan struct{})}
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
		c.checkpoint(context.WithoutCancel(ctx))
	}
}

// checkpoint copies the journal, and begins it anew when it has grown too long.
// One that fails is made up for by the next.
func (c *checkpoints) checkpoint(ctx context.Context) {
	if pages, _ := c.copy(ctx, "PASSIVE"); pages < journalPages || time.Now().Before(c.ready) {
		return
	}
	// What has come since is little: the writer waits for a moment only.
	c.turn.take(true)
	_, done := c.copy(ctx, "RESTART")
	c.turn.give()
	c.rest = min(max(2*c.rest, checkpointPause), longestRest)
	if done {
		c.rest = 0
	}
	c.ready = time.Now().Add(c.rest)
}

// copy runs one checkpoint and says how many pages the journal had, and whether
// it was not kept from its end by somebody else.
func (c *checkpoints) copy(ctx context.Context, mode string) (pages int, done bool) {
	var busy, copied int
	err := c.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &copied)
	return pages, err == nil && busy == 0
}

func (c *checkpoints) close() error {
	c.end()
	<-c.ended
	return c.pool.Close()
}
