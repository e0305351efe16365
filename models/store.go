package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// The outcomes that a caller acts on.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("already exists")
	ErrQuota    = errors.New("quota reached")
	ErrState    = errors.New("not possible in this state")
	ErrLost     = errors.New("the claim was lost to another worker")
	ErrDiskFull = errors.New("the disk of the database is full")
)

// Store is the database. Writes go through one pool and reads through another,
// so that on SQLite a page never waits for the writer.
type Store struct {
	write, read *gorm.DB
	writePool   *sql.DB
	readPool    *sql.DB
	engine      engine
	folder      string // of the SQLite file
	guard       tenantGuard
	ledgers     sync.Pool // of *ledger.Ledger, empty
	turn        *turn     // of the one writer of SQLite; nil on PostgreSQL
	checkpoints *checkpoints
	served      atomic.Pointer[string] // the last account whose deliveries were claimed in turn

	// Now is the clock. Times are stored in UTC to the microsecond.
	Now func() time.Time
	// Random is where tokens are drawn from: crypto/rand outside of tests.
	Random io.Reader
	// SecretKey derives the report secrets of domains (hosted.ReportSecret).
	SecretKey []byte
	// Quotas bound what one account may register.
	Quotas Quotas
}

// Quotas are the limits of rulings.md 14 on what is registered and taken in.
type Quotas struct {
	Domains        int // per account
	PendingDomains int // of these

	// What one token or secret may get on one UTC day, and what the members of
	// an account may bring; 0 for no bound.
	DayDeliveries int64
	DayBytes      int64
}

// Options are what Open needs beside the address of the database.
type Options struct {
	Now       func() time.Time
	Random    io.Reader
	SecretKey []byte
	Quotas    Quotas
	Log       *slog.Logger
}

type engine string

const (
	sqliteEngine   engine = "sqlite"
	postgresEngine engine = "postgres"
)

// Open connects to the database at url (sqlite:PATH or postgres://...), brings
// its schema up to date and checks that it keeps what it commits.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	s := &Store{guard: tenantGuard{tenantTables(), &passed{}}, Now: o.Now, Random: o.Random, SecretKey: o.SecretKey, Quotas: o.Quotas}
	var err error
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		err = s.openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		err = s.openPostgres(ctx, url)
	default:
		return nil, fmt.Errorf("DATABASE_URL must begin with sqlite: or postgres://")
	}
	if err == nil {
		err = s.RebuildLedgers(ctx)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends all connections. It is safe on a Store that failed to open.
func (s *Store) Close() error {
	var errs []error
	if s.checkpoints != nil {
		errs = append(errs, s.checkpoints.close())
	}
	if s.readPool != nil && s.readPool != s.writePool {
		errs = append(errs, s.readPool.Close())
	}
	if s.writePool != nil {
		errs = append(errs, s.writePool.Close())
	}
	return errors.Join(errs...)
}

// Ping says whether the database answers, for readers and for the writer.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.readPool.PingContext(ctx); err != nil {
		return err
	}
	return s.writePool.PingContext(ctx)
}

// Engine is the word for the kind of database: sqlite or postgres.
func (s *Store) Engine() string { return string(s.engine) }

func (s *Store) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

func (s *Store) gormConfig() *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.Discard,
		NowFunc:                s.now,
		TranslateError:         true,
		SkipDefaultTransaction: true,
		Plugins:                map[string]gorm.Plugin{"tenant guard": s.guard},
	}
}

// reader is where pages read: it may be a moment behind on no engine. SQLite's
// driver watches a context that can be called off with a goroutine for each
// query, which costs more than most of them.
func (s *Store) reader(ctx context.Context) *gorm.DB {
	if s.engine == sqliteEngine {
		ctx = context.WithoutCancel(ctx)
	}
	return s.read.WithContext(ctx)
}

// inTx runs fn in one transaction of the writer. now is the one timestamp of
// everything that fn writes.
func (s *Store) inTx(ctx context.Context, fn func(tx *gorm.DB, now time.Time) error) error {
	return s.inTurn(ctx, false, fn)
}

// inTurn is inTx for urgent work too, which goes before what is not.
func (s *Store) inTurn(ctx context.Context, urgent bool, fn func(tx *gorm.DB, now time.Time) error) error {
	if s.turn != nil {
		s.turn.take(urgent)
		defer s.turn.give()
		defer s.checkpoints.note()
	}
	return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return fn(tx, s.now())
	})
}

// forUpdate locks the rows of a query until the transaction ends. SQLite has
// one writer, which is lock enough.
func (s *Store) forUpdate(skipLocked bool) string {
	switch {
	case s.engine == sqliteEngine:
		return ""
	case skipLocked:
		return " FOR UPDATE SKIP LOCKED"
	default:
		return " FOR UPDATE"
	}
}

// newID makes a UUIDv7: ids made later sort later.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// outcome turns gorm's errors into this package's.
func outcome(err error) error {
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return ErrNotFound
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return ErrTaken
	case isDiskFull(err):
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	default:
		return err
	}
}

// storable makes text that a query compares with fit for PostgreSQL, which
// refuses NUL and what is not UTF-8. No stored text can be equal to the like.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// cannotExist tells that a query has looked for text that no row can hold.
func cannotExist(err error) bool {
	const characterNotInRepertoire = "22021" // PostgreSQL's SQLSTATE
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == characterNotInRepertoire
}

func isDiskFull(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return lite.Code == sqlite3.ErrFull || lite.SystemErrno == syscall.ENOSPC
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == pgerrcodeDiskFull
}

// pgerrcodeDiskFull is PostgreSQL's SQLSTATE disk_full.
const pgerrcodeDiskFull = "53100"

// first reads the one row of a query whose absence is ErrNotFound.
func first[T any](q *gorm.DB) (T, error) {
	var row T
	err := q.Take(&row).Error
	if cannotExist(err) {
		return row, ErrNotFound
	}
	return row, outcome(err)
}

// inSnapshot runs fn on one consistent view of the database.
func (s *Store) inSnapshot(ctx context.Context, fn func(tx *gorm.DB) error) error {
	var opts sql.TxOptions
	if s.engine == postgresEngine {
		opts = sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return s.reader(ctx).Transaction(fn, &opts)
}
